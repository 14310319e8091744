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
 * overlaps, and nothing at all once the last place was taken a whole length ago. Never more than the limit in any window
 * that begins with a fixed one, at most a few per cent off in others; a limit of one is exact. Counts in whole numbers,
 * as the script for Redis does, so that both say the same to the millisecond.
 */
export class SlidingWindow {
  private index = 0;
  private current = 0;
  private previous = 0;
  /** When the last place was taken, epoch milliseconds. */
  private last = 0;

  /** Takes one place if there is one. @param now epoch milliseconds */
  take(limit: Limit, now: number): WindowVerdict {
    const length = limit.seconds * 1_000;
    this.advance(Math.floor(now / length));
    if (now - this.last >= length) this.previous = 0;
    const rest = length - (now % length);
    const allowed = this.room(limit, rest) > 0;
    if (allowed) {
      this.current += 1;
      this.last = now;
    }
    const remaining = this.room(limit, rest);
    const waitMs = remaining > 0 ? rest : Math.min(this.untilRoom(limit, rest), this.last + length - now);
    return { allowed, remaining, resetSeconds: Math.max(1, Math.ceil(waitMs / 1_000)) };
  }

  /** @param rest milliseconds until the fixed window is over */
  private room({ requests, seconds }: Limit, rest: number): number {
    const length = seconds * 1_000;
    const used = this.previous * rest + this.current * length;
    return Math.max(0, Math.floor((requests * length - used) / length));
  }

  /** Milliseconds until the estimate leaves room for one, when it leaves none now. */
  private untilRoom({ requests, seconds }: Limit, rest: number): number {
    const length = seconds * 1_000;
    const free = requests - 1 - this.current;
    return free >= 0
      ? rest - Math.floor((free * length) / this.previous)
      : rest + length - Math.floor(((requests - 1) * length) / this.current);
  }

  private advance(index: number): void {
    if (index === this.index) return;
    this.previous = index === this.index + 1 ? this.current : 0;
    this.current = 0;
    this.index = index;
  }
}
