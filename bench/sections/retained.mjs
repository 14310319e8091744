// Does it matter how many deliveries are kept? Two Redis, one with few and one with many, measured in turns.
import { Pool } from 'undici';
import { acceptAtRate, appNames } from '../lib/async-load.mjs';
import { startGateway, startUpstream } from '../lib/contenders.mjs';
import { cpuMicroseconds, MEASURED_CORE } from '../lib/machine.mjs';
import { column, rounds } from '../lib/measure.mjs';
import { launchServer, sleep } from '../lib/processes.mjs';
import { startRedis } from '../lib/redis.mjs';
import { figure, progress } from '../lib/report.mjs';
import { median, number, quantile, ratios, spread } from '../lib/stats.mjs';

const FEW = 1_000;
/** Ten apps have room for twice the rate. */
const APPS = appNames(10);
const RATE = 100;
const SECONDS = 10;
const PAGES = 200;
/** Deliveries that are asked for at once when filling. */
const BATCH = 20_000;
/** Longest time for filling, milliseconds; on a slow machine it goes on with what there is by then. */
const FILL_MS = 12 * 60_000;
/** What is compared: median latencies, for single slow ones are the machine's, and CPU. */
const COMPARED = {
  accept: 'due → 202, p50 ms',
  send: '202 → sent, p50 ms',
  page: 'first page, p50 ms',
  gatewayCpu: 'gateway, CPU µs per delivery',
  redisCpu: 'Redis, CPU µs per delivery',
};

export async function retained({ quick }) {
  const wanted = quick ? 20_000 : 1_000_000;
  const upstream = await startUpstream();
  const [small, large] = [await place(upstream, FEW), await place(upstream, wanted)];
  await refill(small);
  const growth = await grow(large, wanted);
  const { kept: many, bytes: perDelivery } = growth.at(-1);
  const results = await rounds(quick ? 2 : 5, [small, large], async (one) => {
    if (one === small) await refill(small);
    return use(one, upstream);
  });
  for (const { gateway, redis } of [small, large]) await Promise.all([gateway.end(), redis.end()]);
  await upstream.end();
  const [few, lots] = [results.get(small), results.get(large)];
  const compared = Object.keys(COMPARED).map((key) => ({
    key,
    few: column(few, key),
    lots: column(lots, key),
    ratio: ratios(column(lots, key), column(few, key)),
  }));
  return {
    figures: compared
      .filter(({ key }) => ['accept', 'send', 'page'].includes(key))
      .map(({ key, ratio }) =>
        figure(
          `${COMPARED[key].replace(', p50 ms', '')}, ${many} kept`,
          median(ratio),
          { atMost: 1.2, unit: ` × at ${FEW}` },
          spread(ratio, 2),
        ),
      ),
    tables: [
      {
        title: `${RATE * SECONDS} messages at ${RATE}/s, then ${PAGES} first pages of 50`,
        columns: ['', `${FEW} kept`, `${many} kept`, '×'],
        rows: compared.map((row) => [COMPARED[row.key], spread(row.few, 2), spread(row.lots, 2), spread(row.ratio, 2)]),
      },
      {
        title: 'While they become more: accepted, begun and finished by the store itself, 200 at once',
        columns: ['kept', 'deliveries/s', 'Redis CPU µs each', 'Redis bytes each'],
        rows: growth.map(({ kept, rate, cpu, bytes }) => [kept, number(rate, 0), number(cpu, 0), number(bytes, 0)]),
      },
    ],
    notes: [
      `A kept delivery of a short text takes ${number(perDelivery, 0)} bytes of Redis memory in its first day, its body included.`,
    ],
  };
}

async function place(upstream, kept) {
  const redis = await startRedis({ aof: true });
  const settings = { redis: redis.url, apps: APPS.length };
  const gateway = await startGateway(`${kept} kept`, upstream, settings);
  await acceptAtRate(gateway, { perSecond: 1.5 * RATE, seconds: 15, apps: APPS });
  await firstPages(gateway);
  return { redis, gateway };
}

/** A store with few deliveries gets more by each measurement: it begins anew. */
async function refill({ redis }) {
  await redis.client.flushall();
  await seed(redis, FEW);
}

/** Fills in powers of ten, and notes what each step cost. */
async function grow({ redis }, many) {
  await redis.client.flushall();
  const empty = await redis.usedBytes();
  const giveUp = performance.now() + FILL_MS;
  const steps = [];
  for (let kept = 0; kept < many && performance.now() < giveUp;) {
    const wanted = Math.min(many, Math.max(FEW, kept * 10)) - kept;
    const before = cpuMicroseconds(redis.pid);
    const { count, milliseconds } = await seed(redis, wanted, giveUp);
    const cpu = (cpuMicroseconds(redis.pid) - before) / count;
    kept += count;
    const bytes = ((await redis.usedBytes()) - empty) / kept;
    steps.push({ kept, rate: (count / milliseconds) * 1_000, cpu, bytes });
    progress(`${kept} kept: ${number(cpu, 0)} µs and ${number(bytes, 0)} bytes of Redis each`);
  }
  return steps;
}

async function seed(redis, wanted, giveUp = Infinity) {
  const seeder = await launchServer('seeder', { redis: redis.url }, { cores: MEASURED_CORE });
  const started = performance.now();
  let count = 0;
  while (count < wanted && performance.now() < giveUp) {
    const batch = Math.min(wanted - count, BATCH);
    await seeder.ask({ question: 'seed', count: batch, apps: APPS });
    count += batch;
  }
  const milliseconds = performance.now() - started;
  await seeder.end();
  return { count, milliseconds };
}

/** A thousand messages, and the first page again and again. */
async function use({ redis, gateway }, upstream) {
  await upstream.ask({ question: 'record' });
  const before = [cpuMicroseconds(gateway.pid), cpuMicroseconds(redis.pid)];
  const messages = await acceptAtRate(gateway, { perSecond: RATE, seconds: SECONDS, apps: APPS });
  await sleep(1_000);
  const [gatewayCpu, redisCpu] = [cpuMicroseconds(gateway.pid), cpuMicroseconds(redis.pid)].map(
    (after, index) => (after - before[index]) / messages.length,
  );
  const receipts = await upstream.ask({ question: 'receipts' });
  // What was refused or did not arrive took for ever.
  const waits = messages.map(
    ({ accepted }, sequence) => (receipts[sequence]?.[0]?.answered ?? Infinity) - (accepted ?? 0),
  );
  return {
    accept: quantile(
      messages.map(({ due, accepted }) => (accepted ?? Infinity) - due),
      0.5,
    ),
    send: quantile(waits, 0.5),
    page: quantile(await firstPages(gateway), 0.5),
    gatewayCpu,
    redisCpu,
  };
}

async function firstPages({ origin, headers }) {
  const pool = new Pool(origin, { connections: 1 });
  const times = [];
  for (let nth = 0; nth < PAGES; nth += 1) {
    const asked = performance.now();
    const { statusCode, body } = await pool.request({ path: '/v1/deliveries', method: 'GET', headers });
    const { data } = await body.json();
    if (statusCode !== 200 || data.length !== 50)
      throw new Error(`the first page: ${statusCode}, ${data.length} entries`);
    times.push(performance.now() - asked);
  }
  await pool.close();
  return times;
}
