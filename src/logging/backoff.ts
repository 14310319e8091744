const FIRST_MS = 500;
const MAX_MS = 30_000;

/**
 * Pause before the next try, milliseconds: twice as long each time, up to half a minute, and scattered so that several
 * processes do not come back at once.
 * @param failures tries in a row that failed, from 1
 * @param random from 0 to 1
 */
export function backoff(failures: number, random: number): number {
  return Math.min(MAX_MS, FIRST_MS * 2 ** Math.min(failures - 1, 10)) * (0.5 + random / 2);
}
