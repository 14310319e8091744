import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DingTalkSimulator } from '../../src/providers/dingtalk/simulator/dingtalk.simulator.js';
import { call, post, startTestGateway } from '../support/gateway.js';
import { startProcess } from '../support/process.js';
import { startRedis, type TestRedis } from '../support/redis.js';
import { FAKETIME, faster } from './faketime.js';
import { forEach, seconds, sleep, unprepared, until, Verdict, type Outcome, type Scenario } from './scenario.js';

/** 60 messages to a window of 20 calls a second of one app, in this process: seconds do what minutes do for a robot. */
const callWindow: Scenario['prepare'] = async (_scale, turn) => {
  const platform = await new DingTalkSimulator({ noticeLimits: { perUserPerDay: 1e9 } }).start();
  const redis = await startRedis();
  await turn;
  const gateway = await startTestGateway({ simulators: [platform], settings: { 'redis.url': redis.url } });
  return {
    run: () => fillCallWindow(platform, gateway.url),
    close: async () => {
      await gateway.close();
      await redis.close();
      await platform.close();
    },
  };
};

async function fillCallWindow(platform: DingTalkSimulator, url: string): Promise<Outcome> {
  const [count, size, lengthMs] = [60, 20, 1_000];
  const verdict = new Verdict();
  await forEach(count, 50, async (n) => {
    const msg = { msgtype: 'text', text: { content: `torture ${n}` } };
    await post(`${url}/v1/dd/topapi/message?async=true`, { userid_list: 'zhangsan', msg });
  });
  const arrived = (): number[] => platform.ledger.messages().map(({ at }) => Date.parse(at));
  const ideal = (count / size - 1) * lengthMs;
  await until(() => arrived().length >= count, ideal * 1.5 + 10_000);
  await sleep(100);
  const times = arrived().toSorted((a, b) => a - b);
  const took = (times.at(-1) ?? 0) - (times[0] ?? 0);
  verdict.expect(times.length === count, `${times.length} of ${count} arrived`);
  // The sweeper looks twice a second, which is much of such a window; so is the machine's own unrest.
  verdict.expect(took >= ideal * 0.9 && took <= ideal + 2_000, `took ${seconds(took)}, ideal ${seconds(ideal)}`);
  return verdict.outcome(`${times.length} of ${count} in ${seconds(took)} (ideal ${seconds(ideal)})`);
}

/** How many times as fast the clocks of the long form run: ten minutes in two. */
const SPEED = 5;
const ROBOTS = ['one', 'two'].map((name) => ({ name, accessToken: `simrobot${name.repeat(10)}` }));

/**
 * A gateway and a platform whose clocks run so many times as fast: what is told here is in their seconds.
 * @param redis where deliveries live; in the memory of the gateway without it
 */
async function robotWindow(count: number, speed: number, redis?: TestRedis): Promise<Outcome> {
  const verdict = new Verdict();
  const size = 20;
  const began = Date.now();
  const clock = (): number => began + (Date.now() - began) * speed;
  const platform = await new DingTalkSimulator({ clock, robots: ROBOTS, ledgerLimit: 10_000 }).start();
  const folder = mkdtempSync(join(tmpdir(), 'message-center-robots-'));
  const config = join(folder, 'config.json');
  writeFileSync(
    config,
    JSON.stringify({
      server: { port: 0, shutdownDelay: 1 },
      ...(redis && { redis: { url: redis.url } }),
      outbound: { timeoutMs: 30_000 },
      providers: { dingtalk: platform.gatewayConfig() },
    }),
  );
  const gateway = await startProcess({ args: ['serve', '--config', config], env: speed === 1 ? {} : faster(speed) });
  try {
    const to = (robot: string): number[] =>
      platform.ledger
        .messages()
        .filter(({ recipients }) => recipients.robot === robot)
        .map(({ at }) => Date.parse(at))
        .toSorted((a, b) => a - b);
    const ids: string[] = [];
    const send = async (robot: string, n: number): Promise<void> => {
      const message = { msgtype: 'text', text: { content: `torture ${n}` } };
      const { status, body } = await post(`${gateway.url}/v1/dd/robot/send?robot=${robot}&async=true`, message);
      if (status !== 202) throw new Error(`message ${n} was answered ${status}`);
      ids.push((body.data as { id: string }).id);
    };
    await forEach(count, 20, (n) => send('one', n));
    const asked = clock();
    await send('two', count);
    await until(() => to('two').length === 1, 10_000, 5);
    const otherWaited = (to('two')[0] ?? Infinity) - asked;
    const ideal = (Math.ceil(count / size) - 1) * 60_000;
    await until(() => to('one').length >= count, (ideal * 1.3) / speed, 200);
    await sleep(500);
    const times = to('one');
    const took = (times.at(-1) ?? 0) - (times[0] ?? 0);
    const most = Math.max(...times.map((from) => times.filter((at) => at >= from && at < from + 60_000).length));
    const blocked = platform.ledger.calls({ path: '/robot/send' }).length - times.length - 1;
    const states = await Promise.all(
      ids.map(
        async (id) => ((await call(`${gateway.url}/v1/deliveries/${id}`)).body.data as { status: string }).status,
      ),
    );
    const notSent = states.filter((state) => state !== 'sent').length;
    verdict.expect(times.length === count && notSent === 0, `${times.length} arrived, ${notSent} not sent`);
    verdict.expect(took <= ideal * 1.05, `took ${seconds(took)}, ideal ${seconds(ideal)}`);
    verdict.expect(most <= size && blocked === 0, `${most} in one window, ${blocked} calls refused`);
    verdict.expect(otherWaited <= 5_000, `another robot waited ${seconds(otherWaited)}`);
    return verdict.outcome(
      `${times.length} of ${count} in ${seconds(took)} (ideal ${seconds(ideal)}), at most ${most} in a window, ` +
        `${blocked} refused, ${notSent} not sent; another robot after ${seconds(otherWaited)}`,
    );
  } finally {
    await gateway.kill();
    await platform.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

export const fullWindow: Scenario = {
  test: '200 messages to a robot window of 20 a minute (scaled clock)',
  figure:
    '0 dead, finished within 5 % of the window’s ideal, never above the window at the receiver, another robot undisturbed',
  prepare: (scale, turn) => (scale === 'short' ? callWindow : unprepared(bothWindows))(scale, turn),
};

async function bothWindows(): Promise<Outcome> {
  if (FAKETIME === undefined) return { measured: 'not measured', missed: ['faketime is not installed'] };
  const redis = await startRedis();
  try {
    // Redis cannot be given another clock: over it the clock on the wall counts, for less messages.
    const [scaled, real] = await Promise.all([robotWindow(200, SPEED), robotWindow(61, 1, redis)]);
    return {
      measured: `clocks × ${SPEED}, in memory: ${scaled.measured}. By the wall, over Redis: ${real.measured}`,
      missed: [...scaled.missed, ...real.missed],
    };
  } finally {
    await redis.close();
  }
}
