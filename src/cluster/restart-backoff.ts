const FIRST_MS = 100;
const LONGEST_MS = 30_000;
/** A process that served for this long was well: what ended it was something new. */
const HEALTHY_MS = 60_000;
/** Processes that fail together must not come back together: ±20 %. */
const JITTER = 0.2;

/** How long to wait before a process that ended is started again: 100 ms, then twice as long each time, up to 30 s. */
export class RestartBackoff {
  private failures = 0;

  constructor(private readonly random: () => number = Math.random) {}

  /** @param servedMs how long the process that ended had served; 0 when it never did */
  next(servedMs: number): number {
    if (servedMs >= HEALTHY_MS) this.failures = 0;
    const wait = Math.min(LONGEST_MS, FIRST_MS * 2 ** this.failures);
    this.failures += 1;
    return Math.round(wait * (1 + JITTER * (2 * this.random() - 1)));
  }
}
