interface WeightedEvent {
  readonly at: number;
  readonly weight: number;
}

interface Window {
  readonly events: WeightedEvent[];
  total: number;
}

/**
 * Counts events of the last `windowMs` milliseconds, per key. The far end is open: with a window of 1000 ms,
 * something that happened exactly 1000 ms ago counts no more.
 */
export class SlidingWindow {
  private readonly windows = new Map<string, Window>();

  constructor(
    readonly limit: number,
    readonly windowMs: number,
    private readonly clock: () => number = Date.now,
  ) {}

  /** Counts an event if it still fits under the limit; otherwise nothing is counted and the answer is `false`. */
  tryTake(key = '', weight = 1): boolean {
    const window = this.current(key);
    if (window.total + weight > this.limit) return false;
    window.events.push({ at: this.clock(), weight });
    window.total += weight;
    return true;
  }

  /** Sum of the weights inside the window. */
  count(key = ''): number {
    return this.current(key).total;
  }

  clear(): void {
    this.windows.clear();
  }

  private current(key: string): Window {
    const window = this.windows.get(key) ?? { events: [], total: 0 };
    this.windows.set(key, window);
    const oldest = this.clock() - this.windowMs;
    for (let event = window.events[0]; event && event.at <= oldest; event = window.events[0]) {
      window.events.shift();
      window.total -= event.weight;
    }
    return window;
  }
}
