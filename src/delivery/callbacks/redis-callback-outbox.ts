import { DeliveryCommands, type RedisSource } from '../redis/delivery-commands.js';
import { decodeRecord, type StoredRecord } from '../redis/record-codec.js';
import type { CallbackOutbox, PendingCallback } from './callback-outbox.js';
import { eventOf } from './subscriptions.js';

/** An event as the script that ends a delivery writes it: with the record; after its first try with its text. */
type StoredEvent = Omit<PendingCallback, 'body'> & ({ readonly record: StoredRecord } | { readonly body: string });

/** Outcomes in Redis: whichever worker has time tells them. */
export class RedisCallbackOutbox implements CallbackOutbox {
  private readonly commands: DeliveryCommands;

  constructor(source: RedisSource) {
    this.commands = new DeliveryCommands(source);
  }

  async take(limit: number, leaseMs: number): Promise<readonly PendingCallback[]> {
    const events = (await this.commands.run('mcCallbackTake', [limit, leaseMs])) as string[];
    const stored = events.filter((event) => event !== '').map((event) => JSON.parse(event) as StoredEvent);
    const pending = stored.map((event) => ({ event, callback: pendingOf(event) }));
    // Nobody can be told what cannot be read.
    const unreadable = pending.filter(({ callback }) => !callback);
    await Promise.all(unreadable.map(({ event }) => this.remove(event.id)));
    return pending.flatMap(({ callback }) => callback ?? []);
  }

  async postpone(callback: PendingCallback, delayMs: number): Promise<void> {
    await this.commands.run('mcCallbackPostpone', [callback.id, JSON.stringify(callback), delayMs]);
  }

  async remove(id: string): Promise<void> {
    await this.commands.run('mcCallbackRemove', [id]);
  }
}

function pendingOf(event: StoredEvent): PendingCallback | undefined {
  if ('body' in event) return event;
  const { record: stored, ...rest } = event;
  const record = decodeRecord(repaired(stored));
  return record && { ...rest, body: eventOf(record) };
}

/** In JSON written by Lua an empty list is an object, and what is missing is false. */
function repaired([fields, meta, outcome, attempts]: StoredRecord): StoredRecord {
  return [fields, meta || null, outcome || null, Array.isArray(attempts) ? attempts : []];
}
