import type { IdempotencyStore, KeptAnswer } from './idempotency-store.js';

/** A request that holds an idempotency key. */
export class IdempotencyClaim {
  constructor(
    private readonly store: IdempotencyStore,
    private readonly key: string,
    private readonly owner: string,
    /** What the request should call the thing it creates: a repeat after a crash creates the same. */
    readonly id: string,
    /** The first request died, or was told that nobody knows: it may have written, so this key is not given up. */
    private readonly takenOver = false,
  ) {}

  complete(answer: KeptAnswer): Promise<void> {
    return this.store.complete(this.key, this.owner, answer);
  }

  /** Nothing was done under this key, so a repeat may begin anew; unless an earlier request may have done something. */
  async release(): Promise<void> {
    if (!this.takenOver) await this.store.release(this.key, this.owner);
  }
}

/** Thrown to answer a repeat with the first answer. */
export class ReplayedAnswer extends Error {
  override readonly name = 'ReplayedAnswer';

  constructor(readonly answer: KeptAnswer) {
    super('the answer of the first request');
  }
}
