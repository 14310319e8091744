import { FAKETIME, faster } from './faketime.js';
import { quickTakeover, type Answer, type Fleet } from './fleet.js';
import { onFleet } from './on-fleet.js';
import { seconds, sleep, until, Verdict, type Scenario } from './scenario.js';

interface Load {
  readonly ids: string[];
  readonly answers: (Answer & { readonly at: number })[];
  readonly sync: Answer[];
  readonly notReady: () => number;
  stop(): Promise<void>;
}

/** Sends asynchronously and, now and then, synchronously, and asks for readiness, until it is stopped. */
function startLoad(fleet: Fleet, url: string, perSecond: number): Load {
  const ids: string[] = [];
  const answers: (Answer & { at: number })[] = [];
  const sync: Answer[] = [];
  let unready = 0;
  const stopping = new AbortController();
  const asynchronously = async (lane: number): Promise<void> => {
    while (!stopping.signal.aborted) {
      const answer = await fleet.send(url, ids.length, 'async=true&dedupe=off');
      answers.push({ ...answer, at: Date.now() });
      if (answer.status === 202 && answer.id !== undefined) ids.push(answer.id);
      await sleep((8_000 / perSecond) * (0.9 + lane * 0.02));
    }
  };
  const synchronously = async (): Promise<void> => {
    for (let n = 1_000_000; !stopping.signal.aborted; n += 1) {
      sync.push(await fleet.send(url, n, ''));
      if ((await fleet.request('GET', `${url}/health/ready`)).status !== 200) unready += 1;
      await sleep(200);
    }
  };
  const lanes = [...Array.from({ length: 8 }, (_, lane) => asynchronously(lane)), synchronously()];
  return {
    ids,
    answers,
    sync,
    notReady: () => unready,
    stop: async () => {
      stopping.abort();
      await Promise.all(lanes);
    },
  };
}

/** States of what was accepted; message numbers do not matter here. */
async function lostOf(fleet: Fleet, ids: readonly string[]): Promise<number> {
  const stored = await fleet.stored(ids);
  return stored.filter(({ state }) => state !== 'sent').length;
}

export const redisKills: Scenario = {
  test: '5 × kill -9 of Redis (AOF) under load',
  figure:
    '0 lost; answers ≤ 2 s while it is away; synchronous sends go on, readiness of the API stays; first 202 ≤ 3 s after it is back',
  prepare: onFleet({
    options: (scale) => ({ settings: scale === 'short' ? quickTakeover(1_000, 700) : {} }),
    cast: async (fleet) => (await Promise.all([fleet.spawn('api'), fleet.spawn('worker')]))[0],
    act: async (fleet, api) => {
      const [kills, away] = fleet.scale === 'short' ? [1, 500] : [5, 3_000];
      const verdict = new Verdict();
      const load = startLoad(fleet, api.url, 100);
      let slowestBack = 0;
      for (let kill = 0; kill < kills; kill += 1) {
        await sleep(away);
        await fleet.redis.kill();
        await sleep(away);
        await fleet.redis.restart();
        const back = Date.now();
        await until(() => load.answers.some(({ at, status }) => at > back && status === 202), 10_000, 20);
        slowestBack = Math.max(slowestBack, Date.now() - back);
      }
      await sleep(away);
      await load.stop();
      await fleet.hasten();
      const drained = await fleet.drained(60_000);
      const lost = await lostOf(fleet, load.ids);
      const slowest = Math.max(...load.answers.map(({ milliseconds }) => milliseconds));
      const syncFailed = load.sync.filter(({ status }) => status !== 200).length;
      const refused = load.answers.filter(({ status }) => status === 503).length;
      const strange = load.answers.filter(({ status }) => status !== 202 && status !== 503).length;
      verdict.expect(drained && lost === 0, `${lost} lost`);
      verdict.expect(slowest <= 2_000, `an answer took ${seconds(slowest)}`);
      verdict.expect(syncFailed === 0, `${syncFailed} synchronous sends failed`);
      verdict.expect(load.notReady() === 0, `not ready ${load.notReady()} times`);
      verdict.expect(slowestBack <= 3_000, `first 202 after ${seconds(slowestBack)}`);
      verdict.expect(strange === 0 && refused > 0, `${strange} answers neither 202 nor 503, ${refused} × 503`);
      return verdict.outcome(
        `${load.ids.length} accepted, ${refused} × 503, ${lost} lost; slowest answer ${seconds(slowest)}; ` +
          `${load.sync.length} synchronous sends, ${syncFailed} failed; first 202 after ${seconds(slowestBack)}`,
      );
    },
  }),
};

