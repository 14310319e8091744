// The asynchronous road against bare Bull: accept, drain, and accept → sent at a given rate.
import { acceptAtRate, acceptMany, appNames } from '../lib/async-load.mjs';
import { bodies, numbered } from '../lib/bodies.mjs';
import { startGateway, startPlainUpstream, startUpstream } from '../lib/contenders.mjs';
import { ALL_CORES, cpuMicroseconds, MEASURED_CORE } from '../lib/machine.mjs';
import { column, measure, rounds } from '../lib/measure.mjs';
import { launchServer, sleep, until } from '../lib/processes.mjs';
import { startRedis } from '../lib/redis.mjs';
import { figure, progress } from '../lib/report.mjs';
import { median, number, quantile, ratios, spread } from '../lib/stats.mjs';
import { wrk, wrkScript } from '../lib/wrk.mjs';

/** Sends at once while messages come at a rate. */
const CONCURRENCY = 50;
/** Sends at once while a backlog is drained: the default, where bare Bull is fastest, and where the gateway is. */
const DRAINING = [10, 50, 200];
/** So many that the platform's 20 per second and app are no limit here: with 400 they were, from 8,000 per second on. */
const APPS = 1_000;
/** The same at {@link RATE}. */
const APPS_AT_RATE = 50;
const RATE = 500;
const PLATFORM_MS = 50;

export async function async({ quick }) {
  const parts = [await accept(quick), await drain(quick), await sent(quick)];
  return { figures: parts.flatMap((part) => part.figures), tables: parts.map((part) => part.table) };
}

/** Requests that are accepted, against jobs that are added: by a program that does nothing else, and over HTTP. */
async function accept(quick) {
  const redis = await startRedis({ aof: true });
  const upstream = await startUpstream();
  const where = { cores: MEASURED_CORE };
  const adder = await launchServer('bull-add', { redis: redis.url, bodies }, where);
  const bull = { ...adder, name: 'Bull, add' };
  const raw = await launchServer('bull-http', { redis: redis.url }, where);
  const http = { ...raw, name: 'raw HTTP + Bull, add', url: `http://127.0.0.1:${raw.port}/`, headers: {} };
  const settings = { redis: redis.url, role: 'api' };
  const gateway = await startGateway('gateway, 202', upstream, settings);
  const two = await startGateway('gateway, 2 workers', upstream, { ...settings, workers: 2, cores: ALL_CORES });
  const seconds = quick ? 2 : 4;
  for (const server of [http, gateway, two]) {
    server.script = wrkScript({ bodies, headers: { ...server.headers, prefer: 'respond-async' } });
    await wrk({ ...server, connections: 64, seconds: 5 });
  }
  await bull.ask({ question: 'add', atOnce: 64, seconds: 2 });
  const contenders = [bull, http, gateway, two];
  const cells = [];
  for (const connections of [16, 64]) {
    const results = await rounds(quick ? 1 : 5, contenders, async (contender) => {
      if (contender !== bull) return measure({ contender, connections, seconds });
      const before = cpuMicroseconds(bull.pid);
      const added = await bull.ask({ question: 'add', atOnce: connections, seconds });
      return { ...added, cpu: (cpuMicroseconds(bull.pid) - before) / added.jobs, errors: 0 };
    });
    const yardstick = column(results.get(bull), 'rate');
    for (const [{ name }, runs] of results) {
      cells.push({ connections, name, runs, ratio: ratios(column(runs, 'rate'), yardstick) });
    }
    const ratio = cells.findLast(({ name }) => name === gateway.name).ratio;
    progress(`accept, ${connections} at once: × ${number(median(ratio), 2)}`);
  }
  await Promise.all([...contenders, upstream, redis].map((one) => one.end()));
  const own = cells.filter(({ name }) => name === gateway.name);
  const p99 = Math.max(...own.map(({ runs }) => median(column(runs, 'p99'))));
  return {
    figures: [
      ...own.map(({ connections, ratio }) =>
        figure(
          `accept, ${connections} at once`,
          median(ratio),
          { atLeast: 0.35, unit: ' × Bull add' },
          spread(ratio, 2),
        ),
      ),
      figure('accept, p99', p99, { atMost: 100, unit: ' ms' }, number(p99, 1)),
    ],
    table: {
      title: 'Accept, AOF everysec',
      columns: ['at once', 'who', 'per second', '× Bull', 'p50 ms', 'p99 ms', 'CPU µs each', 'errors'],
      rows: cells.map(({ connections, name, runs, ratio }) => [
        connections,
        name,
        spread(column(runs, 'rate'), 0),
        spread(ratio, 2),
        number(median(column(runs, 'p50')), 2),
        number(median(column(runs, 'p99')), 1),
        spread(column(runs, 'cpu'), 0),
        column(runs, 'errors').reduce((sum, errors) => sum + errors, 0),
      ]),
    },
  };
}

