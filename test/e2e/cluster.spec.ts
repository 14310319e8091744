import { get as httpGet } from 'node:http';
import { describe, it, type TestContext } from 'vitest';
import { DingTalkSimulator } from '../../src/providers/dingtalk/simulator/dingtalk.simulator.js';
import { aNotice, NOTICE_CALL } from '../support/dingtalk.js';
import { call, post, type TestAnswer } from '../support/gateway.js';
import {
  dingTalkEnvironment,
  runProcess,
  startProcess,
  type GatewayProcess,
  type ProcessOptions,
} from '../support/process.js';
import { startRedis } from '../support/redis.js';
import { startSupervision, type Supervision } from '../support/supervision.js';

const CREDENTIALS = { MSG_DD_APP_KEY: 'key-7f3a', MSG_DD_APP_SECRET: 'secret-9c1b', PORT: '0' };

/** Longest wait for something that takes a new process. */
const SLOW = { timeout: 15_000, interval: 50 };

async function start(test: TestContext, options: ProcessOptions = {}): Promise<GatewayProcess> {
  const gateway = await startProcess(options);
  test.onTestFinished(() => gateway.kill());
  return gateway;
}

async function startPlatform(test: TestContext): Promise<DingTalkSimulator> {
  const platform = await new DingTalkSimulator().start();
  test.onTestFinished(() => platform.close());
  return platform;
}

interface RunningCluster {
  readonly gateway: GatewayProcess;
  /** Process ids of the workers, by place. */
  readonly pids: readonly number[];
}

/** A primary whose workers all serve. */
async function startCluster(test: TestContext, env: Readonly<Record<string, string>>): Promise<RunningCluster> {
  const gateway = await start(test, { env: { WORKERS: '2', ...env } });
  const { pids } = await gateway.logged('all workers serve');
  return { gateway, pids: pids as number[] };
}

function startSupervised(test: TestContext, ...args: Parameters<typeof startSupervision>): Supervision {
  const supervision = startSupervision(...args);
  test.onTestFinished(async () => {
    supervision.signal('SIGKILL');
    await supervision.end;
  });
  return supervision;
}

/** Status of a GET over a connection of its own; a kept one would end with its worker. */
function statusOf(url: string): Promise<number> {
  return new Promise((resolve, reject) => {
    httpGet(url, { agent: false }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    }).once('error', reject);
  });
}

function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function notify({ url }: GatewayProcess): Promise<TestAnswer> {
  return post(`${url}/v1/dd/topapi/message`, aNotice());
}

describe.concurrent('WORKERS=2', { timeout: 40_000 }, () => {
  it('replaces a worker that dies, and requests go on meanwhile', async (test) => {
    const { gateway, pids } = await startCluster(test, CREDENTIALS);
    const [victim] = pids;
    if (victim === undefined) throw new Error('no worker serves');
    test.expect(gateway.output()).toMatch(/"workers":2,"msg":"several workers without Redis/);

    process.kill(victim, 'SIGKILL');

    test
      .expect(await gateway.logged('worker died, another is started'))
      .toMatchObject({ worker: 1, signal: 'SIGKILL' });
    const statuses = new Set<number>();
    const replacement = (): unknown =>
      gateway.logs().findLast(({ msg, worker }) => msg === 'worker serves' && worker === 1)?.pid;
    while (replacement() === victim) statuses.add(await statusOf(`${gateway.url}/ping`));
    test.expect([...statuses]).toEqual([200]);
    test.expect(runs(victim)).toBe(false);
    test.expect(await statusOf(`${gateway.url}/health/ready`)).toBe(200);
    // Which of several workers answers is up to the system; each has the same address.
    test.expect(new Set(gateway.logs().flatMap(({ msg, url }) => (msg === 'worker serves' ? [url] : []))).size).toBe(1);
  });

  it('SIGTERM ends all: what is in flight is finished, what comes in the pause is served on a connection that closes', async (test) => {
    const platform = await startPlatform(test);
    const env = { ...dingTalkEnvironment(platform), MSG__SERVER__SHUTDOWNDELAY: '2s' };
    const { gateway, pids } = await startCluster(test, env);
    await notify(gateway);
    platform.faults.always({ kind: 'delay', ms: 3_500 }, { path: NOTICE_CALL });
    const inFlight = Promise.all(Array.from({ length: 10 }, () => notify(gateway)));
    await test.expect.poll(() => platform.ledger.calls({ path: NOTICE_CALL }).length, SLOW).toBe(11);

    gateway.signal('SIGTERM');
    await test.expect.poll(() => statusOf(`${gateway.url}/health/ready`)).toBe(503);
    const late = await call(`${gateway.url}/ping`);

    test.expect(late.status).toBe(200);
    test.expect(late.headers.get('connection')).toBe('close');
    test.expect((await inFlight).map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 200));
    test.expect(await gateway.exited).toMatchObject({ code: 0, signal: null });
    test.expect(pids.filter(runs)).toEqual([]);
    await test.expect(statusOf(`${gateway.url}/ping`)).rejects.toThrow('ECONNREFUSED');
  });

  it('the primary’s sudden death ends the workers too', async (test) => {
    const { gateway, pids } = await startCluster(test, { ...CREDENTIALS, MSG__SERVER__SHUTDOWNDELAY: '0' });
    gateway.signal('SIGKILL');
    await test.expect.poll(() => pids.filter(runs), SLOW).toEqual([]);
  });

  it('a port that is taken ends everything once, with the reason', async (test) => {
    const platform = await startPlatform(test);
    const env = { ...CREDENTIALS, WORKERS: '2', PORT: new URL(platform.url).port };
    const { code, output } = await runProcess({ env });
    test.expect(code).toBe(1);
    test.expect(output.match(/^bind EADDRINUSE/gm)).toHaveLength(1);
    test.expect(output).not.toContain('another is started');
  });

  it('a configuration that is not valid starts no worker', async (test) => {
    const { code, output } = await runProcess({ env: { ...CREDENTIALS, WORKERS: '2', HOST: '0.0.0.0' } });
    test.expect(code).toBe(1);
    test.expect(output.match(/server\.host: listening on/g)).toHaveLength(1);
  });

  it('the sandbox stays one process', async (test) => {
    const gateway = await start(test, { env: { PORT: '0', WORKERS: '2' } });
    test.expect(gateway.output()).not.toContain('worker serves');
  });
});

