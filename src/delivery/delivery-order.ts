import type { RepeatableRequest } from '../providers/repeatable-request.js';
import type { DeliveryOrder, DeliveryRecord, OnUnknown } from './delivery.record.js';

/** Ids are also ids of queue jobs, where a number would collide with the queue's own, and parts of Redis keys. */
const ID = /^dlv_[\w-]{1,60}$/;

/** What of an order is read back with its record, as it was. */
export type OrderMeta = Omit<DeliveryOrder, 'delayMs' | 'ttlMs' | 'request' | 'windows'>;

/**
 * Refuses orders that no store can keep: mistakes of ours, never of a caller.
 * @throws TypeError
 */
export function checkOrder({ id, request, windows, delayMs, ttlMs }: DeliveryOrder): void {
  if (!ID.test(id)) throw new TypeError(`a delivery's id begins with dlv_: ${id}`);
  if (request.upload) throw new TypeError('a request with a file cannot be stored');
  if (!(delayMs >= 0) || !(ttlMs >= 0)) throw new TypeError('delay and time to live are not below zero');
  for (const { key, count, seconds, weight } of windows) {
    if (!(count >= 1) || !(seconds > 0) || !(weight >= 0)) throw new TypeError(`not a window: ${key}`);
  }
}

/** `provider/app`, as filters name it. */
export function appOf({ provider, app }: { readonly provider: string; readonly app: string }): string {
  return `${provider}/${app}`;
}

/**
 * Does the platform recognise a repeat until the last attempt is over? It begins to count with the first attempt, which
 * is never before the due time; the last one begins within the time to live.
 * @param ttlMs the longest that it may live from then on
 * @param attemptMs deadline of an attempt
 */
export function outlasts({ forSeconds = Infinity }: RepeatableRequest, ttlMs: number, attemptMs: number): boolean {
  return forSeconds * 1_000 >= ttlMs + attemptMs;
}

/** Must it wait for a person when nobody knows what became of an attempt? */
export function parks({ onUnknown, repeatable }: { onUnknown: OnUnknown; repeatable: boolean }): boolean {
  return onUnknown === 'park' && !repeatable;
}

/** Not by leaving out the others, which V8 does member by member; what is undefined does not get into JSON. */
export function metaOf(order: DeliveryOrder): OrderMeta {
  const { id, provider, app, operation, owner, requestId, traceparent, batchId, onUnknown, repeatable, mayBeDropped } =
    order;
  return { id, provider, app, operation, owner, requestId, traceparent, batchId, onUnknown, repeatable, mayBeDropped };
}

/** The state of an order that was accepted just now. */
export function firstState({ delayMs }: DeliveryOrder): 'accepted' | 'scheduled' {
  return delayMs > 0 ? 'scheduled' : 'accepted';
}

/** The record of an order that was accepted just now. */
export function newRecord(order: DeliveryOrder, acceptedAt: number): DeliveryRecord {
  const dueAt = acceptedAt + Math.ceil(order.delayMs);
  return recordOf(metaOf(order), {
    state: firstState(order),
    acceptedAt,
    dueAt,
    expiresAt: dueAt + Math.ceil(order.ttlMs),
    nextAt: dueAt,
    finishedAt: null,
    attempt: 0,
    counted: 0,
    crashes: 0,
    possibleDuplicate: false,
    pacedBy: null,
    mayBeDropped: order.mayBeDropped ?? false,
    result: null,
    receipt: null,
    attempts: [],
  });
}

/**
 * The record of an order. Not a literal that begins with a spread: with so many members after it V8 makes an object that
 * is looked up by name, which takes it 20 µs instead of one.
 */
export function recordOf(meta: OrderMeta, rest: Omit<DeliveryRecord, Exclude<keyof OrderMeta, 'mayBeDropped'>>) {
  return Object.assign(meta, rest) satisfies DeliveryRecord;
}