/** How fast a worker sends what was accepted while none was there; the platform answers at once. */
async function drain(quick) {
  // The seconds in which a fresh process compiles itself are not what is measured.
  const backlog = quick ? { warm: 2_000, counted: 3_000 } : { warm: 20_000, counted: 40_000 };
  const redis = await startRedis({ aof: true });
  const upstream = await startPlainUpstream();
  const cells = [];
  for (const atOnce of quick ? [50] : DRAINING) {
    const task = { ...backlog, atOnce };
    const contenders = [
      { name: 'Bull, empty worker', run: () => drainBull(redis, task) },
      { name: 'bare sender', run: () => sendBare(upstream, task) },
      { name: 'Bull, worker that sends', run: () => drainBull(redis, task, upstream.origin) },
      { name: 'gateway, worker', run: () => drainGateway(redis, upstream, task) },
    ];
    const results = await rounds(quick ? 1 : 3, contenders, async ({ run }) => {
      await redis.client.flushall();
      return run();
    });
    const [empty, bare, , own] = contenders.map((contender) => column(results.get(contender), 'rate'));
    const [yardstick, who] = median(empty) < median(bare) ? [empty, 'empty Bull worker'] : [bare, 'bare sender'];
    cells.push({ atOnce, results, own, who, ratio: ratios(own, yardstick) });
    progress(`drain, ${atOnce} at once: × ${number(median(cells.at(-1).ratio), 2)}`);
  }
  await Promise.all([upstream.end(), redis.end()]);
  return {
    figures: cells.map(({ atOnce, who, ratio }) =>
      figure(
        `drain, ${atOnce} at once, against the slower yardstick (${who})`,
        median(ratio),
        { atLeast: 0.5, unit: ' ×' },
        spread(ratio, 2),
      ),
    ),
    table: {
      title: `Drain of ${backlog.counted} messages, after ${backlog.warm} that warm the worker`,
      columns: ['at once', 'who', 'per second', 'gateway ÷ it', 'CPU µs each', 'Redis µs each'],
      rows: cells.flatMap(({ atOnce, results, own }) =>
        [...results].map(([{ name }, runs]) => [
          atOnce,
          name,
          spread(column(runs, 'rate'), 0),
          spread(ratios(own, column(runs, 'rate')), 2),
          spread(column(runs, 'cpu'), 0),
          'redis' in runs[0] ? spread(column(runs, 'redis'), 0) : '–',
        ]),
      ),
    },
  };
}

async function drainBull(redis, { atOnce, warm, counted }, origin) {
  const where = { cores: MEASURED_CORE };
  const adder = await launchServer('bull-add', { redis: redis.url, bodies: [numbered(1)] }, where);
  await adder.ask({ question: 'add', atOnce: 64, jobs: warm + counted });
  await adder.end();
  const worker = await launchServer('bull-worker', { redis: redis.url, origin }, where);
  const before = cpuMicroseconds(redis.pid);
  const result = await worker.ask({ question: 'drain', atOnce, warm, counted });
  const redisCpu = (cpuMicroseconds(redis.pid) - before) / (warm + counted);
  await worker.end();
  return { ...result, redis: redisCpu };
}

async function sendBare(upstream, task) {
  const sender = await launchServer('sender', { origin: upstream.origin }, { cores: MEASURED_CORE });
  const result = await sender.ask({ question: 'send', ...task, body: numbered(1) });
  await sender.end();
  return result;
}

