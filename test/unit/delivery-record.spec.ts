import { describe, expect, it } from 'vitest';
import { newRecord } from '../../src/delivery/delivery-order.js';
import { decodeRecord, encodeMeta } from '../../src/delivery/redis/record-codec.js';
import { anOrder } from '../support/deliveries.js';

const ROUNDS = 5;
const EACH = 2_000;

/** The quickest of some rounds, milliseconds. */
function quickest(work: () => unknown): number {
  const rounds = Array.from({ length: ROUNDS }, () => {
    const started = performance.now();
    for (let i = 0; i < EACH; i += 1) work();
    return performance.now() - started;
  });
  return Math.min(...rounds);
}

describe('the record of a delivery', () => {
  const order = anOrder({ traceparent: 't', batchId: 'b' });
  const record = newRecord(order, 1_763_804_602_153);

  it('says what was ordered, and nothing of what is sent', () => {
    const { delayMs: _delay, ttlMs: _ttl, request: _request, windows: _windows, ...kept } = order;
    expect(record).toMatchObject({ ...kept, state: 'accepted', attempts: [] });
    expect(Object.keys(record)).not.toContain('request');
    expect(order.delayMs).toBe(0);
  });

  // A literal that begins with a spread took five times as long as JSON there and back; it stands on the way of every
  // message (docs/performance.md).
  it('is made in less time than its JSON there and back', () => {
    const meta = encodeMeta(order);
    const fields = ['state', 'queued', 'acceptedAt', '1', 'dueAt', '1', 'expiresAt', '1', 'attempt', '0'];
    const json = quickest(() => JSON.parse(JSON.stringify(record)) as unknown);
    expect(quickest(() => newRecord(order, 1))).toBeLessThan(json);
    expect(quickest(() => decodeRecord([fields, meta, null, []]))).toBeLessThan(json * 1.5);
  });
});
