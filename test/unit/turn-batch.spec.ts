import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { TurnBatch, type TurnBatchOptions } from '../../src/redis/turn-batch.js';

const ONE_BY_ONE = { pauseMs: 0 } as const;

/** Ends a turn of the event loop. */
const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Answers with ten times each number, and notes what was asked for together. */
function tenfold(most = 100, options: TurnBatchOptions = {}) {
  const calls: (readonly number[])[] = [];
  const batch = new TurnBatch<number, number>(
    most,
    async (items) => {
      calls.push(items);
      await sleep(1);
      if (items.includes(13)) throw new Error('the line broke');
      return items.map((item) => (item < 0 ? new RangeError(`${item}`) : item * 10));
    },
    options,
  );
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
    await nextTurn();
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

describe('calls one by one', () => {
  it('what is asked while one is under way travels together in the next', async () => {
    const { batch, calls } = tenfold(100, ONE_BY_ONE);
    const first = batch.add(1);
    await nextTurn();
    const second = batch.add(2);
    await nextTurn();
    expect(await Promise.all([first, second, batch.add(3)])).toEqual([10, 20, 30]);
    expect(calls).toEqual([[1], [2, 3]]);
  });

  it('a full call does not wait', async () => {
    const { batch, calls } = tenfold(2, ONE_BY_ONE);
    const first = batch.add(1);
    await nextTurn();
    expect(await Promise.all([first, ...[2, 3, 4].map((n) => batch.add(n))])).toEqual([10, 20, 30, 40]);
    expect(calls).toEqual([[1], [2, 3], [4]]);
  });

  it('what is asked within the pause travels together when it is over, or when it is told to', async () => {
    const { batch, calls } = tenfold(100, { pauseMs: 50 });
    await batch.add(1);
    const ended = performance.now();
    const more = [batch.add(2)];
    await sleep(5);
    more.push(batch.add(3));
    expect(await Promise.all(more)).toEqual([20, 30]);
    expect(performance.now() - ended).toBeGreaterThan(45);
    const last = batch.add(4);
    await nextTurn();
    expect(calls).toEqual([[1], [2, 3]]);
    batch.flush();
    expect(calls.at(-1)).toEqual([4]);
    expect(await last).toBe(40);
  });

  it('one that fails holds nobody up', async () => {
    const { batch, calls } = tenfold(100, ONE_BY_ONE);
    const failing = batch.add(13);
    await nextTurn();
    const [failed, later] = await Promise.allSettled([failing, batch.add(2)]);
    expect(failed.status).toBe('rejected');
    expect(later).toMatchObject({ value: 20 });
    expect(calls).toEqual([[13], [2]]);
    expect(await batch.add(3)).toBe(30);
  });
});
