import { randomBytes } from 'node:crypto';
import type { DeliveryRecord } from '../delivery.record.js';
import type { CallbackOutbox, PendingCallback } from './callback-outbox.js';
import { eventOf } from './subscriptions.js';

/** Entries kept at most without Redis; the oldest are dropped beyond it. */
const MAX_ENTRIES = 10_000;

/** Outcomes of one process; they do not survive it. */
export class MemoryCallbackOutbox implements CallbackOutbox {
  private readonly entries = new Map<string, { callback: PendingCallback; dueAt: number }>();

  constructor(private readonly clock: () => number = Date.now) {}

  /** The store ended a delivery: its targets are to be told. Done at once, in the same turn as the end. */
  announce(record: DeliveryRecord, targets: readonly string[]): void {
    for (const target of targets) {
      if (this.entries.size >= MAX_ENTRIES) this.entries.delete(this.entries.keys().next().value as string);
      const id = `evt_${randomBytes(16).toString('hex')}`;
      this.entries.set(id, { callback: { id, target, body: eventOf(record), tries: 0 }, dueAt: this.clock() });
    }
  }

  take(limit: number, leaseMs: number): Promise<readonly PendingCallback[]> {
    const now = this.clock();
    const due = [...this.entries.values()].filter((entry) => entry.dueAt <= now).slice(0, limit);
    for (const entry of due) entry.dueAt = now + leaseMs;
    return Promise.resolve(due.map(({ callback }) => callback));
  }

  postpone(callback: PendingCallback, delayMs: number): Promise<void> {
    if (this.entries.has(callback.id)) this.entries.set(callback.id, { callback, dueAt: this.clock() + delayMs });
    return Promise.resolve();
  }

  remove(id: string): Promise<void> {
    this.entries.delete(id);
    return Promise.resolve();
  }
}
