/** Why an operation was stopped before its end. */
export type StopReason = 'deadline' | 'caller-left';

/**
 * The one deadline of an operation: token work, waiting for a connection, the call and its repeat all draw on it. It
 * also ends when the caller leaves. Cheaper than composing AbortSignals, and it says why it ended.
 */
export class Deadline {
  /** Set once the operation must stop. */
  stopped: StopReason | undefined;
  private readonly listeners: ((reason: StopReason) => void)[] = [];
  private readonly timer: NodeJS.Timeout;
  private readonly endsAt: number;

  /** @param milliseconds how long the whole operation may take */
  constructor(milliseconds: number) {
    this.endsAt = performance.now() + milliseconds;
    this.timer = setTimeout(() => this.stop('deadline'), milliseconds);
  }

  /** Milliseconds left, never negative. */
  get remaining(): number {
    return Math.max(0, this.endsAt - performance.now());
  }

  /** Stops the operation now. */
  stop(reason: StopReason): void {
    if (this.stopped) return;
    this.stopped = reason;
    clearTimeout(this.timer);
    for (const listener of this.listeners.splice(0)) listener(reason);
  }

  /** Calls back once when the operation must stop, at once if it already had to. Returns the way to unsubscribe. */
  onStop(listener: (reason: StopReason) => void): () => void {
    if (this.stopped) {
      listener(this.stopped);
      return () => {};
    }
    this.listeners.push(listener);
    return () => {
      const index = this.listeners.indexOf(listener);
      if (index >= 0) this.listeners.splice(index, 1);
    };
  }

  /** The operation is over: frees the timer. */
  finish(): void {
    clearTimeout(this.timer);
    this.listeners.length = 0;
  }
}
