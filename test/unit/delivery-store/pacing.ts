import { expect, it } from 'vitest';
import type { DeliveryOrder, PacingWindow } from '../../../src/delivery/delivery.record.js';
import type { DeliveryStore } from '../../../src/delivery/delivery-store.js';
import { anOrder, delivered, later, mustSend, yes } from '../../support/deliveries.js';
import type { MakeStore, StoreUnderTest } from '../delivery-store.contract.js';

function aWindow(key: string, count: number, seconds: number, weight = 1): PacingWindow {
  return { key: `dingtalk/robots/${key}`, count, seconds, weight };
}

async function accepted(store: DeliveryStore, windows: PacingWindow[], changes: Partial<DeliveryOrder> = {}) {
  return (await store.accept(anOrder({ windows, ...changes }))).id;
}

/** Sends them all as workers do that come when they are told to; returns when each one began. */
async function drain({ store, pass }: StoreUnderTest, ids: readonly string[]): Promise<number[]> {
  const begun: number[] = [];
  let waiting = [...ids];
  while (waiting.length > 0) {
    let pause = Infinity;
    const left: string[] = [];
    for (const id of waiting) {
      const beginning = await store.begin(id, 'w1', 60_000);
      if (beginning.kind === 'send') begun.push(beginning.record.attempts.at(-1)?.startedAt ?? 0);
      else if (beginning.kind === 'wait') {
        left.push(id);
        pause = Math.min(pause, beginning.milliseconds);
      }
    }
    waiting = left;
    if (waiting.length > 0) await pass(pause);
  }
  return begun;
}