export const redisBlackHole: Scenario = {
  test: 'Redis black-holed 60 s',
  figure: 'workers resume ≤ 30 s after, no restart by hand',
  ...(FAKETIME === undefined ? { onlyLong: 'faketime is not installed, and a dead line is noticed after 12 s' } : {}),
  prepare: onFleet({
    cast: async (fleet) => {
      // In short its clock runs faster: a dead line is noticed by 12 s of silence.
      if (fleet.scale === 'short') return fleet.spawnProcess('all', faster(8));
      return (await Promise.all([fleet.spawnProcess('api'), fleet.spawnProcess('worker')]))[0];
    },
    act: async (fleet, api) => {
      const verdict = new Verdict();
      const before = await fleet.acceptMany(50, [api.url]);
      await fleet.drained(10_000);
      await fleet.redisLine.mode('black-hole');
      const slow = await Promise.all([0, 1, 2].map((n) => fleet.send(api.url, 2_000_000 + n)));
      const sync = await fleet.send(api.url, 3_000_000, '');
      await sleep(fleet.scale === 'short' ? 500 : 60_000);
      await fleet.redisLine.mode('pass');
      const back = Date.now();
      let first: Answer | undefined;
      await until(async () => (first = await fleet.send(api.url, 50)).status === 202, 60_000, 200);
      const ids = [...before, String(first?.id)];
      const accepted = Date.now() - back;
      await until(async () => (await lostOf(fleet, ids)) === 0, 60_000, 100);
      const resumed = Date.now() - back;
      const slowest = Math.max(...slow.map(({ milliseconds }) => milliseconds));
      verdict.expect(resumed <= 30_000, `resumed after ${seconds(resumed)}`);
      verdict.expect(slowest <= 2_100 && slow.every(({ status }) => status === 503), `answers ${seconds(slowest)}`);
      verdict.expect(sync.status === 200, `a synchronous send was answered ${sync.status}`);
      return verdict.outcome(
        `first 202 ${seconds(accepted)} and first message ${seconds(resumed)} after the line is back; ` +
          `503 within ${seconds(slowest)} meanwhile, synchronous sends ${sync.status}`,
      );
    },
  }),
};

export const redisFull: Scenario = {
  test: 'Redis at maxmemory',
  figure: 'refused before anything is written, 0 lost, drains by itself',
  prepare: onFleet({
    options: (scale) => ({ redisArgs: ['--maxmemory', scale === 'short' ? '3mb' : '24mb'] }),
    cast: (fleet) => fleet.spawn('api'),
    act: async (fleet, api) => {
      const verdict = new Verdict();
      const ids: string[] = [];
      let refused = 0;
      let withoutHint = 0;
      for (let n = 0; refused < 200 && n < 60_000; n += 50) {
        const answers = await Promise.all(Array.from({ length: 50 }, (_, i) => fleet.send(api.url, n + i)));
        for (const { status, id } of answers) {
          if (status === 202 && id !== undefined) ids.push(id);
          else if (status === 503) refused += 1;
          else withoutHint += 1;
        }
      }
      const records = await fleet.countIn(['accepted', 'queued']);
      // While the queue cannot be written, the sweeper takes what waits from the store.
      await fleet.hasten();
      // Now it is full to the last byte: by somebody else.
      for (let i = 0, full = false; !full && i < 100_000; i += 1) {
        full = await fleet.client.set(`ballast:${i}`, 'x'.repeat(20_000)).then(
          () => false,
          () => true,
        );
      }
      await fleet.spawn('worker');
      // Nobody makes room: what was accepted leaves all the same.
      const drainedFull = await fleet.drained(fleet.scale === 'short' ? 20_000 : 120_000);
      const whileFull = await fleet.finished();
      const keys = await fleet.client.keys('ballast:*');
      for (const key of keys) await fleet.client.del(key);
      const drained = await fleet.drained(60_000);
      const { lost, repeats } = await accountByCount(fleet, ids);
      verdict.expect(records === ids.length, `${records} records for ${ids.length} accepted`);
      verdict.expect(refused >= 200 && withoutHint === 0, `${refused} refused, ${withoutHint} otherwise`);
      verdict.expect(drainedFull, `${whileFull} of ${ids.length} sent while Redis was full`);
      verdict.expect(drained && lost === 0 && repeats === 0, `${lost} lost, ${repeats} repeats`);
      return verdict.outcome(
        `${ids.length} accepted, then ${refused} × 503 and ${records - ids.length} half-written; ` +
          `${whileFull} sent while Redis was full to the last byte; ${lost} lost`,
      );
    },
  }),
};

async function accountByCount(fleet: Fleet, ids: readonly string[]): Promise<{ lost: number; repeats: number }> {
  const lost = await lostOf(fleet, ids);
  return { lost, repeats: fleet.platform.ledger.messages().length - ids.length };
}