describe.concurrent('a worker that', () => {
  it('hangs is killed and replaced', async (test) => {
    const hanging = `
      setInterval(beat, 50);
      listening();
      setTimeout(() => { for (;;); }, 200);`;
    const { lines } = startSupervised(test, hanging, { workers: 1, shutdownTimeout: 1_000, hang: 800 });
    const said = (message: string): number => lines.filter(({ msg }) => msg === message).length;
    await test.expect.poll(() => said('worker serves'), SLOW).toBeGreaterThan(1);
    test.expect(said('worker hangs: killed')).toBeGreaterThan(0);
    test.expect(lines.find(({ msg }) => msg.startsWith('worker died'))).toMatchObject({ signal: 'SIGKILL' });
  });

  it('does not end is killed after the deadline, and that is a failure', async (test) => {
    const deaf = `
      setInterval(beat, 50);
      process.on('SIGTERM', () => undefined);
      listening();`;
    const supervision = startSupervised(test, deaf, { workers: 2, shutdownTimeout: 300, hang: 20_000 });
    const { lines } = supervision;
    await test.expect.poll(() => lines.some(({ msg }) => msg === 'all workers serve'), SLOW).toBe(true);

    supervision.signal('SIGTERM');

    test.expect(await supervision.end).toEqual({ ok: false });
    test.expect(lines.filter(({ msg }) => msg === 'worker did not end in time: killed')).toHaveLength(2);
  });

  it('dies again and again is started with growing pauses', async (test) => {
    const { lines } = startSupervised(test, 'process.exit(1);', { workers: 1, shutdownTimeout: 300, hang: 20_000 });
    const pauses = (): number[] =>
      lines.flatMap(({ restartInMs }) => (restartInMs === undefined ? [] : [Number(restartInMs)]));
    await test.expect.poll(() => pauses().length, SLOW).toBeGreaterThanOrEqual(4);
    const [first = 0, second = 0, third = 0, fourth = 0] = pauses();
    test.expect(first).toBeLessThan(second);
    test.expect(second).toBeLessThan(third);
    test.expect(third).toBeLessThan(fourth);
  });
});

describe.concurrent('ROLE', () => {
  it.for(['api', 'worker'])('%s refuses to start without Redis, and says why', async (role, test) => {
    const { code, output } = await runProcess({ env: { ...CREDENTIALS, ROLE: role } });
    test.expect(code).toBe(1);
    test.expect(output).toContain(`server.role: ${role} works with other processes through Redis: set redis.url`);
  });

  it('worker answers probes but no callers, and is not ready while Redis is away', async (test) => {
    const redis = await startRedis();
    test.onTestFinished(() => redis.close());
    const gateway = await start(test, { env: { ...CREDENTIALS, ROLE: 'worker', REDIS_URL: redis.url } });
    await test.expect.poll(() => statusOf(`${gateway.url}/health/ready`), SLOW).toBe(200);
    const answer = await notify(gateway);
    test.expect(answer.status).toBe(404);
    test.expect(answer.body.error).toMatchObject({ kind: 'not-found' });

    await redis.kill();

    await test.expect.poll(() => statusOf(`${gateway.url}/health/ready`), SLOW).toBe(503);
    test.expect(await statusOf(`${gateway.url}/health/live`)).toBe(200);
    await redis.restart();
    await test.expect.poll(() => statusOf(`${gateway.url}/health/ready`), SLOW).toBe(200);
  });
});
