import { DingTalkSimulator } from '../../src/providers/dingtalk/simulator/dingtalk.simulator.js';
import { WeComSimulator } from '../../src/providers/wecom/simulator/wecom.simulator.js';
import type { MessageRecord } from '../../src/simulator/ledger.js';
import type { Simulator } from '../../src/simulator/simulator.contract.js';
import { post, startTestGateway } from '../support/gateway.js';
import { startRedis } from '../support/redis.js';
import { forEach, seconds, sleep, until, Verdict, type Outcome, type Scenario } from './scenario.js';

interface Window {
  readonly platform: Simulator;
  readonly path: string;
  /** A message to this person. */
  readonly body: (person: string, n: number) => object;
  /** Messages in so many milliseconds. */
  readonly size: number;
  readonly lengthMs: number;
  readonly count: number;
  /** How late a round may begin, milliseconds: the sweeper looks twice a second. */
  readonly slackMs: number;
  /** Is the machine's own unrest small against the window, so that arrivals can be judged by it? */
  readonly judgesArrivals: boolean;
}

/** 20 calls a second of one app: a robot's 20 a minute, scaled by 60. */
async function scaled(): Promise<Window> {
  return {
    platform: await new DingTalkSimulator({ noticeLimits: { perUserPerDay: 1e9 } }).start(),
    path: '/v1/dd/topapi/message',
    body: (person, n) => ({ userid_list: person, msg: { msgtype: 'text', text: { content: `${person} ${n}` } } }),
    size: 20,
    lengthMs: 1_000,
    count: 60,
    slackMs: 600,
    judgesArrivals: false,
  };
}

/** 30 messages a minute to one member, by the clock on the wall. */
async function real(): Promise<Window> {
  return {
    platform: await new WeComSimulator().start(),
    path: '/v1/wecom/message/send',
    body: (person, n) => ({ touser: [person], msgtype: 'text', text: { content: `${person} ${n}` } }),
    size: 30,
    lengthMs: 60_000,
    count: 61,
    slackMs: 0,
    judgesArrivals: true,
  };
}

async function fill(window: Window): Promise<Outcome> {
  const { platform, size, lengthMs, count } = window;
  const verdict = new Verdict();
  const redis = await startRedis();
  const gateway = await startTestGateway({ simulators: [platform], settings: { 'redis.url': redis.url } });
  try {
    const send = (person: string, n: number): Promise<unknown> =>
      post(`${gateway.url}${window.path}?async=true`, window.body(person, n));
    const to = (person: string): readonly MessageRecord[] =>
      platform.ledger.messages().filter(({ recipients }) => recipients.users?.includes(person));
    await forEach(count, 50, async (n) => void (await send('zhangsan', n)));
    const otherAsked = Date.now();
    if (window.judgesArrivals) await send('lisi', 0);
    await until(() => !window.judgesArrivals || to('lisi').length === 1, 10_000, 5);
    const otherWaited = Date.now() - otherAsked;
    const rounds = Math.ceil(count / size) - 1;
    await until(() => to('zhangsan').length >= count, rounds * lengthMs * 1.5 + 10_000);
    await sleep(100);
    const arrived = to('zhangsan');
    const times = arrived.map(({ at }) => Date.parse(at)).toSorted((a, b) => a - b);
    const ideal = rounds * lengthMs;
    const took = (times.at(-1) ?? 0) - (times[0] ?? 0);
    const most = Math.max(...times.map((from) => times.filter((at) => at >= from && at < from + lengthMs).length));
    const hidden = arrived.filter(({ shown }) => !shown).length;
    verdict.expect(times.length === count, `${times.length} of ${count} arrived`);
    verdict.expect(took <= ideal * 1.05 + rounds * window.slackMs, `took ${seconds(took)}, ideal ${seconds(ideal)}`);
    verdict.expect(otherWaited <= 1_000, `somebody else waited ${seconds(otherWaited)}`);
    if (window.judgesArrivals) verdict.expect(most <= size && hidden === 0, `${most} in one window, ${hidden} hidden`);
    return verdict.outcome(
      `${times.length} of ${count} in ${seconds(took)} (ideal ${seconds(ideal)}), at most ${most} in a window, ` +
        `${hidden} hidden by the platform; somebody else after ${otherWaited} ms`,
    );
  } finally {
    await gateway.close();
    await redis.close();
    await platform.close();
  }
}

export const fullWindow: Scenario = {
  test: '200 messages to a robot window of 20 a minute (there are no robots yet: 61 to a WeCom member, 30 a minute)',
  figure:
    '0 dead, finished within 5 % of the window’s ideal, never above the window at the receiver, another one undisturbed',
  run: async (scale) => fill(await (scale === 'short' ? scaled() : real())),
};
