/** An outcome that waits to be told to one callback. */
export interface PendingCallback {
  /** `evt_…`; the same for every try, so that a receiver can drop repeats. */
  readonly id: string;
  /** Name of the target, as subscriptions have it. */
  readonly target: string;
  /** JSON as it is sent. */
  readonly body: string;
  readonly tries: number;
  /** When it first found its receiver busy, epoch milliseconds. */
  readonly busySince?: number;
}

/**
 * Where outcomes wait. The delivery store puts them in, in the same step as it ends a delivery. Two implementations:
 * Redis for all processes, memory for one.
 */
export interface CallbackOutbox {
  /** Takes what is due; each is hidden from others for `leaseMs`. */
  take(limit: number, leaseMs: number): Promise<readonly PendingCallback[]>;
  /** Again after a pause. */
  postpone(callback: PendingCallback, delayMs: number): Promise<void>;
  remove(id: string): Promise<void>;
}
