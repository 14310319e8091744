import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../src/config/config.error.js';
import { loadConfig, type LoadedConfig } from '../../src/config/config.loader.js';
import { configJsonSchema } from '../../src/config/config.schema.js';
import { generateKey, readKeyring, type Keyring } from '../../src/config/keyring.js';
import { kidOf, openValue, sealValue, SealedValueError } from '../../src/config/sealed-value.js';
import { maskSecrets } from '../../src/config/secrets.js';
import { SettingPathError, settingPath } from '../../src/config/setting-path.js';
import { CONFIGURATIONS as providers } from '../../src/providers/index.js';

const APP_KEY = 'providers.dingtalk.apps.default.appKey';
const APP_SECRET = 'providers.dingtalk.apps.default.appSecret';
const PASSPHRASE = 'k1:pass:correct horse battery staple';
const schema = configJsonSchema(providers);

function keyringOf(text: string): Keyring {
  const { keyring, problems } = readKeyring({ MSG_MASTER_KEY: text });
  if (!keyring) throw new Error(JSON.stringify(problems));
  return keyring;
}

function seal(keyring: Keyring, value = 'secret-of-the-app', path = APP_SECRET): string {
  return sealValue(value, path, keyring.first);
}

/** Loads a configuration that consists of settings given by path. */
function load(settings: Record<string, unknown>, env: NodeJS.ProcessEnv = {}): LoadedConfig {
  return loadConfig({ flags: settings, env: { MSG_CONFIG: '/dev/null', ...env }, providers });
}

