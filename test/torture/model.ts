import type { DeliveryRecord, DeliveryState } from '../../src/delivery/delivery.record.js';
import { MemoryDeliveryStore } from '../../src/delivery/memory/memory-delivery-store.js';
import { yes } from '../support/deliveries.js';

export const LEASE_MS = 15_000;
export const TTL_MS = 600_000;
const RETENTION = { recordMs: 7 * 86_400_000, bodyMs: 86_400_000 };

/** What is known of one delivery without looking into the store. */
export interface Expected {
  readonly id: string;
  readonly parks: boolean;
  state: 'waiting' | 'sending' | 'final';
  attempt: number;
  crashes: number;
  /** It was under way when a worker ended, and no attempt has ended in order since. */
  suspect: boolean;
  dueAt: number;
  expiresAt: number;
  leaseUntil: number;
  /** Bytes left once without a verdict. */
  unknown: boolean;
  /** The platform said yes so often, and a person asked for so many further sends. */
  yeses: number;
  forced: number;
}

export interface Model {
  readonly deliveries: Expected[];
}

export interface Real {
  readonly store: MemoryDeliveryStore;
  now: number;
}

export function newWorld(): { model: Model; real: Real } {
  const real: { now: number; store?: MemoryDeliveryStore } = { now: 1_800_000_000_000 };
  real.store = new MemoryDeliveryStore({ retention: RETENTION, clock: () => real.now });
  return { model: { deliveries: [] }, real: real as Real };
}

export function check(holds: boolean, what: string): void {
  if (!holds) throw new Error(what);
}

export function pick({ deliveries }: Model, index: number): Expected | undefined {
  return deliveries[index % Math.max(1, deliveries.length)];
}

export async function stored({ store }: Real, { id }: Expected): Promise<DeliveryRecord> {
  const record = await store.get(id);
  if (!record) throw new Error(`${id} is lost`);
  return record;
}

/** Nothing that was accepted is lost, and the record tells what the model knows. */
export async function agree(real: Real, expected: Expected): Promise<void> {
  const record = await stored(real, expected);
  const waits: readonly DeliveryState[] = ['accepted', 'scheduled', 'queued', 'retrying'];
  const kind = record.state === 'sending' ? 'sending' : waits.includes(record.state) ? 'waiting' : 'final';
  check(kind === expected.state, `${record.state} where the model has ${expected.state}`);
  check(record.attempt === expected.attempt, `attempt ${record.attempt}, not ${expected.attempt}`);
  check((record.finishedAt !== null) === (kind === 'final'), 'finishedAt is for final states');
  check(record.crashes <= 3, 'crashed more than three times');
  check(expected.yeses <= 1 + expected.forced, `the platform said yes ${expected.yeses} times`);
  if (expected.attempt > 1 && expected.unknown && kind === 'sending')
    check(record.possibleDuplicate, 'a repeat after an unknown outcome is not flagged');
}

/** Whatever state they were left in: workers that do their work bring every delivery to an end. */
export async function everythingEnds(model: Model, real: Real): Promise<void> {
  for (let round = 0; round < 400; round += 1) {
    real.now += 20_000;
    for (const id of await real.store.overdue(100, 10_000)) {
      const beginning = await real.store.begin(id, 'w', LEASE_MS, true);
      if (beginning.kind === 'send') await real.store.finish(id, beginning.attempt, yes());
    }
  }
  for (const expected of model.deliveries) {
    const { state, finishedAt } = await stored(real, expected);
    check(finishedAt !== null, `${expected.id} never ended: ${state}`);
  }
}
