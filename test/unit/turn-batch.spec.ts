import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { TurnBatch } from '../../src/redis/turn-batch.js';

/** Answers with ten times each number, and notes what was asked for together. */
function tenfold(most = 100) {
  const calls: (readonly number[])[] = [];
  const batch = new TurnBatch<number, number>(most, async (items) => {
    calls.push(items);
    await sleep(1);
    if (items.includes(13)) throw new Error('the line broke');
    return items.map((item) => (item < 0 ? new RangeError(`${item}`) : item * 10));
  });
  return { batch, calls };
}

describe(TurnBatch, () => {
  it('what is asked in one turn is one call, and each has its own answer', async () => {
    const { batch, calls } = tenfold();
    expect(await Promise.all([1, 2, 3].map((n) => batch.add(n)))).toEqual([10, 20, 30]);
    expect(calls).toEqual([[1, 2, 3]]);
  });

  it('whoever asks in a later turn does not wait for the call under way', async () => {
    const { batch, calls } = tenfold();
    const first = batch.add(1);
    await new Promise((resolve) => setImmediate(resolve));
    expect(await Promise.all([first, batch.add(2)])).toEqual([10, 20]);
    expect(calls).toEqual([[1], [2]]);
  });

  it('many are several calls, in order', async () => {
    const { batch, calls } = tenfold(2);
    expect(await Promise.all([1, 2, 3, 4, 5].map((n) => batch.add(n)))).toEqual([10, 20, 30, 40, 50]);
    expect(calls).toEqual([[1, 2], [3, 4], [5]]);
  });

  it('what goes wrong with one is nobody else’s error', async () => {
    const { batch } = tenfold();
    const [good, bad] = await Promise.allSettled([batch.add(1), batch.add(-1)]);
    expect(good).toMatchObject({ value: 10 });
    expect(bad).toMatchObject({ reason: expect.any(RangeError) });
  });

  it('a call that fails fails for all of them, and for nobody of the next turn', async () => {
    const { batch } = tenfold();
    const both = await Promise.allSettled([batch.add(1), batch.add(13)]);
    expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await batch.add(2)).toBe(20);
  });

  it('a call that says nothing about one of them is an error of that one', async () => {
    const batch = new TurnBatch<number, number>(10, async () => [1]);
    const [first, second] = await Promise.allSettled([batch.add(1), batch.add(2)]);
    expect(first).toMatchObject({ value: 1 });
    expect(second).toMatchObject({ status: 'rejected' });
  });
});
