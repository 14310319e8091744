import { expect, it } from 'vitest';
import { anOrder, mustGet, mustSend } from '../../support/deliveries.js';
import type { MakeStore } from '../delivery-store.contract.js';

export function acceptingPromises(make: MakeStore): void {
  it('keeps a record that is complete', async () => {
    const { store } = await make();
    const order = anOrder({ ttlMs: 12_000_000, batchId: 'bat_1', traceparent: '00-abc-def-01', onUnknown: 'park' });
    expect(await store.accept(order)).toMatchObject({ id: order.id, state: 'accepted' });
    const record = await mustGet(store, order.id);
    const { delayMs: _d, ttlMs: _t, request: _r, windows: _w, ...meta } = order;
    expect(record).toEqual({
      ...meta,
      state: 'accepted',
      acceptedAt: expect.any(Number),
      dueAt: record.acceptedAt,
      expiresAt: record.acceptedAt + 12_000_000,
      nextAt: record.acceptedAt,
      finishedAt: null,
      attempt: 0,
      counted: 0,
      crashes: 0,
      possibleDuplicate: false,
      pacedBy: null,
      mayBeDropped: false,
      result: null,
      receipt: null,
      attempts: [],
    });
  });

  it('keeps text of any script, quotes and line breaks', async () => {
    const { store } = await make();
    const body = JSON.stringify({ text: '告警 "磁盘" \\ \n\u2028 🚨', big: '123456789012345678' });
    const { id } = await store.accept(anOrder({ owner: 'key:运维 "\n" }', request: { ...anOrder().request, body } }));
    const { request, record } = await mustSend(store, id);
    expect(request.body).toBe(body);
    expect(record.owner).toBe('key:运维 "\n" }');
  });

  it('gives back the rendered request as it was', async () => {
    const { store } = await make();
    const request = {
      method: 'POST',
      base: 'oapi',
      path: '/topapi/message/corpconversation/asyncsend_v2',
      query: { a: '1' },
      body: '{"x":1.50}',
      token: { query: 'access_token' },
    } as const;
    const { id } = await store.accept(anOrder({ request }));
    expect((await mustSend(store, id)).request).toEqual(request);
  });

  it('is idempotent: the second time changes nothing', async () => {
    const { store } = await make();
    const order = anOrder();
    await store.accept(order);
    const first = await mustGet(store, order.id);
    expect(await store.accept({ ...order, owner: 'key:other', app: 'other' })).toMatchObject({ id: order.id });
    expect(await mustGet(store, order.id)).toEqual(first);
    expect((await store.counts()).byState.accepted).toBe(1);
  });

  it('is idempotent while it is sent, and afterwards', async () => {
    const { store } = await make();
    const order = anOrder();
    await store.accept(order);
    await mustSend(store, order.id);
    expect(await store.accept(order)).toMatchObject({ id: order.id, state: 'sending' });
  });

  it('100 parallel accepts of one id make one delivery', async () => {
    const { store } = await make();
    const order = anOrder();
    const accepted = await Promise.all(Array.from({ length: 100 }, () => store.accept(order)));
    expect(new Set(accepted.map(({ id, state }) => `${id} ${state}`))).toEqual(new Set([`${order.id} accepted`]));
    expect((await store.list({}, 10)).records).toHaveLength(1);
  });

  it.each(['1', '42', '1e3', '', 'msg_1', 'dlv_', 'dlv_a b', 'dlv_a}x'])('refuses the id "%s"', async (id) => {
    const { store } = await make();
    await expect(store.accept(anOrder({ id }))).rejects.toThrow(TypeError);
  });

  it('refuses a request with a file', async () => {
    const { store } = await make();
    const upload = { field: 'media', fileName: 'a.png', contentType: 'image/png', bytes: new Uint8Array(1) };
    const order = anOrder({ request: { method: 'POST', base: 'oapi', path: '/media/upload', upload } });
    await expect(store.accept(order)).rejects.toThrow(TypeError);
  });

  it('is scheduled when it is due later', async () => {
    const { store } = await make();
    const { id, state } = await store.accept(anOrder({ delayMs: 5_000, ttlMs: 1_000 }));
    expect(state).toBe('scheduled');
    const record = await mustGet(store, id);
    expect(record.state).toBe('scheduled');
    expect(record.dueAt - record.acceptedAt).toBe(5_000);
    expect(record.nextAt).toBe(record.dueAt);
  });

  it('the time to live counts from the due time', async () => {
    const { store } = await make();
    const { id } = await store.accept(anOrder({ delayMs: 5_000, ttlMs: 1_000 }));
    const record = await mustGet(store, id);
    expect(record.expiresAt - record.acceptedAt).toBe(6_000);
  });

  it('knows nothing of an id it never had', async () => {
    const { store } = await make();
    const id = 'dlv_none';
    expect(await store.get(id)).toBeUndefined();
    expect(await store.cancel(id)).toBeUndefined();
    expect(await store.replay(id, { force: true, ttlMs: 1 })).toBeUndefined();
    expect(await store.begin(id, 'w', 1_000)).toEqual({ kind: 'nothing' });
    expect(
      await store.finish(id, 1, { state: 'sent', counted: true, outcomeUnknown: false, attempt: { result: 'sent' } }),
    ).toBeUndefined();
  });
}
