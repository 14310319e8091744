/** Why an operation was stopped before its end. */
export type StopReason = 'deadline' | 'caller-left';

/** What a deadline stops. */
export interface Stoppable {
  /** Called once, when the operation must stop. */
  stop(reason: StopReason): void;
}

const NOTHING: readonly Stoppable[] = [];

/**
 * The one deadline of an operation: token work, waiting for a connection, the call and its repeat all draw on it. It
 * also ends when the caller leaves. Cheaper than composing AbortSignals, and it says why it ended.
 */
export class Deadline {
  /** Set once the operation must stop. */
  stopped: StopReason | undefined;
  /** What runs; one thing after the other, and seldom two at once. */
  private running: readonly Stoppable[] = NOTHING;
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
    const { running } = this;
    this.running = NOTHING;
    for (const one of running) one.stop(reason);
  }

  /** This is stopped when the operation must stop, at once if it already had to; until it is let go. */
  watch(one: Stoppable): void {
    if (this.stopped) one.stop(this.stopped);
    else this.running = [...this.running, one];
  }

  /** This has ended by itself. */
  letGo(one: Stoppable): void {
    this.running = this.running.filter((each) => each !== one);
  }

  /** The operation is over: frees the timer. */
  finish(): void {
    clearTimeout(this.timer);
    this.running = NOTHING;
  }
}