async function drainGateway(redis, upstream, { atOnce, warm, counted }) {
  const settings = { redis: redis.url, apps: APPS, concurrency: atOnce };
  const api = await startGateway('api', upstream, { ...settings, role: 'api' });
  await acceptMany(api, { count: warm + counted, atOnce: 32, apps: appNames(APPS) });
  await api.end();
  await upstream.ask({ question: 'reset' });
  const before = cpuMicroseconds(redis.pid);
  const worker = await startGateway('worker', upstream, { ...settings, role: 'worker' });
  const sent = (least) =>
    until(
      `${least} messages to be sent`,
      async () => {
        const { sends, lastSendAt } = await upstream.ask({ question: 'counts' });
        return sends >= least ? { sends, lastSendAt, cpu: cpuMicroseconds(worker.pid) } : undefined;
      },
      100,
      180_000,
    );
  const start = await sent(warm);
  const end = await sent(warm + counted);
  const redisCpu = (cpuMicroseconds(redis.pid) - before) / (warm + counted);
  await worker.end();
  const sends = end.sends - start.sends;
  return {
    rate: (sends / (end.lastSendAt - start.lastSendAt)) * 1_000,
    cpu: (end.cpu - start.cpu) / sends,
    redis: redisCpu,
  };
}

/** From the 202 to the platform's answer, one process doing all, requests coming at a fixed rate. */
async function sent(quick) {
  const redis = await startRedis({ aof: true });
  const upstream = await startUpstream({ scheme: 'https', delayMs: PLATFORM_MS });
  const settings = { redis: redis.url, apps: APPS_AT_RATE, concurrency: CONCURRENCY };
  const gateway = await startGateway('gateway', upstream, settings);
  const apps = appNames(settings.apps);
  await acceptAtRate(gateway, { perSecond: RATE / 2, seconds: 5, apps });
  await sleep(2_000);
  await upstream.ask({ question: 'record' });
  const before = cpuMicroseconds(gateway.pid);
  const messages = await acceptAtRate(gateway, { perSecond: RATE, seconds: quick ? 6 : 30, apps });
  await sleep(4_000);
  const cpu = (cpuMicroseconds(gateway.pid) - before) / messages.length;
  const receipts = await upstream.ask({ question: 'receipts' });
  await Promise.all([gateway, upstream, redis].map((one) => one.end()));
  const all = messages.map((message, sequence) => ({ ...message, ...receipts[sequence]?.[0] }));
  const accepted202 = all.filter(({ accepted }) => accepted !== undefined);
  const refused = all.length - accepted202.length;
  const arrived = accepted202.filter(({ answered }) => answered !== undefined);
  const lost = accepted202.length - arrived.length;
  const twice = receipts.filter((came) => (came?.length ?? 0) > 1).length;
  const times = {
    'due → 202': arrived.map(({ due, accepted }) => accepted - due),
    '202 → platform has it': arrived.map(({ accepted, came }) => came - accepted),
    '202 → sent (platform answered)': arrived.map(({ accepted, answered }) => answered - accepted),
    'due → sent': arrived.map(({ due, answered }) => answered - due),
  };
  const p99 = quantile(times['due → sent'], 0.99);
  progress(`sent: p99 ${number(p99, 0)} ms`);
  return {
    figures: [
      figure(
        `accept → sent at ${RATE}/s, platform ${PLATFORM_MS} ms, p99`,
        p99,
        { atMost: 1_000, unit: ' ms' },
        number(p99, 0),
      ),
      figure(
        'of these not accepted, lost, or sent twice',
        refused + lost + twice,
        { atMost: 0 },
        `${refused} + ${lost} + ${twice}`,
      ),
    ],
    table: {
      title: `${messages.length} messages at ${RATE}/s, HTTPS + ${PLATFORM_MS} ms, ${number(cpu, 0)} µs CPU each; ms`,
      columns: ['from → to', 'p50', 'p99', 'max'],
      rows: Object.entries(times).map(([name, values]) => [
        name,
        ...[quantile(values, 0.5), quantile(values, 0.99), Math.max(...values)].map((value) => number(value, 1)),
      ]),
    },
  };
}
