import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { ConfigError } from '../../src/config/config.error.js';
import { loadConfig, type LoadedConfig, type LoadOptions } from '../../src/config/config.loader.js';
import { configJsonSchema } from '../../src/config/config.schema.js';
import { printedConfig } from '../../src/config/printed-config.js';
import { formatDuration, parseDuration } from '../../src/config/scalars.js';
import { maskSecrets } from '../../src/config/secrets.js';
import { CONFIGURATIONS as providers } from '../../src/providers/index.js';

const APP = { MSG_DD_APP_KEY: 'the-key', MSG_DD_APP_SECRET: 'the-secret' };

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'message-center-loader-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
});

/** Writes a file into the test's folder; gives back its path. */
function written(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

function load(env: NodeJS.ProcessEnv = {}, options: Partial<LoadOptions> = {}): LoadedConfig {
  return loadConfig({ env, providers, ...options });
}

/** What is wrong, as `path: reason`. */
function problems(env: NodeJS.ProcessEnv, options: Partial<LoadOptions> = {}): string[] {
  try {
    load(env, options);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.map(({ path, reason }) => `${path}: ${reason}`);
    throw error;
  }
  return [];
}

function dingtalkOf({ config }: LoadedConfig): Record<string, unknown> {
  return config.providers.dingtalk as Record<string, unknown>;
}

describe(loadConfig.name, () => {
  it('needs nothing: everything has a default', () => {
    const { config, file } = load();
    expect(file).toBeUndefined();
    expect(config.server).toMatchObject({ host: '127.0.0.1', port: 27_779, shutdownTimeout: 25_000 });
    expect(config.outbound.timeoutMs).toBe(10_000);
    expect(config.envelope.httpStatus).toBe('semantic');
    expect(dingtalkOf(load())).toMatchObject({ baseUrl: 'https://oapi.dingtalk.com', apps: {} });
  });

  describe('the environment', () => {
    it.each([
      ['HOST', '0.0.0.0', (loaded: LoadedConfig) => loaded.config.server.host, '0.0.0.0'],
      ['PORT', '8080', (loaded) => loaded.config.server.port, 8_080],
      ['MSG_TIMEOUT_MS', '500', (loaded) => loaded.config.outbound.timeoutMs, 500],
      ['MSG_DOCS', 'false', (loaded) => loaded.config.docs.enabled, false],
      ['MSG_DOCS', 'off', (loaded) => loaded.config.docs.enabled, false],
      ['MSG_ALLOW_IPS', '10.0.0.1, 10.1.0.0/16,', (loaded) => loaded.config.access.allow, ['10.0.0.1', '10.1.0.0/16']],
      ['MSG_TRUST_PROXY', '10.0.0.0/8', (loaded) => loaded.config.server.trustProxy, ['10.0.0.0/8']],
      ['LOG_LEVEL', 'debug', (loaded) => loaded.config.logging.level, 'debug'],
      ['REDIS_URL', 'redis://r:6379', (loaded) => loaded.config.redis.url, 'redis://r:6379'],
      [
        'MSG_DD_BASE_URL',
        'https://oapi.example.com/',
        (loaded) => dingtalkOf(loaded).baseUrl,
        'https://oapi.example.com',
      ],
      ['MSG__SERVER__SHUTDOWNTIMEOUT', '1m30s', (loaded) => loaded.config.server.shutdownTimeout, 90_000],
      ['MSG__server__shutdownTimeout', '5', (loaded) => loaded.config.server.shutdownTimeout, 5_000],
      ['MSG__ACCESS__ALLOW', '[{"cidr":"10.0.0.1"}]', (loaded) => loaded.config.access.allow, [{ cidr: '10.0.0.1' }]],
    ] as readonly [string, string, (loaded: LoadedConfig) => unknown, unknown][])(
      '%s=%s',
      (name, value, read, expected) => {
        expect(read(load({ [name]: value }))).toEqual(expected);
      },
    );

    it('an empty variable is none', () => {
      expect(load({ PORT: '', HOST: '' }).config.server).toMatchObject({ port: 27_779, host: '127.0.0.1' });
    });

    it('names an app of its own, in lower case, or one of the file in its spelling', () => {
      const file = written(
        'c.yaml',
        'providers: { dingtalk: { apps: { OpsTeam: { appKey: k1, appSecret: wrong } } } }',
      );
      const loaded = load(
        {
          MSG__PROVIDERS__DINGTALK__APPS__OPSTEAM__APPSECRET: 'from-env',
          MSG__PROVIDERS__DINGTALK__APPS__NIGHT__APPKEY: 'k2',
          MSG__PROVIDERS__DINGTALK__APPS__NIGHT__APPSECRET: 's2',
        },
        { file },
      );
      expect(dingtalkOf(loaded).apps).toMatchObject({
        OpsTeam: { appKey: 'k1', appSecret: 'from-env' },
        night: { appKey: 'k2', appSecret: 's2' },
      });
    });

    it('digits of a secret stay text', () => {
      const apps = dingtalkOf(load({ ...APP, MSG_DD_APP_SECRET: '0012345' })).apps;
      expect(apps).toMatchObject({ default: { appSecret: '0012345' } });
    });
  });

  it('flags win over the environment, and the environment over the file', () => {
    const file = written('c.json', '{"server":{"port":1,"host":"10.0.0.1"},"logging":{"level":"error"}}');
    const { config } = load({ PORT: '2', HOST: '10.0.0.2' }, { file, flags: { 'server.port': 3 } });
    expect(config.server).toMatchObject({ port: 3, host: '10.0.0.2' });
    expect(config.logging.level).toBe('error');
  });

  it('the file may be named by MSG_CONFIG, and the flag wins', () => {
    const one = written('one.yaml', 'server: { port: 1 }');
    const two = written('two.yaml', 'server: { port: 2 }');
    expect(load({ MSG_CONFIG: one }).config.server.port).toBe(1);
    expect(load({ MSG_CONFIG: one }, { file: two }).config.server.port).toBe(2);
  });

  it('a file that is empty is no settings', () => {
    expect(load({}, { file: written('c.yaml', '# nothing yet\n') }).config.server.port).toBe(27_779);
  });

  describe('refuses, by path and reason', () => {
    it.each([
      ['a port that is none', { PORT: '99999' }, /^server\.port: /],
      [
        'a setting that is not there',
        { MSG__SERVER__COLOUR: 'red' },
        /^MSG__SERVER__COLOUR: there is no such setting; known here: host, port/,
      ],
      [
        'a setting below a value',
        { MSG__SERVER__PORT__X: '1' },
        /^MSG__SERVER__PORT__X: there is no setting below server.port/,
      ],
      [
        'an address that is none',
        { MSG_ALLOW_IPS: '10.0.0.0/33' },
        /^access\.allow\.0: the prefix must be between 0 and 32/,
      ],
      [
        'a duration that is none',
        { MSG__SERVER__SHUTDOWNTIMEOUT: 'soon' },
        /^server\.shutdownTimeout: must be a duration/,
      ],
      ['a level that is none', { LOG_LEVEL: 'loud' }, /^logging\.level: /],
      [
        'half of an app',
        { MSG_DD_APP_KEY: 'k' },
        /^providers\.dingtalk\.apps\.default\.appSecret: is missing; set it here or in MSG_DD_APP_SECRET$/,
      ],
      [
        'an agent id that is none',
        { ...APP, MSG_DD_AGENT_ID: 'abc' },
        /^providers\.dingtalk\.apps\.default\.agentId: /,
      ],
      [
        'a base URL with a password',
        { MSG_DD_BASE_URL: 'https://u:p@h' },
        /^providers\.dingtalk\.baseUrl: must not contain a user name/,
      ],
      ['a base URL that is none', { MSG_DD_BASE_URL: 'oapi' }, /^providers\.dingtalk\.baseUrl: must be an address/],
      [
        'a variable that is not set',
        { ...APP, MSG_DD_APP_SECRET: 'env:NOT_SET' },
        /^providers\.dingtalk\.apps\.default\.appSecret: the variable NOT_SET is not set$/,
      ],
      [
        'a file that cannot be read',
        { ...APP, MSG_DD_APP_SECRET: 'file:/nowhere' },
        /appSecret: cannot read the file \/nowhere$/,
      ],
      [
        'a _FILE that cannot be read',
        { MSG_DD_APP_KEY: 'k', MSG_DD_APP_SECRET_FILE: '/nowhere' },
        /^MSG_DD_APP_SECRET_FILE: cannot read the file \/nowhere$/,
      ],
      [
        'a value given twice',
        { ...APP, MSG_DD_APP_SECRET_FILE: '/nowhere' },
        /^MSG_DD_APP_SECRET_FILE: MSG_DD_APP_SECRET is set as well/,
      ],
      ['system A’s key', { MSG_BASE_SECRET_KEY: 'x' }, /^MSG_BASE_SECRET_KEY: .*import-legacy.*MSG_MASTER_KEY/],
    ] as readonly [string, NodeJS.ProcessEnv, RegExp][])('%s', (_name, env, sentence) => {
      expect(problems(env).filter((problem) => sentence.test(problem))).toHaveLength(1);
    });

    it.each([
      ['no YAML', 'a: [1', /c\.yaml: /],
      ['a list', '- 1', /must be an object of settings/],
      ['text', 'hello', /must be an object of settings/],
      ['the same name twice', 'server: {}\nserver: {}', /c\.yaml: .*unique/],
      ['a typing mistake', 'sever: { port: 1 }', /^sever: there is no such setting$/],
      ['one further below', 'server: { prot: 1 }', /^server\.prot: there is no such setting$/],
      [
        'a limit that nobody counts',
        'providers: { dingtalk: { limits: { ip-all: 5 } } }',
        /^providers\.dingtalk\.limits\.ip-all: there is no such setting$/,
      ],
      [
        'a limit of nothing',
        'providers: { dingtalk: { limits: { robot-minute: 0 } } }',
        /^providers\.dingtalk\.limits\.robot-minute: /,
      ],
      [
        'every name of a file where the platform has a list',
        'providers: { dingtalk: { apps: { default: { appKey: k, appSecret: s, media: { file: { ext: "*" } } } } } }',
        /^providers\.dingtalk\.apps\.default\.media\.file\.ext: must be extensions like \.jpg\.png$/,
      ],
      [
        'every name of a file beside a list',
        'providers: { wecom: { apps: { default: { corpId: ww1, corpSecret: s, media: { file: { ext: "*.pdf" } } } } } }',
        /^providers\.wecom\.apps\.default\.media\.file\.ext: must be \* or extensions like \.jpg\.png$/,
      ],
    ])('a file that is %s', (_name, text, sentence) => {
      const found = problems({}, { file: written('c.yaml', text) });
      expect(found).toHaveLength(1);
      expect(found[0]).toMatch(sentence);
    });

    it('a file that is not there, if it was named', () => {
      expect(problems({}, { file: join(folder, 'none.yaml') })).toEqual([
        `${join(folder, 'none.yaml')}: cannot be read`,
      ]);
    });

    it('everything at once, each thing once, and never a value', () => {
      const found = problems({ PORT: 'x', LOG_LEVEL: 'loud-secret', MSG_DD_APP_KEY: 'key-secret', MSG__A: '1' });
      expect(found).toHaveLength(4);
      expect(found.join('\n')).not.toMatch(/loud-secret|key-secret/);
    });
  });

  describe('secrets', () => {
    it('are read from where they are', () => {
      const secret = written('secret', 'from-file\n');
      const env = { MSG_DD_APP_KEY: 'env:THE_KEY', THE_KEY: 'from-env', MSG_DD_APP_SECRET: `file:${secret}` };
      const loaded = load(env);
      expect(dingtalkOf(loaded).apps).toMatchObject({ default: { appKey: 'from-env', appSecret: 'from-file' } });
      expect(loaded.watched).toContain(secret);
    });

    it('keep what is inside them: only the last line end goes', () => {
      const file = written('secret', '  two\nlines \n\n');
      const loaded = load({ MSG_DD_APP_KEY: 'k', MSG_DD_APP_SECRET_FILE: file });
      expect(dingtalkOf(loaded).apps).toMatchObject({ default: { appSecret: '  two\nlines \n' } });
    });

    it('are known to the redactor, the password of an address by itself as well', () => {
      const { secrets } = load({ ...APP, REDIS_URL: 'redis://user:p%40ssword@r:6379/0' });
      expect(secrets).toEqual(expect.arrayContaining(['the-key', 'the-secret', 'p@ssword']));
    });

    it('in the address of a callback are masked, and known to the redactor', () => {
      const url = 'https://user:pass-word@h.example/x?token=the-token&from=dingtalk';
      const callbacks = [{ url, secret: `whsec_${'A'.repeat(32)}` }];
      const loaded = load(APP, { flags: { callbacks } });
      const shown = JSON.stringify(maskSecrets(loaded.config, configJsonSchema(providers)));
      expect(shown).not.toMatch(/pass-word|the-token/);
      expect(loaded.secrets).toEqual(expect.arrayContaining([url, 'pass-word', 'the-token']));
      expect(loaded.secrets).not.toContain('dingtalk');
    });

    it('are masked where the configuration is shown', () => {
      const { config } = load({ ...APP, REDIS_URL: 'redis://user:password@r:6379/0' });
      const shown = JSON.stringify(maskSecrets(config, configJsonSchema(providers)));
      expect(shown).not.toMatch(/the-key|the-secret|password@/);
      expect(shown).toContain('"appSecret":"***"');
    });
  });

  it('what is printed is read back the same, durations above all', () => {
    const settings = `
      server: { shutdownTimeout: 90, shutdownDelay: 500ms }
      delivery: { ttl: 3h20m, retry: [1.5s, 10, 2d] }
      providers: { wecom: { apps: { default: { corpId: ww1, corpSecret: '***', lookups: { missTtl: 45m } } } } }`;
    const loaded = load({}, { file: written('given.yaml', settings) });
    const printed = stringify(printedConfig(loaded, configJsonSchema(providers)));
    expect(printed).toContain('shutdownTimeout: 1m30s\n');
    expect(printed).toContain('shutdownDelay: 500ms\n');
    expect(printed).toContain('- 1s500ms\n');
    expect(printed).toContain('missTtl: 45m\n');
    expect(load({}, { file: written('printed.yaml', printed) }).config).toEqual(loaded.config);
  });

  it('tells which files to watch, also when it refuses them', () => {
    const file = written(
      'c.yaml',
      'providers: { dingtalk: { apps: { a: { appKey: k, appSecret: "file:/nowhere" } } } }',
    );
    expect(() => load({}, { file })).toThrow(expect.objectContaining({ watched: [file, '/nowhere'] }));
  });
});

describe(formatDuration.name, () => {
  it.each([
    [0, '0s'],
    [0.5, '0.5ms'],
    [500, '500ms'],
    [1_500, '1s500ms'],
    [12_000_000, '3h20m'],
    [86_400_000, '1d'],
    [90_061_001, '1d1h1m1s1ms'],
  ])('%i ms are %s, and back', (milliseconds, text) => {
    expect(formatDuration(milliseconds)).toBe(text);
    expect(parseDuration(text)).toBe(milliseconds);
  });
});

describe(parseDuration.name, () => {
  it.each([
    [0, 0],
    [25, 25_000],
    [0.5, 500],
    ['25', 25_000],
    ['500ms', 500],
    ['25s', 25_000],
    ['1.5s', 1_500],
    ['3h20m', 12_000_000],
    ['1d', 86_400_000],
    ['1m30s', 90_000],
  ])('%s is %i ms', (given, milliseconds) => {
    expect(parseDuration(given)).toBe(milliseconds);
  });

  it.each([-1, Number.NaN, Number.POSITIVE_INFINITY, '', 'soon', '-5s', '5 s', '5y', 's', '1h-', '5S', '1e3'])(
    '%s is none',
    (given) => {
      expect(parseDuration(given)).toBeUndefined();
    },
  );
});
