import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, it, type TestContext } from 'vitest';
import { stringify } from 'yaml';
import { DEFAULT_APP, DingTalkSimulator } from '../../src/providers/dingtalk/simulator/dingtalk.simulator.js';
import { aNotice } from '../support/dingtalk.js';
import { call, post, startTestGateway, type TestAnswer } from '../support/gateway.js';

/** Files are looked at once a second. */
const NOTICED = { timeout: 4_000, interval: 50 };

const OPS_APP = { name: 'ops', appKey: 'ops-key', appSecret: 'ops-secret', agentId: 2_002 };

interface ConfigStatus {
  readonly version: number;
  readonly lastError: readonly { path: string; reason: string }[] | null;
  readonly restartRequired: readonly string[];
}

/** A configuration file in a folder of its own, for one test. */
class ConfigFile {
  readonly folder = mkdtempSync(join(tmpdir(), 'message-center-config-'));
  readonly path = join(this.folder, 'message-center.yaml');

  constructor(
    private readonly platform: DingTalkSimulator,
    private readonly test: TestContext,
  ) {
    test.onTestFinished(() => rmSync(this.folder, { recursive: true }));
  }

  /** Writes these settings beside a DingTalk that has the app `default` and those given. */
  write(overrides: Readonly<Record<string, unknown>> = {}, apps: Readonly<Record<string, unknown>> = {}): this {
    writeFileSync(this.path, this.text(overrides, apps));
    return this;
  }

  text(overrides: Readonly<Record<string, unknown>> = {}, apps: Readonly<Record<string, unknown>> = {}): string {
    const { appKey, appSecret, agentId } = DEFAULT_APP;
    const dingtalk = { baseUrl: this.platform.url, apps: { default: { appKey, appSecret, agentId }, ...apps } };
    return stringify({ providers: { dingtalk }, ...overrides });
  }

  /** A file beside it. */
  beside(name: string): string {
    return join(this.folder, name);
  }

  async serve(env: NodeJS.ProcessEnv = {}): Promise<RunningGateway> {
    const gateway = await startTestGateway({ file: this.path, env });
    this.test.onTestFinished(() => gateway.close());
    return new RunningGateway(gateway.url, gateway.logs);
  }
}

