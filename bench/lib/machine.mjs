// What the kernel tells about processes and cores. Linux only.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg } from 'node:os';

/** One tick of the times in /proc, microseconds (USER_HZ is 100 on every Linux that Node runs on). */
const TICK_US = 10_000;

/**
 * What is measured has core 0 for itself, with all its threads and its workers if it is one process; everything else
 * (load, platform, Redis) gets the other cores.
 */
export const MEASURED_CORE = '0';
export const OTHER_CORES = availableParallelism() > 2 ? `1-${availableParallelism() - 1}` : '1';
/** For what is meant to use more than one core: two workers, cold starts. */
export const ALL_CORES = `0-${Math.max(1, availableParallelism() - 1)}`;

/** The machine in one line. */
export function describeMachine() {
  return `Node ${process.versions.node}, ${availableParallelism()} × ${cpus()[0]?.model.trim()}, load before ${loadavg()[0].toFixed(1)}`;
}

/** CPU time of a process, its threads and its children so far, user and system, microseconds. */
export function cpuMicroseconds(pid) {
  return sum(pid, (one) => {
    const fields = read(`/proc/${one}/stat`)
      .replace(/^.*\) /s, '')
      .split(' ');
    return (Number(fields[11]) + Number(fields[12])) * TICK_US;
  });
}

/** Resident memory of a process and its children, bytes; pages that they share are counted for each. */
export function residentBytes(pid) {
  return sum(pid, (one) => statusBytes(one, 'VmRSS'));
}

/** The largest resident memory since {@link forgetPeak}, bytes; of each process for itself, added up. */
export function peakBytes(pid) {
  return sum(pid, (one) => statusBytes(one, 'VmHWM'));
}

export function forgetPeak(pid) {
  for (const one of family(pid)) writeFileSync(`/proc/${one}/clear_refs`, '5');
}

/** Busy time of the core everything is measured on and of the first other one, microseconds, whoever used it. */
export function busyMicroseconds() {
  const [measured, other] = ['cpu0', 'cpu1'].map((name) => {
    const line = new RegExp(`^${name} (.*)$`, 'm').exec(read('/proc/stat'))?.[1] ?? '';
    const [user = 0, nice = 0, system = 0, , , irq = 0, soft = 0] = line.split(' ').map(Number);
    return (user + nice + system + irq + soft) * TICK_US;
  });
  return { measured, other };
}

/** A process and all that descend from it. */
export function family(pid) {
  return [pid, ...childrenOf(pid).flatMap(family)];
}

function childrenOf(pid) {
  return readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
    read(`/proc/${pid}/task/${thread}/children`).split(' ').filter(Boolean).map(Number),
  );
}

function statusBytes(pid, name) {
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(read(`/proc/${pid}/status`))?.[1] ?? 0) * 1_024;
}

function sum(pid, of) {
  return family(pid).reduce((total, one) => total + of(one), 0);
}

function read(path) {
  return readFileSync(path, 'utf8');
}