function problemsOf(action: () => unknown): readonly { path: string; reason: string }[] {
  try {
    action();
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  throw new Error('was accepted');
}

describe('sealed values', () => {
  const text = generateKey('k1');
  const keyring = keyringOf(text);

  it('open to what was sealed, whatever the text', () => {
    for (const value of ['x', 'päss 中文 🔑', 'a,b:c="d"\n', 'y'.repeat(10_000)])
      expect(openValue(seal(keyring, value), APP_SECRET, keyring)).toBe(value);
  });

  it('have the documented form', () => {
    expect(seal(keyring)).toMatch(/^enc:v1\.k1\.-\.[A-Za-z0-9_-]{16}\.[A-Za-z0-9_-]+$/);
    expect(seal(keyringOf(PASSPHRASE))).toMatch(/^enc:v1\.k1\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{16}\.[A-Za-z0-9_-]+$/);
  });

  it('differ for the same value, from the first random character on', () => {
    const sealed = Array.from({ length: 200 }, () => seal(keyring).split('.'));
    expect(new Set(sealed.map(([, , , iv]) => iv)).size).toBe(200);
    expect(new Set(sealed.map(([, , , , body]) => body?.slice(0, 8))).size).toBe(200);
  });

  it.each([
    ['random key', text],
    ['passphrase', PASSPHRASE],
  ])('are refused when any one character was changed (%s)', (_kind, ring) => {
    const keys = keyringOf(ring);
    const sealed = seal(keys);
    for (let index = 0; index < sealed.length; index += 1) {
      // The neighbour in the alphabet differs in the last bit, which a lax decoder drops at the end of a part.
      for (const other of [neighbour(sealed[index] ?? ''), sealed[index] === 'x' ? 'y' : 'x']) {
        const tampered = `${sealed.slice(0, index)}${other}${sealed.slice(index + 1)}`;
        // A changed salt costs an scrypt: two of them prove the point.
        if (ring === PASSPHRASE && index > 10 && index < 31) continue;
        expect(() => openValue(tampered, APP_SECRET, keys), tampered).toThrow(SealedValueError);
      }
    }
  });

  it('are refused when any one bit of initialisation vector, ciphertext or tag was changed', () => {
    const parts = seal(keyring, 'short').split('.');
    for (const part of [3, 4]) {
      const bytes = Buffer.from(parts[part] ?? '', 'base64url');
      for (let bit = 0; bit < bytes.byteLength * 8; bit += 1) {
        const changed = Buffer.from(bytes);
        changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        const tampered = parts.with(part, changed.toString('base64url')).join('.');
        expect(() => openValue(tampered, APP_SECRET, keyring)).toThrow(SealedValueError);
      }
    }
  });

  it('are refused when cut short, lengthened or spelled differently', () => {
    const sealed = seal(keyring);
    for (let length = 4; length < sealed.length; length += 1)
      expect(() => openValue(sealed.slice(0, length), APP_SECRET, keyring)).toThrow(SealedValueError);
    for (const other of [`${sealed}A`, `${sealed}.`, `${sealed}=`, `${sealed}\n`, sealed.replace('v1', 'v2'), 'enc:'])
      expect(() => openValue(other, APP_SECRET, keyring)).toThrow(SealedValueError);
  });

  it('are refused with a tag cut to four bytes', () => {
    const parts = seal(keyring).split('.');
    const body = Buffer.from(parts[4] ?? '', 'base64url');
    const cut = parts.with(4, body.subarray(0, -12).toString('base64url')).join('.');
    expect(() => openValue(cut, APP_SECRET, keyring)).toThrow(SealedValueError);
  });

  it('open for the setting they were sealed for and for no other', () => {
    expect(() => openValue(seal(keyring), APP_KEY, keyring)).toThrow(/another setting/);
  });

  it('are refused under a key of the same name', () => {
    expect(() => openValue(seal(keyring), APP_SECRET, keyringOf(generateKey('k1')))).toThrow(/not the key/);
    expect(() => openValue(seal(keyring), APP_SECRET, keyringOf(PASSPHRASE))).toThrow(/another kind/);
  });

  it('name the key that is missing', () => {
    expect(() => openValue(seal(keyring), APP_SECRET, keyringOf(generateKey('k2')))).toThrow(/k1, and .* only: k2/);
  });
});

describe('the keyring', () => {
  it('seals with the first key and opens with any', () => {
    const [one, two] = [generateKey('k1'), generateKey('k2')];
    const both = keyringOf(`${two}, ${one}`);
    expect(kidOf(seal(both))).toBe('k2');
    expect(openValue(seal(keyringOf(one)), APP_SECRET, both)).toBe('secret-of-the-app');
  });

  it('opens with a passphrase what another process sealed with it', () => {
    const sealed = seal(keyringOf(PASSPHRASE));
    expect(openValue(sealed, APP_SECRET, keyringOf(PASSPHRASE))).toBe('secret-of-the-app');
    expect(() => openValue(sealed, APP_SECRET, keyringOf(`${PASSPHRASE}r`))).toThrow(/not the key/);
  });

  it('asks scrypt once for all values that one process sealed', () => {
    const sealing = keyringOf(PASSPHRASE);
    const salts = ['a', 'b', 'c'].map((value) => seal(sealing, value).split('.')[2]);
    expect(new Set(salts).size).toBe(1);
    expect(seal(keyringOf(PASSPHRASE)).split('.')[2]).not.toBe(salts[0]);
  });

  it.each([
    ['no name', randomBytes(32).toString('base64')],
    ['too short', `k1:${randomBytes(16).toString('base64')}`],
    ['too long', `k1:${randomBytes(33).toString('base64')}`],
    ['no base64', 'k1:this is my not so secret key'],
    ['a name with a dot', `k.1:${randomBytes(32).toString('base64')}`],
    ['zeros', `k1:${Buffer.alloc(32).toString('base64')}`],
    ['a short passphrase', 'k1:pass:hunter2hunter2'],
    ['the same name twice', `${generateKey('k1')},${generateKey('k1')}`],
    ['nothing', ' , '],
  ])('is refused with %s, and what stands in it is not repeated', (_case, text) => {
    const { keyring, problems } = readKeyring({ MSG_MASTER_KEY: text });
    expect(keyring).toBeUndefined();
    expect(problems).toHaveLength(1);
    for (const piece of text.split(/[:,]/).filter((part) => part.length > 6))
      expect(JSON.stringify(problems)).not.toContain(piece);
  });

  it('makes keys that it takes', () => {
    expect(keyringOf(generateKey()).kids).toHaveLength(1);
    expect(() => generateKey('k.1')).toThrow(RangeError);
  });
});

describe('a configuration with sealed values', () => {
  const text = generateKey('k1');
  const keyring = keyringOf(text);
  const env = { MSG_MASTER_KEY: text };

  it('loads, from the file, from a variable, and through env:', () => {
    const sealedKey = sealValue('dingkey-plain', APP_KEY, keyring.first);
    const settings = { [APP_SECRET]: seal(keyring), [APP_KEY]: 'env:OTHER_NAME' };
    const { config } = load(settings, { ...env, OTHER_NAME: sealedKey });
    expect(config.providers.dingtalk).toMatchObject({
      apps: { default: { appKey: 'dingkey-plain', appSecret: 'secret-of-the-app' } },
    });
    const short = load({}, { ...env, MSG_DD_APP_KEY: sealedKey, MSG_DD_APP_SECRET: seal(keyring) });
    expect(short.config.providers.dingtalk).toMatchObject({ apps: { default: { appKey: 'dingkey-plain' } } });
  });

  it('is refused when two values were swapped, naming both settings and no value', () => {
    const problems = problemsOf(() =>
      load({ [APP_SECRET]: sealValue('value-of-key', APP_KEY, keyring.first), [APP_KEY]: seal(keyring) }, env),
    );
    expect(problems.map(({ path }) => path).toSorted()).toEqual([APP_KEY, APP_SECRET]);
    expect(JSON.stringify(problems)).not.toMatch(/value-of-key|secret-of-the-app|enc:v1/);
  });

  it('is refused without a key, with a wrong one and with an unknown one, each setting named once', () => {
    const settings = { [APP_SECRET]: seal(keyring), [APP_KEY]: sealValue('key', APP_KEY, keyring.first) };
    for (const other of [undefined, generateKey('k1'), generateKey('k2')]) {
      const problems = problemsOf(() => load(settings, other === undefined ? {} : { MSG_MASTER_KEY: other }));
      expect(problems.map(({ path }) => path).toSorted()).toEqual([APP_KEY, APP_SECRET]);
    }
    expect(problemsOf(() => load(settings))[0]?.reason).toContain('set MSG_MASTER_KEY');
  });

  it('is refused when the key is not valid, sealed values or not', () => {
    expect(problemsOf(() => load({}, { MSG_MASTER_KEY: 'k1:nonsense' }))).toMatchObject([{ path: 'MSG_MASTER_KEY' }]);
    expect(problemsOf(() => load({}, { ...env, MSG_MASTER_KEY_FILE: '/x' }))).toMatchObject([
      { path: 'MSG_MASTER_KEY_FILE' },
    ]);
  });

  it('gives the opened values and every spelling of the key to the redactor, and hides them in print', () => {
    const corpId = 'providers.wecom.apps.default.corpId';
    const settings = {
      [corpId]: sealValue('ww-not-marked-secret', corpId, keyring.first),
      'providers.wecom.apps.default.corpSecret': 'plain-one',
    };
    const loaded = load(settings, env);
    const base64 = text.slice(3);
    const bytes = Buffer.from(base64, 'base64');
    expect(loaded.secrets).toEqual(
      expect.arrayContaining([
        'ww-not-marked-secret',
        text,
        base64,
        bytes.toString('hex'),
        bytes.toString('base64url'),
      ]),
    );
    expect(JSON.stringify(maskSecrets(loaded.config, schema, loaded.sealed))).not.toContain('ww-not-marked');
  });

  it('never hands the master key to a setting', () => {
    const problems = problemsOf(() => load({ 'redis.url': 'env:MSG_MASTER_KEY' }, env));
    expect(problems).toMatchObject([{ path: 'redis.url' }]);
  });
});

describe('settingPath', () => {
  const shortNames = { MSG_DD_APP_SECRET: APP_SECRET };
  const path = (given: string): string => settingPath(given, schema, shortNames);

  it('gives one spelling to a path, a short name and a long name', () => {
    for (const given of [APP_SECRET, APP_SECRET.toLowerCase(), 'MSG_DD_APP_SECRET'])
      expect(path(given)).toBe(APP_SECRET);
    expect(path('MSG__PROVIDERS__DINGTALK__APPS__DEFAULT__APPSECRET')).toBe(APP_SECRET);
    expect(path('providers.dingtalk.apps.Ops.appsecret')).toBe('providers.dingtalk.apps.Ops.appSecret');
  });

  it('refuses what is no setting or no text', () => {
    for (const given of ['', 'provider.x', 'providers.dingtalk.apps.default', 'server.port', 'redis.url.x'])
      expect(() => path(given), given).toThrow(SettingPathError);
  });
});

/** The next letter of the base64url alphabet. */
function neighbour(character: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const index = alphabet.indexOf(character);
  return index < 0 ? '!' : (alphabet[index ^ 1] ?? '!');
}
