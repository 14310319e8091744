/** What two cores that run three other files of tests may add to any time, milliseconds. */
const BUSY_MS = 1_500;

/** Longest time that a test accepts where so many milliseconds are promised. */
export function within(milliseconds: number): number {
  return milliseconds + BUSY_MS;
}
