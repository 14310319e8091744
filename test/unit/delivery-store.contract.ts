import { describe } from 'vitest';
import type { CallbackOutbox } from '../../src/delivery/callbacks/callback-outbox.js';
import type { DeliveryStore, Retention, Subscriptions } from '../../src/delivery/delivery-store.js';
import { acceptingPromises } from './delivery-store/accepting.js';
import { announcingPromises } from './delivery-store/announcing.js';
import { attemptPromises } from './delivery-store/attempts.js';
import { crashPromises } from './delivery-store/crashes.js';
import { listPromises } from './delivery-store/lists.js';
import { pacingPromises } from './delivery-store/pacing.js';
import { requestPromises } from './delivery-store/requests.js';
import { sweepPromises } from './delivery-store/sweeping.js';

/** A new, empty store and its time. */
export interface StoreUnderTest {
  readonly store: DeliveryStore;
  /** Where it announces ends. */
  readonly outbox: CallbackOutbox;
  /** Lets its clock go on: really, or by turning it. */
  readonly pass: (milliseconds: number) => Promise<void>;
}

export interface StoreSettings {
  readonly retention?: Retention;
  readonly firstWakeMs?: number;
  readonly subscriptions?: () => Subscriptions;
}

/** Makes a store of a test's own; closes it when the test is over. */
export type MakeStore = (settings?: StoreSettings) => Promise<StoreUnderTest>;

/** What everybody may rely on, whatever keeps the deliveries. */
export function describeDeliveryStore(name: string, make: MakeStore): void {
  describe(name, () => {
    describe('accepting', () => acceptingPromises(make));
    describe('an attempt', () => attemptPromises(make));
    describe('a worker that does not come back', () => crashPromises(make));
    describe('pacing', () => pacingPromises(make));
    describe('cancel and replay', () => requestPromises(make));
    describe('lists and counts', () => listPromises(make));
    describe('announcing ends', () => announcingPromises(make));
    describe('sweeping and retention', () => sweepPromises(make));
  });
}
