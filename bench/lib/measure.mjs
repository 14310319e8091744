// One measurement: load on one contender for some seconds, and what it cost everybody.
import { availableParallelism } from 'node:os';
import { busyMicroseconds, cpuMicroseconds, forgetPeak, peakBytes } from './machine.mjs';
import { wrk } from './wrk.mjs';

/** @param contender with pid, url and script; @param upstream the platform behind it, if it counts; `contender.redis` is its Redis */
export async function measure({ contender, upstream, connections, seconds }) {
  const { pid, url, script, redis } = contender;
  forgetPeak(pid);
  const before = await state(pid, upstream, redis);
  const load = await wrk({ script, url, connections, seconds });
  const after = await state(pid, upstream, redis);
  const { requests } = load;
  const elapsed = after.at - before.at;
  const cpu = after.cpu - before.cpu;
  return {
    ...load,
    cpu: cpu / requests,
    upstreamCpu: (after.upstreamCpu - before.upstreamCpu) / requests,
    /** New connections to the platform per 100 requests. */
    opened: ((after.connections - before.connections) / requests) * 100,
    /** Scripts that Redis ran per request. */
    scripts: (after.scripts - before.scripts) / requests,
    peakMB: peakBytes(pid) / 1e6,
    /** Use of the core of load and platform: near 100 % they are what is measured. */
    otherCore: availableParallelism() > 2 ? Number.NaN : share(after.busy.other - before.busy.other, elapsed),
    /** Use of the measured core by strangers: what spoils a measurement. */
    strangers: Math.max(0, share(after.busy.measured - before.busy.measured - cpu, elapsed)),
  };
}

/** Measures all contenders in each round, in turns, every other round in reverse order. */
export async function rounds(count, contenders, one) {
  const results = new Map(contenders.map((contender) => [contender, []]));
  for (let round = 0; round < count; round += 1) {
    for (const contender of round % 2 === 0 ? contenders : contenders.toReversed()) {
      results.get(contender).push(await one(contender));
    }
  }
  return results;
}

/** One value of every round. */
export function column(results, name) {
  return results.map((result) => result[name]);
}

async function state(pid, upstream, redis) {
  const { connections } = upstream ? await upstream.ask({ question: 'counts' }) : { connections: 0 };
  return {
    at: performance.now() * 1_000,
    connections,
    scripts: (await redis?.scriptCalls()) ?? 0,
    cpu: cpuMicroseconds(pid),
    upstreamCpu: upstream ? cpuMicroseconds(upstream.pid) : 0,
    busy: busyMicroseconds(),
  };
}

function share(part, whole) {
  return (part / whole) * 100;
}
