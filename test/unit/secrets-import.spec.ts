import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { importSystemA, type ImportedConfig } from '../../src/cli/config-import.js';
import { readSystemA } from '../../src/cli/system-a-file.js';
import { ConfigError } from '../../src/config/config.error.js';
import { loadConfig } from '../../src/config/config.loader.js';
import type { Config } from '../../src/config/config.schema.js';
import { CONFIGURATIONS } from '../../src/providers/index.js';
import { systemAFile } from '../support/system-a.js';

const imported = (sys = {}, dd = {}): ImportedConfig => importSystemA(readSystemA(systemAFile(sys, dd), 'a.json'));

/** What our own loader makes of it. */
function load(yaml: string): Config {
  const file = join(mkdtempSync(join(tmpdir(), 'message-center-import-')), 'config.yaml');
  writeFileSync(file, yaml);
  const env = { MSG_DD_APP_KEY: 'dingkey', MSG_DD_APP_SECRET: 'secret', OPS_APP_SECRET: 'ops-secret' };
  return loadConfig({ file, env, providers: CONFIGURATIONS }).config;
}

describe('config import', () => {
  it('gives a configuration that loads and behaves like the old one', () => {
    const config = load(imported().yaml);
    expect(config).toMatchObject({
      server: { host: '0.0.0.0', port: 27_779 },
      envelope: { httpStatus: 'always-200' },
      access: { allow: ['10.0.1.0/24', '127.0.0.1', '10.9.8.7/32'] },
      logging: { level: 'info', dir: './log' },
    });
    expect(config.providers.dingtalk).toMatchObject({
      apps: {
        default: {
          appKey: 'dingkey',
          appSecret: 'secret',
          agentId: 123_456_789,
          media: {
            image: { ext: '.jpg.png', size: 1_000 },
            voice: { ext: '.amr', size: 2_000 },
            file: { ext: '.doc.docx.xls.xlsx.ppt.pptx.zip.pdf.rar', size: 10_000 },
          },
        },
      },
    });
  });

  it('refers to the variables that the file names, and never holds a secret', () => {
    const { yaml } = imported();
    expect(yaml).toContain('appSecret: env:OPS_APP_SECRET');
    expect(yaml).not.toContain('canary');
    expect(imported({}, { app_key_name: '', app_secret_name: null }).yaml).toContain(
      'appSecret: env:MSG_DD_APP_SECRET',
    );
  });

  it('keeps the comments of the allow-list where they stood, and drops blanks', () => {
    const { yaml } = imported();
    expect(yaml).toMatch(
      /# 办公网\n +- 10\.0\.1\.0\/24\n +- 127\.0\.0\.1\n +# 跳板机\n +# 第二行\n +- 10\.9\.8\.7\/32\n +# 结尾\n/,
    );
  });

  it('says what was not carried over, in the file and beside it', () => {
    const { yaml, notes } = imported({ log_api: 'http://es.example.com/canary', log_limit_num: 3 }, { colour: 'red' });
    for (const name of ['main_config', 'MSG_XY_MONITOR_API_KEY', 'log_file_level', 'log_api', 'log_limit_num'])
      expect(notes.join('\n')).toContain(name);
    expect(notes.join('\n')).toContain('dd_conf.colour');
    for (const note of notes) expect(yaml).toContain(`# - ${note}`);
    expect(yaml).not.toContain('canary');
  });

  it('warns that an empty list let everybody call, and stays on loopback', () => {
    const { yaml, notes } = imported({}, { white_list: ['', '__nobody'] });
    expect(notes.join('\n')).toContain('A lets everybody call');
    expect(load(yaml)).toMatchObject({ server: { host: '127.0.0.1' }, access: { allow: [] } });
  });

  it('leaves out addresses that are none, and says so', () => {
    const { yaml, notes } = imported({}, { white_list: ['10.0.0.300', '10.0.0.1'] });
    expect(notes.join('\n')).toContain('"10.0.0.300" is no address');
    expect(load(yaml).access.allow).toEqual(['10.0.0.1']);
  });

  it('listens on IPv6 too where the list has such addresses', () => {
    const config = load(imported({}, { white_list: ['fe80::d295:66ff:fe75:f3cd/64', '::1/128'] }).yaml);
    expect(config.server.host).toBe('::');
  });

  it('cuts media rules to what the platform takes', () => {
    const media = { voice: { ext: 'amr', size: 9_999 }, film: { ext: '.x', size: 1 }, image: { ext: '', size: 0 } };
    const { yaml, notes } = imported({}, { media });
    expect(load(yaml).providers.dingtalk).toMatchObject({
      apps: { default: { media: { voice: { ext: '.amr', size: 2_048 }, file: { size: 10_000 } } } },
    });
    expect(notes.join('\n')).toMatch(/voice\.size[\s\S]*film/);
  });

  it.each([
    [1, 'trace'],
    [3, 'info'],
    [6, 'fatal'],
    [7, 'silent'],
    [0, 'error'],
    [9, 'error'],
    [undefined, 'error'],
  ])('log level %s is %s', (level, name) => {
    expect(load(imported({ log_level: level }).yaml).logging.level).toBe(name);
  });

  it('loads from next to nothing', () => {
    const { yaml } = importSystemA(readSystemA('{"dd_conf":{}}', 'a.json'));
    expect(load(yaml).envelope.httpStatus).toBe('always-200');
  });

  it.each([
    ['no JSON', 'server: {}'],
    ['another file', '{"name":"x"}'],
    ['a list', '[]'],
    ['wrong types', '{"dd_conf":{"agent_id":"12","white_list":[1]}}'],
  ])('refuses %s', (_case, source) => {
    expect(() => readSystemA(source, 'a.json')).toThrow(ConfigError);
  });
});
