// Full load for minutes: does memory stay flat, and how far is it from the forwarder's?
import { bodies } from '../lib/bodies.mjs';
import { startForwarder, startGateway, startUpstream } from '../lib/contenders.mjs';
import { forgetPeak, peakBytes, residentBytes } from '../lib/machine.mjs';
import { sleep } from '../lib/processes.mjs';
import { figure, progress } from '../lib/report.mjs';
import { median, number, slopePercentPerMinute } from '../lib/stats.mjs';
import { wrk, wrkScript } from '../lib/wrk.mjs';

const CONNECTIONS = 64;
/** Full load is that of one worker; the forwarder needs less time to show its peak. */
const FORWARDER_SHARE = 0.2;

/** @param options.minutes how long the gateway is under load; 10 by default, half a minute when quick */
export async function memory({ quick, minutes = quick ? 0.5 : 10 }) {
  const upstream = await startUpstream({ scheme: 'https' });
  const forwarder = await startForwarder(upstream);
  const yardstick = await underLoad(forwarder, Math.max(20, Math.round(minutes * 60 * FORWARDER_SHARE)));
  await forwarder.end();
  const gateway = await startGateway('gateway', upstream);
  const own = await underLoad(gateway, Math.round(minutes * 60));
  await Promise.all([gateway.end(), upstream.end()]);
  const ratio = own.peak / yardstick.peak;
  return {
    figures: [
      figure(
        `growth under full load, last two thirds of ${minutes} minutes`,
        own.slope,
        { atMost: 1, unit: ' % per minute' },
        number(own.slope, 2),
      ),
      figure('peak memory', ratio, { atMost: 2, unit: ' × forwarder' }, number(ratio, 2)),
    ],
    tables: [
      {
        title: `Resident memory, HTTPS upstream, ${CONNECTIONS} connections, a sample per second, MB`,
        columns: [
          'who',
          'seconds',
          'requests',
          'errors',
          'idle',
          'first third',
          'second',
          'last',
          'peak',
          '% per minute',
        ],
        rows: [yardstick, own].map(({ name, seconds, requests, errors, idle, thirds, peak, slope }) => [
          name,
          seconds,
          requests,
          errors,
          ...[idle, ...thirds, peak].map((bytes) => number(bytes / 1e6, 0)),
          number(slope, 2),
        ]),
      },
    ],
  };
}

async function underLoad({ name, pid, url, headers }, seconds) {
  progress(`${name}: ${seconds} s`);
  const idle = residentBytes(pid);
  forgetPeak(pid);
  const load = wrk({ script: wrkScript({ bodies, headers }), url, connections: CONNECTIONS, seconds });
  const samples = [];
  while (samples.length < seconds - 1) {
    await sleep(1_000);
    samples.push(residentBytes(pid));
  }
  const { requests, errors } = await load;
  const third = Math.floor(samples.length / 3);
  const thirds = [0, 1, 2].map((nth) => median(samples.slice(nth * third, (nth + 1) * third)));
  return {
    name,
    seconds,
    requests,
    errors,
    idle,
    thirds,
    peak: peakBytes(pid),
    slope: slopePercentPerMinute(samples.slice(third)),
  };
}
