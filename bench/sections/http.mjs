// The synchronous road: requests per second, latency, CPU per request, memory and connections, against the forwarder.
import { bodies } from '../lib/bodies.mjs';
import { startForwarder, startGateway, startUpstream } from '../lib/contenders.mjs';
import { ALL_CORES } from '../lib/machine.mjs';
import { column, measure, rounds } from '../lib/measure.mjs';
import { startRedis } from '../lib/redis.mjs';
import { figure, progress } from '../lib/report.mjs';
import { median, number, ratios, spread } from '../lib/stats.mjs';
import { warm } from '../lib/warm.mjs';
import { wrk, wrkScript } from '../lib/wrk.mjs';

const UPSTREAMS = [
  { name: 'HTTP', scheme: 'http' },
  { name: 'HTTPS', scheme: 'https' },
  { name: 'HTTPS + 20 ms', scheme: 'https', delayMs: 20 },
];
const COLUMNS = [
  'connections',
  'who',
  'requests/s',
  '× forwarder',
  'p50 ms',
  'p99 ms',
  'p99 × forwarder',
  'CPU µs/request',
  'CPU × forwarder',
  'peak MB',
  'new connections per 100',
  'errors',
  'platform µs/request',
  'other core %',
  'strangers %',
];

export async function http({ quick }) {
  const plan = quick
    ? { rounds: 2, seconds: 2, open: 1, warm: 4, connections: [16, 64], upstreams: UPSTREAMS.slice(1, 2) }
    : { rounds: 3, seconds: 2, open: 1, warm: 12, connections: [1, 16, 64, 256], upstreams: UPSTREAMS };
  const cells = [];
  for (const upstream of plan.upstreams) cells.push(...(await against(upstream, plan, quick)));
  return {
    figures: figuresOf(cells),
    tables: plan.upstreams.map(({ name }) => ({
      title: `Upstream ${name}`,
      columns: COLUMNS,
      rows: cells.filter((cell) => cell.upstream === name).map(row),
    })),
    notes: notesOf(cells),
  };
}

/** Every contender at every number of connections, with one kind of platform. */
async function against({ name, ...kind }, plan, quick) {
  const upstream = await startUpstream(kind);
  const redis = quick ? undefined : await startRedis();
  const contenders = [
    await startForwarder(upstream),
    await startGateway('gateway', upstream),
    ...(redis ? [{ ...(await startGateway('gateway, limits in Redis', upstream, { redis: redis.url })), redis }] : []),
    ...(quick ? [] : [await startGateway('gateway, 2 workers', upstream, { workers: 2, cores: ALL_CORES })]),
  ];
  for (const contender of contenders) {
    contender.script = wrkScript({ bodies, headers: contender.headers });
    await wrk({ ...contender, connections: 64, seconds: plan.warm });
  }
  const cells = [];
  for (const connections of plan.connections) {
    const results = await rounds(plan.rounds, contenders, async (contender) => {
      // The connections are open and warm before it counts.
      await warm(contender, { connections, seconds: plan.open });
      return measure({ contender, upstream, connections, seconds: plan.seconds });
    });
    const [[, yardstick]] = results;
    for (const [contender, runs] of results) cells.push(cellOf(name, connections, contender.name, runs, yardstick));
    progress(
      `${name}, ${connections} connections: CPU × ${cells.slice(-contenders.length).map(({ cpuRatio }) => number(median(cpuRatio), 2))}`,
    );
  }
  await Promise.all([...contenders, upstream, ...(redis ? [redis] : [])].map((process) => process.end()));
  return cells;
}

function cellOf(upstream, connections, who, runs, yardstick) {
  const ratio = (key) => ratios(column(runs, key), column(yardstick, key));
  return {
    upstream,
    connections,
    who,
    runs,
    rateRatio: ratio('rate'),
    p99Ratio: ratio('p99'),
    cpuRatio: ratio('cpu'),
  };
}