export function pacingPromises(make: MakeStore): void {
  it('sends what has room, and says of the rest when and why', async () => {
    const { store } = await make();
    const window = aWindow('ops', 2, 60);
    for (let i = 0; i < 2; i++) await mustSend(store, await accepted(store, [window]));
    const id = await accepted(store, [window]);
    const beginning = await store.begin(id, 'w1', 1_000);
    expect(beginning.kind).toBe('wait');
    const record = await store.get(id);
    expect(record).toMatchObject({ state: 'queued', pacedBy: window.key, attempt: 0, counted: 0 });
    expect((record?.nextAt ?? 0) - (record?.acceptedAt ?? 0)).toBeGreaterThan(55_000);
  });

  it('a retry that has to wait stays a retry', async () => {
    const { store, pass } = await make();
    const window = aWindow('ops', 1, 60);
    const id = await delivered(store, later(5), { windows: [window] });
    await pass(15);
    expect(await store.begin(id, 'w1', 1_000)).toMatchObject({ kind: 'wait' });
    expect(await store.get(id)).toMatchObject({ state: 'retrying', pacedBy: window.key, attempt: 1 });
  });

  it('is sent when there is room, and no longer says why it waited', async () => {
    const { store, pass } = await make();
    const window = aWindow('ops', 1, 0.4);
    await mustSend(store, await accepted(store, [window]));
    const id = await accepted(store, [window]);
    const beginning = await store.begin(id, 'w1', 1_000);
    await pass((beginning as { milliseconds: number }).milliseconds);
    expect((await mustSend(store, id)).record.pacedBy).toBeNull();
  });

  it('never more than the window allows, in any stretch of its length, and no slower than that', async () => {
    const made = await make();
    const window = aWindow('ops', 5, 0.3);
    const ids = await Promise.all(Array.from({ length: 25 }, () => accepted(made.store, [window])));
    const begun = await drain(made, ids);
    expect(begun).toHaveLength(25);
    const tooSoon = begun.filter((at, i) => i >= 5 && at - (begun[i - 5] as number) < 300);
    expect(tooSoon).toEqual([]);
    expect((begun.at(-1) as number) - (begun[0] as number)).toBeLessThan(1_200 + 1_000);
  });

  it('a window of thousands is not exceeded either', async () => {
    const made = await make();
    const window = aWindow('app', 1_200, 0.4, 300);
    const ids = await Promise.all(Array.from({ length: 12 }, () => accepted(made.store, [window])));
    const begun = await drain(made, ids);
    const tooSoon = begun.filter((at, i) => i >= 4 && at - (begun[i - 4] as number) < 400);
    expect(tooSoon).toEqual([]);
    expect((begun.at(-1) as number) - (begun[0] as number)).toBeLessThan(800 + 1_000);
  });

  it('another robot is not disturbed', async () => {
    const { store } = await make();
    await mustSend(store, await accepted(store, [aWindow('one', 1, 60)]));
    expect(await store.begin(await accepted(store, [aWindow('one', 1, 60)]), 'w1', 1_000)).toMatchObject({
      kind: 'wait',
    });
    await mustSend(store, await accepted(store, [aWindow('two', 1, 60)]));
  });

  it('all windows have room, or none is taken', async () => {
    const { store } = await make();
    const narrow = aWindow('narrow', 1, 60);
    const wide = aWindow('wide', 2, 60);
    await mustSend(store, await accepted(store, [narrow, wide]));
    for (let i = 0; i < 5; i++) await store.begin(await accepted(store, [narrow, wide]), 'w1', 1_000);
    await mustSend(store, await accepted(store, [wide]));
    expect(await store.begin(await accepted(store, [wide]), 'w1', 1_000)).toMatchObject({ kind: 'wait' });
  });

  it('names the window that frees last', async () => {
    const { store } = await make();
    const minute = aWindow('minute', 1, 60);
    const hour = aWindow('hour', 1, 3_600);
    await mustSend(store, await accepted(store, [minute, hour]));
    const id = await accepted(store, [minute, hour], { ttlMs: 10_000_000 });
    await store.begin(id, 'w1', 1_000);
    expect((await store.get(id))?.pacedBy).toBe(hour.key);
  });

  it('counts places, not messages', async () => {
    const { store } = await make();
    await mustSend(store, await accepted(store, [aWindow('users', 10, 60, 6)]));
    expect(await store.begin(await accepted(store, [aWindow('users', 10, 60, 5)]), 'w1', 1_000)).toMatchObject({
      kind: 'wait',
    });
  });

  it('what is larger than the window is sent alone, when it is empty', async () => {
    const { store, pass } = await make();
    const small = aWindow('users', 10, 0.6, 1);
    const huge = aWindow('users', 10, 0.6, 1_000);
    await mustSend(store, await accepted(store, [small]));
    const id = await accepted(store, [huge]);
    const beginning = await store.begin(id, 'w1', 1_000);
    expect(beginning.kind).toBe('wait');
    await pass((beginning as { milliseconds: number }).milliseconds);
    await mustSend(store, id);
    expect(await store.begin(await accepted(store, [small]), 'w1', 1_000)).toMatchObject({ kind: 'wait' });
  });

  it('nobody overtakes those who wait', async () => {
    const { store, pass } = await make();
    const window = aWindow('ops', 1, 0.5);
    await mustSend(store, await accepted(store, [window]));
    const first = await accepted(store, [window]);
    await store.begin(first, 'w1', 1_000);
    await pass(550);
    expect(await store.begin(await accepted(store, [window]), 'w1', 1_000)).toMatchObject({ kind: 'wait' });
    await mustSend(store, first);
  });

  it('who waits gets a turn beside synchronous messages that are only counted, however many', async () => {
    const { store, pass } = await make();
    const window = aWindow('ops', 2, 1);
    const drawMany = async (): Promise<void> => {
      for (let i = 0; i < 5; i++) await store.draw([window], false);
    };
    await drawMany();
    const id = await accepted(store, [window]);
    const beginning = await store.begin(id, 'w1', 60_000);
    if (beginning.kind !== 'wait') throw new Error(`it was told to ${beginning.kind}`);
    await drawMany();
    await pass(beginning.milliseconds);
    await drawMany();
    await mustSend(store, id);
  });

  it('each one in line is told a time of its own', async () => {
    const { store } = await make();
    const window = aWindow('ops', 2, 10);
    const at: number[] = [];
    for (let i = 0; i < 8; i++) {
      const id = await accepted(store, [window]);
      await store.begin(id, 'w1', 60_000);
      const record = await store.get(id);
      at.push(Math.round(((record?.nextAt ?? record?.acceptedAt ?? 0) - (record?.acceptedAt ?? 0)) / 10_000));
    }
    expect(at).toEqual([0, 0, 1, 1, 2, 2, 3, 3]);
  });

  it('who leaves the line makes room for those behind', async () => {
    const { store, pass } = await make();
    const window = aWindow('ops', 1, 0.4);
    await mustSend(store, await accepted(store, [window]));
    const [one, two] = [await accepted(store, [window]), await accepted(store, [window])];
    await store.begin(one, 'w1', 1_000);
    await store.begin(two, 'w1', 1_000);
    await store.cancel(one);
    await pass(450);
    await mustSend(store, two);
  });

  it('who leaves in the middle lets the others move up', async () => {
    const { store } = await make();
    const window = aWindow('ops', 1, 10);
    await mustSend(store, await accepted(store, [window]));
    const line = [await accepted(store, [window]), await accepted(store, [window]), await accepted(store, [window])];
    for (const id of line) await store.begin(id, 'w1', 1_000);
    const waitOf = async (id = '') => {
      const beginning = await store.begin(id, 'w1', 1_000);
      return Math.round((beginning as { milliseconds: number }).milliseconds / 10_000);
    };
    expect(await waitOf(line[2])).toBe(3);
    await store.cancel(line[1] ?? '');
    expect(await waitOf(line[2])).toBe(2);
  });

  it('a delivery that waits for room expires in time', async () => {
    const { store, pass } = await make();
    const window = aWindow('ops', 1, 60);
    await mustSend(store, await accepted(store, [window]));
    const id = await accepted(store, [window], { ttlMs: 60 });
    expect(await store.begin(id, 'w1', 1_000)).toMatchObject({ kind: 'wait' });
    await pass(80);
    expect(await store.overdue(10, 1_000)).toEqual([id]);
    expect(await store.begin(id, 'w1', 1_000)).toMatchObject({
      kind: 'ended',
      record: { state: 'expired', pacedBy: null },
    });
  });

  it('says which window it begins to wait for, once', async () => {
    const { store } = await make();
    const window = aWindow('ops', 1, 60);
    await mustSend(store, await accepted(store, [window]));
    const id = await accepted(store, [window]);
    expect(await store.begin(id, 'w1', 1_000)).toMatchObject({ kind: 'wait', pacedBy: window.key });
    expect(await store.begin(id, 'w1', 1_000)).not.toHaveProperty('pacedBy');
  });

  it('what would expire in line for a window that drops silently is sent and flagged; the others expire', async () => {
    const { store } = await make();
    const silent = { ...aWindow('member', 1, 60), silent: true };
    await mustSend(store, await accepted(store, [silent]));
    const patient = await accepted(store, [silent]);
    expect(await store.begin(patient, 'w1', 1_000)).toMatchObject({ kind: 'wait' });
    const short = await accepted(store, [silent], { ttlMs: 5_000 });
    expect((await mustSend(store, short)).record.mayBeDropped).toBe(true);
    expect(await store.get(patient)).toMatchObject({ state: 'queued', mayBeDropped: false });
    const loud = aWindow('ops', 1, 60);
    await mustSend(store, await accepted(store, [loud]));
    const refused = await accepted(store, [loud], { ttlMs: 5_000 });
    expect(await store.begin(refused, 'w1', 1_000)).toMatchObject({ kind: 'wait' });
  });

  it('a crashed attempt has to find room again', async () => {
    const { store, pass } = await make();
    const window = aWindow('ops', 1, 60);
    const id = await accepted(store, [window]);
    await mustSend(store, id, 20);
    await pass(40);
    expect(await store.begin(id, 'w2', 1_000, true)).toMatchObject({ kind: 'wait' });
    expect(await store.get(id)).toMatchObject({ state: 'retrying', crashes: 1, attempt: 1, pacedBy: window.key });
    expect(await store.finish(id, 1, yes())).toBeUndefined();
    expect((await store.get(id))?.attempts).toMatchObject([{ n: 1, result: 'sent', late: true }]);
  });

  it('100 workers at once: the window holds', async () => {
    const { store } = await make();
    const window = aWindow('ops', 20, 60);
    const ids = await Promise.all(Array.from({ length: 100 }, () => accepted(store, [window])));
    const all = await Promise.all(ids.map((id) => store.begin(id, 'w1', 60_000)));
    expect(all.filter(({ kind }) => kind === 'send')).toHaveLength(20);
    expect(all.filter(({ kind }) => kind === 'wait')).toHaveLength(80);
  });
}
