/** A limit: so many in so many seconds. */
export interface Limit {
  readonly requests: number;
  readonly seconds: number;
}

/** What a window says about one more request. */
export interface WindowVerdict {
  readonly allowed: boolean;
  readonly remaining: number;
  /** Seconds until there is room again, at least 1; until the window is over when there is room. */
  readonly resetSeconds: number;
}

/**
 * A sliding window in constant space: the count of this fixed window plus the share of the one before that still
 * overlaps. Never more than the limit in any window that begins with a fixed one, at most a few per cent off in others.
 */
export class SlidingWindow {
  private index = 0;
  private current = 0;
  private previous = 0;

  /** Takes one place if there is one. @param now epoch milliseconds */
  take(limit: Limit, now: number): WindowVerdict {
    const length = limit.seconds * 1_000;
    this.advance(Math.floor(now / length));
    const elapsed = now % length;
    const used = this.previous * (1 - elapsed / length) + this.current;
    return this.verdict(limit, used, length - elapsed);
  }

  private verdict(limit: Limit, used: number, leftMs: number): WindowVerdict {
    const resetSeconds = Math.max(1, Math.ceil(leftMs / 1_000));
    if (used + 1 > limit.requests) return { allowed: false, remaining: 0, resetSeconds };
    this.current += 1;
    return { allowed: true, remaining: Math.max(0, Math.floor(limit.requests - used - 1)), resetSeconds };
  }

  private advance(index: number): void {
    if (index === this.index) return;
    this.previous = index === this.index + 1 ? this.current : 0;
    this.current = 0;
    this.index = index;
  }
}
