import type { DeliveryOrder } from './delivery.record.js';

/** Ids are also ids of queue jobs, where a number would collide with the queue's own, and parts of Redis keys. */
const ID = /^dlv_[\w-]{1,60}$/;

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
