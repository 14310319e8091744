/** An outcome that waits to be told to one callback. */
export interface PendingCallback {
  /** `evt_…`; the same for every try, so that a receiver can drop repeats. */
  readonly id: string;
  /** Name of the target: a hash of its URL, so that a changed configuration is noticed. */
  readonly target: string;
  /** JSON as it is sent. */
  readonly body: string;
  readonly tries: number;
}

/** Where outcomes wait. Two implementations: Redis for all processes, memory for one. */
export interface CallbackOutbox {
  add(callback: PendingCallback): Promise<void>;
  /** Takes what is due; each is hidden from others for `leaseMs`. */
  take(limit: number, leaseMs: number): Promise<readonly PendingCallback[]>;
  /** Again after a pause. */
  postpone(callback: PendingCallback, delayMs: number): Promise<void>;
  remove(id: string): Promise<void>;
}

/** Entries kept at most without Redis; the oldest are dropped beyond it. */
const MAX_ENTRIES = 10_000;

/** Outcomes of one process; they do not survive it. */
export class MemoryCallbackOutbox implements CallbackOutbox {
  private readonly entries = new Map<string, { callback: PendingCallback; dueAt: number }>();

  constructor(private readonly clock: () => number = Date.now) {}

  add(callback: PendingCallback): Promise<void> {
    if (this.entries.size >= MAX_ENTRIES) this.entries.delete(this.entries.keys().next().value as string);
    this.entries.set(callback.id, { callback, dueAt: this.clock() });
    return Promise.resolve();
  }

  take(limit: number, leaseMs: number): Promise<readonly PendingCallback[]> {
    const now = this.clock();
    const due = [...this.entries.values()].filter((entry) => entry.dueAt <= now).slice(0, limit);
    for (const entry of due) entry.dueAt = now + leaseMs;
    return Promise.resolve(due.map(({ callback }) => callback));
  }

  postpone(callback: PendingCallback, delayMs: number): Promise<void> {
    this.entries.set(callback.id, { callback, dueAt: this.clock() + delayMs });
    return Promise.resolve();
  }

  remove(id: string): Promise<void> {
    this.entries.delete(id);
    return Promise.resolve();
  }
}
