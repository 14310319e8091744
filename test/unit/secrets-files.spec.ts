import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { ConfigError } from '../../src/config/config.error.js';
import { generateKey, readKeyring, type Keyring } from '../../src/config/keyring.js';
import { FileChangedError, replaceFile } from '../../src/config/replace-file.js';
import { resealFile, sealedElsewhere, sealedSetting } from '../../src/config/sealed-file.js';
import { kidOf, openValue, sealValue } from '../../src/config/sealed-value.js';

const one = generateKey('k1');
const two = generateKey('k2');

function keyringOf(text: string): Keyring {
  const { keyring } = readKeyring({ MSG_MASTER_KEY: text });
  if (!keyring) throw new Error('no keyring');
  return keyring;
}

const old = keyringOf(one);
const both = keyringOf(`${two},${one}`);
const seal = (value: string, path: string): string => sealValue(value, path, old.first);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'message-center-secrets-'));
});

describe('resealFile', () => {
  it('seals 1,000 values anew, and each still opens to its own', () => {
    const apps = Array.from({ length: 1_000 }, (_, index) => `app${index}`);
    const path = (app: string): string => `providers.dingtalk.apps.${app}.appSecret`;
    const source = [
      'providers:',
      '  dingtalk:',
      '    apps:',
      ...apps.map((app) => `      ${app}: { appKey: k, appSecret: ${seal(`secret of ${app}`, path(app))} }`),
    ].join('\n');
    const { text, resealed } = resealFile(source, both);
    expect(resealed).toHaveLength(1_000);
    const tree = parse(text) as { providers: { dingtalk: { apps: Record<string, { appSecret: string }> } } };
    for (const app of apps) {
      const sealed = tree.providers.dingtalk.apps[app]?.appSecret ?? '';
      expect(kidOf(sealed)).toBe('k2');
      expect(openValue(sealed, path(app), keyringOf(two))).toBe(`secret of ${app}`);
    }
  });

  it('changes the values and not a character beside them', () => {
    const values = ['redis.url', 'callbacks.0.secret', 'callbacks.1.secret', 'a.b', 'a.c', 'a.d'] as const;
    const [url, first, second, b, c, d] = values.map((path) => seal(`value of ${path}`, path));
    const source = `# 注释 head
redis:   { url: "${url}" }   # behind
callbacks:
- secret: '${first}'   # single quotes
- secret:    ${second}
other: "an enc: inside"   # nor enc:v1.x
a:
  b: |-
    ${b}
  c: >-
    ${c}

  d:
    ${d}
# tail`;
    const { text, resealed } = resealFile(source, both);
    expect(resealed.map(({ path }) => path)).toEqual(values);
    const blank = (yaml: string): string => yaml.replace(/enc:v1\.[\w.-]+/g, 'enc:…').replace(/[|>]-\n\s+/g, '');
    expect(blank(text)).toBe(blank(source));
    for (const path of values) expect(openValue(sealedSetting(text, path) ?? '', path, both)).toBe(`value of ${path}`);
  });

  it('keeps a JSON file JSON', () => {
    const source = `{\n  "redis": { "url": "${seal('redis://h', 'redis.url')}" }\n}\n`;
    const { text } = resealFile(source, both);
    expect(openValue((JSON.parse(text) as { redis: { url: string } }).redis.url, 'redis.url', both)).toBe('redis://h');
  });

  it('refuses the whole file when one value does not open, naming every such setting', () => {
    const source = `redis: { url: ${seal('x', 'redis.url')} }\na: ${seal('x', 'b')}\nb: ${seal('x', 'a')}\n`;
    expect(() => resealFile(source, both)).toThrow(ConfigError);
    expect(() => resealFile(source, both)).toThrow(/ {2}a: [\s\S]* {2}b: /);
  });
});

describe('sealedElsewhere', () => {
  it('finds what stands in the environment and in files', () => {
    const file = join(folder, 'secret');
    writeFileSync(file, `${seal('x', 'a')}\n`);
    const found = sealedElsewhere(`a: file:${file}\nb: plain\n`, {
      MSG_DD_APP_SECRET: seal('x', 'b'),
      REDIS_URL_FILE: file,
      PATH: '/bin',
    });
    expect(found.map(({ kid }) => kid)).toEqual(['k1', 'k1', 'k1']);
    expect(found.map(({ where }) => where)).toEqual([
      'MSG_DD_APP_SECRET',
      `REDIS_URL_FILE (${file})`,
      `a (file:${file})`,
    ]);
  });
});

describe('replaceFile', () => {
  it('keeps the mode, the symlink, and leaves nothing behind', () => {
    const real = join(folder, 'real');
    const file = join(real, 'config.yaml');
    const link = join(folder, 'link.yaml');
    mkdirSync(real);
    writeFileSync(file, 'old');
    chmodSync(file, 0o640);
    symlinkSync(file, link);
    replaceFile(link, 'new', 'old');
    expect(readFileSync(file, 'utf8')).toBe('new');
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    expect(statSync(file).mode & 0o777).toBe(0o640);
    expect(readdirSync(real)).toEqual(['config.yaml']);
  });

  it('writes a new file for its owner only', () => {
    const file = join(folder, 'new.yaml');
    replaceFile(file, 'text', undefined);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('does not write over what somebody else wrote meanwhile', () => {
    const file = join(folder, 'config.yaml');
    writeFileSync(file, 'theirs');
    expect(() => replaceFile(file, 'ours', 'before')).toThrow(FileChangedError);
    expect(() => replaceFile(file, 'ours', undefined)).toThrow(FileChangedError);
    expect(readFileSync(file, 'utf8')).toBe('theirs');
    expect(existsSync(file)).toBe(true);
    expect(readdirSync(folder)).toEqual(['config.yaml']);
  });
});