function row({ connections, who, runs, rateRatio, p99Ratio, cpuRatio }) {
  const all = (key) => column(runs, key);
  return [
    connections,
    who,
    spread(all('rate'), 0),
    spread(rateRatio, 2),
    number(median(all('p50')), 2),
    number(median(all('p99')), 1),
    spread(p99Ratio, 1),
    spread(all('cpu'), 0),
    spread(cpuRatio, 2),
    number(Math.max(...all('peakMB')), 0),
    number(median(all('opened')), 2),
    all('errors').reduce((sum, errors) => sum + errors, 0),
    number(median(all('upstreamCpu')), 0),
    number(median(all('otherCore')), 0),
    number(median(all('strangers')), 0),
  ];
}

/** The gateway with limits in memory, one worker; the worst of the cells that a figure speaks about. */
function figuresOf(cells) {
  const gateway = cells.filter(({ who }) => who === 'gateway');
  const middle = gateway.filter(({ upstream, connections }) => upstream === 'HTTPS' && [16, 64].includes(connections));
  const far = gateway.filter(({ upstream, connections }) => upstream === 'HTTPS + 20 ms' && connections === 256);
  const rows = [
    ratioFigure('CPU per request, HTTPS, 16–64 connections', middle, 'cpuRatio', { atMost: 2.5, unit: ' × forwarder' }),
    ratioFigure('requests/s, HTTPS, 16–64 connections', middle, 'rateRatio', { atLeast: 0.4, unit: ' × forwarder' }),
    ratioFigure('requests/s, HTTPS + 20 ms, 256 connections', far, 'rateRatio', { atLeast: 0.9, unit: ' × forwarder' }),
    ratioFigure('p99, HTTPS, 16–64 connections', middle, 'p99Ratio', { atMost: 2.5, unit: ' × forwarder' }),
    ratioFigure('p99, HTTPS + 20 ms, 256 connections', far, 'p99Ratio', { atMost: 2.5, unit: ' × forwarder' }),
    peakFigure(cells),
  ];
  const opened = Math.max(...gateway.map(({ runs }) => median(column(runs, 'opened'))));
  const limit = { atMost: 1, unit: ' per 100 requests' };
  rows.push(figure('new upstream connections, all cells', opened, limit, number(opened, 2)));
  return rows.filter((row) => row !== undefined);
}

function ratioFigure(what, cells, key, limit) {
  if (cells.length === 0) return undefined;
  const sign = 'atMost' in limit ? 1 : -1;
  const worst = cells.toSorted((a, b) => sign * (median(b[key]) - median(a[key])))[0];
  return figure(what, median(worst[key]), limit, spread(worst[key], 2));
}

/**
 * The highest that a process came to in all of its cells. Single cells say less: V8 enlarges the new generation as it is
 * used, of the one process earlier than of the other.
 */
function peakFigure(cells) {
  const peak = (upstream, who) =>
    Math.max(
      ...cells
        .filter((cell) => cell.upstream === upstream && cell.who === who)
        .flatMap(({ runs }) => column(runs, 'peakMB')),
    );
  const upstreams = [...new Set(cells.map(({ upstream }) => upstream))];
  const times = upstreams.map((upstream) => peak(upstream, 'gateway') / peak(upstream, 'raw forwarder'));
  const worst = Math.max(...times);
  const text = times.map((one) => number(one, 2)).join(', ');
  return figure('peak memory over all cells, by upstream', worst, { atMost: 2, unit: ' × forwarder' }, text);
}

/** A Redis that is too slow is not asked for a while, and memory decides: did it take part at all? */
function notesOf(cells) {
  const asked = cells.filter(({ who }) => who.includes('Redis')).flatMap(({ runs }) => column(runs, 'scripts'));
  if (asked.length === 0) return [];
  return [`With limits in Redis a request ran ${spread(asked, 2)} scripts there.`];
}
