import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Client, request } from 'undici';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { DingTalkSimulator } from '../../src/providers/dingtalk/simulator/dingtalk.simulator.js';
import { aNotice } from '../support/dingtalk.js';
import { dingTalkEnvironment } from '../support/process.js';
import { Scrape } from '../support/scrape.js';

const PRIMARY = fileURLToPath(new URL('../fixtures/metrics-primary.mjs', import.meta.url));
const OK = { provider: 'dingtalk', app: 'default', operation: 'notice.send', kind: 'ok' };
const APP = { provider: 'dingtalk', app: 'default' };

class ClusterWorld {
  constructor(
    readonly url: string,
    readonly signal: (name: NodeJS.Signals) => void,
    readonly logged: (text: string, times?: number) => Promise<void>,
    readonly close: () => Promise<void>,
  ) {}

  /** Platform calls so far, of both workers. */
  async calls(): Promise<number> {
    return (await this.scrape()).value('provider_calls_total', OK) ?? 0;
  }

  /** Each request on a connection of its own, so that they go to the workers in turn. */
  async send(count: number): Promise<void> {
    for (let sent = 0; sent < count; sent += 1) {
      const { statusCode, body } = await request(`${this.url}/v1/dd/topapi/message`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(aNotice()),
        reset: true,
      });
      await body.dump();
      expect(statusCode).toBe(200);
    }
  }

  async scrape(): Promise<Scrape> {
    const { body } = await request(`${this.url}/metrics`, { reset: true });
    return new Scrape(await body.text());
  }

  /** A connection that stays with one worker. */
  async pin(): Promise<{ readonly pid: number; readonly scrape: () => Promise<Scrape> }> {
    const client = new Client(this.url);
    onTestFinished(() => client.destroy());
    const read = async (path: string): Promise<string> => (await client.request({ method: 'GET', path })).body.text();
    const status = JSON.parse(await read('/sys/status')) as { process: { pid: number } };
    return { pid: status.process.pid, scrape: async () => new Scrape(await read('/metrics')) };
  }

  /** A connection to each worker. */
  async pinBoth(): Promise<[Awaited<ReturnType<ClusterWorld['pin']>>, Awaited<ReturnType<ClusterWorld['pin']>>]> {
    const first = await this.pin();
    for (let attempt = 0; attempt < 20; attempt += 1) {
      const second = await this.pin();
      if (second.pid !== first.pid) return [first, second];
    }
    throw new Error('every connection went to one worker');
  }
}

/** Two worker processes of the built program under a primary. */
async function startCluster(): Promise<ClusterWorld> {
  const platform = await new DingTalkSimulator().start();
  const child = spawn(process.execPath, [PRIMARY], {
    env: { PATH: process.env.PATH ?? '', ...dingTalkEnvironment(platform) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  const close = async (): Promise<void> => {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGCONT');
    child.kill('SIGTERM');
    await ended;
    await platform.close();
  };
  const logged = async (text: string, times = 1): Promise<void> => {
    await vi.waitFor(() => expect(output.split(text).length - 1).toBeGreaterThanOrEqual(times), { timeout: 40_000 });
  };
  await logged('"listening"', 2);
  const [, url = ''] = /"url":"([^"]+)"/.exec(output) ?? [];
  return new ClusterWorld(url, (name) => void child.kill(name), logged, close);
}

describe('GET /metrics of two worker processes', () => {
  let world: ClusterWorld;
  beforeAll(async () => {
    world = await startCluster();
    await world.send(10);
  }, 60_000);
  afterAll(() => world.close());

  it('is the sum of both, whichever is asked', async () => {
    for (let round = 0; round < 4; round += 1) {
      const metrics = await world.scrape();
      expect(metrics.value('provider_calls_total', OK)).toBe(10);
      expect(metrics.value('provider_calls_month', APP)).toBe(10);
      expect(metrics.value('provider_call_seconds_count', { operation: OK.operation })).toBe(10);
      expect(metrics.value('provider_calls_in_flight', APP)).toBe(0);
      expect(metrics.value('workers')).toBe(2);
      expect(metrics.value('config_last_reload_successful')).toBe(1);
      // Each has a token of its own; the older one is shown, not the sum.
      expect(metrics.value('token_age_seconds', APP)).toBeLessThan(30);
      expect(metrics.text).not.toContain('alone');
    }
    const [one, two] = await world.pinBoth();
    expect((await one.scrape()).value('provider_calls_total', OK)).toBe(10);
    expect((await two.scrape()).value('provider_calls_total', OK)).toBe(10);
  });

  it('uses what a frozen worker said last, and says so', async () => {
    const [one, two] = await world.pinBoth();
    await one.scrape();
    process.kill(two.pid, 'SIGSTOP');
    onTestFinished(() => void process.kill(two.pid, 'SIGCONT'));
    const metrics = await one.scrape();
    expect(metrics.value('provider_calls_total', OK)).toBe(10);
    expect(metrics.text).toMatch(/^# 1 of 2 workers did not answer/);
  });

  it('never goes back when a worker is replaced', async () => {
    const before = await world.calls();
    const { pid } = await world.pin();
    process.kill(pid, 'SIGKILL');
    await world.logged('"listening"', 3);
    await world.send(2);
    const metrics = await world.scrape();
    expect(before).toBeGreaterThanOrEqual(10);
    expect(metrics.value('provider_calls_total', OK)).toBe(before + 2);
    expect(metrics.value('provider_call_seconds_count', { operation: OK.operation })).toBe(before + 2);
    expect(metrics.value('workers')).toBe(2);
  });
});

it('GET /metrics is that of one worker when the primary is silent, and says so', async () => {
  const world = await startCluster();
  onTestFinished(() => world.close());
  await world.send(10);
  world.signal('SIGUSR2');
  await world.logged('deaf');
  const metrics = await world.scrape();
  expect(metrics.text).toMatch(/^# worker \d alone: the primary did not answer within 2 s\n# HELP/);
  expect(metrics.value('provider_calls_total', OK)).toBe(5);
  expect(metrics.value('workers')).toBe(1);
});
