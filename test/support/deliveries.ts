import { expect } from 'vitest';
import type { AttemptEnd, Beginning, DeliveryStore } from '../../src/delivery/delivery-store.js';
import type { DeliveryOrder, DeliveryRecord } from '../../src/delivery/delivery.record.js';

let made = 0;

/** An id like the gateway's own; the next one sorts behind it. */
export function anId(): string {
  made += 1;
  return `dlv_${made.toString(36).padStart(26, '0')}`;
}

/** A text message to a robot, due now, with an hour to live. */
export function anOrder(changes: Partial<DeliveryOrder> = {}): DeliveryOrder {
  return {
    id: anId(),
    provider: 'dingtalk',
    app: 'default',
    operation: 'robot.send',
    owner: 'key:tests',
    requestId: 'req_1',
    delayMs: 0,
    ttlMs: 3_600_000,
    onUnknown: 'resend',
    repeatable: false,
    request: { method: 'POST', base: 'oapi', path: '/robot/send', body: '{"msgtype":"text"}' },
    windows: [],
    ...changes,
  };
}

/** The platform said yes. */
export function yes(changes: Partial<AttemptEnd> = {}): AttemptEnd {
  return { state: 'sent', counted: true, outcomeUnknown: false, attempt: { result: 'sent' }, ...changes };
}

/** The platform said: later. */
export function later(delayMs: number, changes: Partial<AttemptEnd> = {}): AttemptEnd {
  return {
    state: 'retrying',
    delayMs,
    counted: true,
    outcomeUnknown: false,
    attempt: { result: 'provider-throttled', errcode: 130101, errmsg: 'send too fast', reason: 'too many messages' },
    ...changes,
  };
}

/** Ends it for good in another state than sent. */
export function ends(state: Exclude<AttemptEnd['state'], 'retrying' | 'sent'>): AttemptEnd {
  return { state, counted: true, outcomeUnknown: state === 'unknown', attempt: { result: 'rejected' } };
}

/** Its record, which must be there. */
export async function mustGet(store: DeliveryStore, id: string): Promise<DeliveryRecord> {
  const record = await store.get(id);
  expect(record).toBeDefined();
  return record as DeliveryRecord;
}

export type Sending = Extract<Beginning, { kind: 'send' }>;

/** Begins, alone if it must be, and expects that it is to be sent. */
export async function mustSend(store: DeliveryStore, id: string, leaseMs = 60_000, worker = 'w1'): Promise<Sending> {
  let beginning = await store.begin(id, worker, leaseMs);
  if (beginning.kind === 'alone') beginning = await store.begin(id, worker, leaseMs, true);
  expect(beginning.kind).toBe('send');
  return beginning as Sending;
}

/** Accepts, sends and ends one. */
export async function delivered(
  store: DeliveryStore,
  end = yes(),
  changes: Partial<DeliveryOrder> = {},
): Promise<string> {
  const { id } = await store.accept(anOrder(changes));
  const { attempt } = await mustSend(store, id);
  await store.finish(id, attempt, end);
  return id;
}
