import { existsSync } from 'node:fs';

/** The library that gives a process another clock; undefined where it is not installed (apt-get install faketime). */
export const FAKETIME = [
  '/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1',
  '/usr/lib/aarch64-linux-gnu/faketime/libfaketime.so.1',
].find((path) => existsSync(path));

/** Environment of a process whose clock, timers included, runs so many times as fast. */
export function faster(times: number): Record<string, string> {
  return FAKETIME === undefined ? {} : { LD_PRELOAD: FAKETIME, FAKETIME: `+0 x${times}` };
}
