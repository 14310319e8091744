// A quarter of a minute for every change: has the synchronous road become much dearer? Fails when it has.
import { bodies } from '../lib/bodies.mjs';
import { startForwarder, startGateway, startUpstream } from '../lib/contenders.mjs';
import { column, measure, rounds } from '../lib/measure.mjs';
import { figure } from '../lib/report.mjs';
import { number, ratios, spread } from '../lib/stats.mjs';
import { wrk, wrkScript } from '../lib/wrk.mjs';

/**
 * About twice what is measured on a quiet machine, and the best of the rounds counts: it is to catch a road that has
 * become twice as dear, not the weather.
 */
const AT_MOST = Number(process.env.BENCH_SMOKE_MAX ?? 5);
const ROUNDS = 3;
const CONNECTIONS = 32;

export async function smoke() {
  const upstream = await startUpstream({ scheme: 'https' });
  const contenders = [await startForwarder(upstream), await startGateway('gateway', upstream)];
  for (const contender of contenders) {
    contender.script = wrkScript({ bodies, headers: contender.headers });
    await wrk({ ...contender, connections: CONNECTIONS, seconds: 3 });
  }
  const results = await rounds(ROUNDS, contenders, (contender) =>
    measure({ contender, upstream, connections: CONNECTIONS, seconds: 1 }),
  );
  await Promise.all([...contenders, upstream].map((one) => one.end()));
  const [yardstick, gateway] = [...results.values()];
  const ratio = ratios(column(gateway, 'cpu'), column(yardstick, 'cpu'));
  const errors = column(gateway, 'errors').reduce((sum, count) => sum + count, 0);
  return {
    figures: [
      figure(
        `CPU per request, HTTPS, best of ${ROUNDS} rounds`,
        Math.min(...ratio),
        { atMost: AT_MOST, unit: ' × forwarder' },
        spread(ratio, 2),
      ),
      figure('requests that failed', errors, { atMost: 0 }, number(errors, 0)),
    ],
  };
}