describe.concurrent('configuration', () => {
  let platform: DingTalkSimulator;
  const { appKey, appSecret, agentId } = OPS_APP;
  const opsApp = { appKey, appSecret, agentId };

  beforeAll(async () => {
    platform = await new DingTalkSimulator({ apps: [DEFAULT_APP, OPS_APP] }).start();
  });
  afterAll(() => platform.close());

  describe('of a running gateway', () => {
    it('takes over a changed file: a new app is there, and the envelope has the new habit', async (test) => {
      const file = new ConfigFile(platform, test).write();
      const gateway = await file.serve();
      test.expect((await gateway.notify('ops')).status).toBe(400);

      file.write({ envelope: { httpStatus: 'always-200' } }, { ops: opsApp });

      await test.expect.poll(async () => (await gateway.notify('ops')).body.ok, NOTICED).toBe(1);
      test.expect((await gateway.notify('nobody')).status).toBe(200);
      test.expect(await gateway.status()).toMatchObject({ version: 2, lastError: null });
      test.expect(gateway.logged('configuration reloaded')).toBe(true);
    });

    it('keeps the old one when the file is not valid, and says what is wrong in status and log', async (test) => {
      const file = new ConfigFile(platform, test).write();
      const gateway = await file.serve();

      file.write({ server: { port: 'many' }, envelop: {} }, { ops: opsApp });

      await test.expect.poll(async () => (await gateway.status()).lastError, NOTICED).not.toBeNull();
      const { version, lastError } = await gateway.status();
      test.expect(version).toBe(1);
      test.expect(lastError?.map(({ path }) => path).toSorted()).toEqual(['envelop', 'server.port']);
      test.expect(gateway.logged('configuration not reloaded')).toBe(true);
      test.expect((await gateway.notify('default')).status).toBe(200);
      test.expect((await gateway.notify('ops')).status).toBe(400);

      file.write({}, { ops: opsApp });
      await test.expect.poll(async () => (await gateway.notify('ops')).status, NOTICED).toBe(200);
      test.expect((await gateway.status()).lastError).toBeNull();
    });

    it('survives a file that is no YAML, or gone for a while', async (test) => {
      const file = new ConfigFile(platform, test).write();
      const gateway = await file.serve();

      writeFileSync(file.path, 'providers: [unclosed');
      await test.expect.poll(async () => (await gateway.status()).lastError, NOTICED).not.toBeNull();
      rmSync(file.path);
      await test.expect.poll(async () => (await gateway.status()).lastError?.[0]?.reason, NOTICED).toMatch(/read/);
      test.expect((await gateway.notify('default')).status).toBe(200);

      file.write({}, { ops: opsApp });
      await test.expect.poll(async () => (await gateway.notify('ops')).status, NOTICED).toBe(200);
    });

    it('keeps the old one when the file was emptied, and takes over the next that says something', async (test) => {
      const file = new ConfigFile(platform, test).write();
      const gateway = await file.serve();

      for (const nothing of ['', '# providers:\n']) {
        writeFileSync(file.path, nothing);
        await test.expect
          .poll(async () => (await gateway.status()).lastError, NOTICED)
          .toEqual([{ path: file.path, reason: 'is empty, and was not before' }]);
        test.expect((await gateway.notify('default')).status).toBe(200);
        file.write();
        await test.expect.poll(async () => (await gateway.status()).lastError, NOTICED).toBeNull();
      }
      test.expect(gateway.logged('configuration not reloaded')).toBe(true);
    });

    it('may be in a file that says nothing, if it said nothing at the start', async (test) => {
      const file = new ConfigFile(platform, test);
      writeFileSync(file.path, '');
      const gateway = await file.serve({ MSG_DD_APP_KEY: 'k', MSG_DD_APP_SECRET: 's', MSG_DD_BASE_URL: platform.url });

      writeFileSync(file.path, '# nothing yet\n');

      await test.expect.poll(async () => (await gateway.status()).version, NOTICED).toBe(2);
      test.expect((await gateway.status()).lastError).toBeNull();
    });

    it('follows the symlink swap of a Kubernetes ConfigMap', async (test) => {
      const file = new ConfigFile(platform, test);
      const publish = (name: string, text: string): void => {
        mkdirSync(file.beside(name));
        writeFileSync(join(file.beside(name), 'message-center.yaml'), text);
        symlinkSync(name, file.beside('..data_tmp'));
        renameSync(file.beside('..data_tmp'), file.beside('..data'));
      };
      publish('..2026_09_01', file.text());
      symlinkSync(join('..data', 'message-center.yaml'), file.path);
      const gateway = await file.serve();
      test.expect((await gateway.notify('ops')).status).toBe(400);

      publish('..2026_09_02', file.text({}, { ops: opsApp }));

      await test.expect.poll(async () => (await gateway.notify('ops')).status, NOTICED).toBe(200);
    });

    it('takes over a secret file that changes, although the file that refers to it does not', async (test) => {
      const file = new ConfigFile(platform, test);
      const secret = file.beside('secret');
      writeFileSync(secret, 'wrong\n');
      const gateway = await file.write({}, { ops: { ...opsApp, appSecret: `file:${secret}` } }).serve();
      test.expect((await gateway.notify('ops')).status).toBe(502);

      writeFileSync(secret, `${OPS_APP.appSecret}\n`);

      await test.expect.poll(async () => (await gateway.notify('ops')).status, NOTICED).toBe(200);
    });

    it('takes over a secret file that was missing when the file began to refer to it', async (test) => {
      const file = new ConfigFile(platform, test).write();
      const secret = file.beside('secret');
      const gateway = await file.serve();

      file.write({}, { ops: { ...opsApp, appSecret: `file:${secret}` } });
      await test.expect
        .poll(async () => (await gateway.status()).lastError, NOTICED)
        .toEqual([{ path: 'providers.dingtalk.apps.ops.appSecret', reason: `cannot read the file ${secret}` }]);
      writeFileSync(secret, OPS_APP.appSecret);

      await test.expect.poll(async () => (await gateway.notify('ops')).status, NOTICED).toBe(200);
    });

    it('never takes over half of a file that is still being written', async (test) => {
      const file = new ConfigFile(platform, test).write();
      const gateway = await file.serve();
      const whole = file.text({}, { ops: opsApp });
      // Every beginning that ends with a line may be valid by itself.
      for (const end of [0, whole.indexOf('ops:'), whole.length]) {
        writeFileSync(file.path, whole.slice(0, end));
        await new Promise((resolve) => setTimeout(resolve, 200));
      }

      await test.expect.poll(async () => (await gateway.notify('ops')).status, NOTICED).toBe(200);
      test.expect(await gateway.status()).toMatchObject({ version: 2, lastError: null });
    });

    it('reports what waits for a restart, and takes over the rest', async (test) => {
      const file = new ConfigFile(platform, test).write({ server: { port: 27_001 } });
      const gateway = await file.serve();

      const server = { port: 27_002, host: '127.0.0.2', shutdownTimeout: '9s' };
      file.write({ server, redis: { url: 'redis://127.0.0.1:1/0' } }, { ops: opsApp });

      await test.expect
        .poll(async () => (await gateway.status()).restartRequired, NOTICED)
        .toEqual(['server.host', 'server.port', 'redis']);
      test.expect((await gateway.notify('ops')).status).toBe(200);
      test.expect(gateway.logged('need a restart')).toBe(true);
    });

    it('lets in whom the new file lets in, and nobody else', async (test) => {
      const file = new ConfigFile(platform, test).write();
      const gateway = await file.serve();

      file.write({ access: { allow: ['10.0.0.1'] } });

      await test.expect.poll(async () => (await call(`${gateway.url}/sys/check`)).status, NOTICED).toBe(403);
    });
  });

  describe('comes from file and environment', () => {
    it('the environment wins over the file, and an app may be spread over both', async (test) => {
      const file = new ConfigFile(platform, test);
      file.write({ envelope: { httpStatus: 'always-200' } }, { ops: { ...opsApp, appSecret: 'wrong' } });
      const gateway = await file.serve({
        MSG__ENVELOPE__HTTPSTATUS: 'semantic',
        MSG__PROVIDERS__DINGTALK__APPS__OPS__APPSECRET: OPS_APP.appSecret,
      });
      test.expect((await gateway.notify('nobody')).status).toBe(400);
      test.expect((await gateway.notify('ops')).status).toBe(200);
    });

    it('a value may be in a file that the environment names', async (test) => {
      const file = new ConfigFile(platform, test);
      const secret = file.beside('secret');
      writeFileSync(file.path, '');
      writeFileSync(secret, `${DEFAULT_APP.appSecret}\n`);
      const gateway = await file.serve({
        MSG_DD_BASE_URL: platform.url,
        MSG_DD_APP_KEY: DEFAULT_APP.appKey,
        MSG_DD_APP_SECRET_FILE: secret,
        MSG_DD_AGENT_ID: String(DEFAULT_APP.agentId),
      });
      test.expect((await gateway.notify('default')).status).toBe(200);
    });

    it('a value may be in a variable that the file names', async (test) => {
      const file = new ConfigFile(platform, test);
      const gateway = await file
        .write({}, { ops: { ...opsApp, appSecret: 'env:OPS_SECRET' } })
        .serve({ OPS_SECRET: OPS_APP.appSecret });
      test.expect((await gateway.notify('ops')).status).toBe(200);
    });
  });
});

/** A gateway as these tests look at it. */
class RunningGateway {
  constructor(
    readonly url: string,
    private readonly logs: readonly string[],
  ) {}

  notify(app: string): Promise<TestAnswer> {
    return post(`${this.url}/v1/dd/topapi/message`, aNotice(), { headers: { 'X-App': app } });
  }

  async status(): Promise<ConfigStatus> {
    const { body } = await call(`${this.url}/sys/status`);
    return (body as unknown as { config: ConfigStatus }).config;
  }

  logged(words: string): boolean {
    return this.logs.some((line) => line.includes(words));
  }
}
