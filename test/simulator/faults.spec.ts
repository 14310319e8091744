import { Agent, request, type Dispatcher } from 'undici';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DingTalkSimulator } from '../../src/providers/dingtalk/simulator/dingtalk.simulator.js';
import { Faults } from '../../src/simulator/faults.js';
import { DingTalkCaller } from './dingtalk-caller.js';

const TEXT = JSON.stringify({ msgtype: 'text', text: { content: 'hello' } });

describe('a call that meets a fault', () => {
  let platform: DingTalkSimulator;
  let caller: DingTalkCaller;
  let client: Agent;
  let chatid: string;

  beforeEach(async () => {
    platform = await new DingTalkSimulator().start();
    caller = new DingTalkCaller(platform);
    client = new Agent();
    await caller.fetchToken();
    chatid = await caller.newChat();
    platform.ledger.clear();
  });
  afterEach(async () => {
    await client.destroy();
    await caller.close();
    await platform.close();
  });

  const send = (signal?: AbortSignal): Promise<Dispatcher.ResponseData> =>
    request(platform.url + caller.withToken('/chat/send'), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: `{"chatid":"${chatid}","msg":${TEXT}}`,
      dispatcher: client,
      signal: signal ?? null,
    });
  const accepted = (): number => platform.ledger.messages().length;
  const lastCall = (): unknown => platform.ledger.calls().at(-1);

  it('status: gets that status and nothing is accepted', async () => {
    platform.faults.next({ kind: 'status', status: 503, body: 'later' });
    const reply = await send();
    expect([reply.statusCode, await reply.body.text(), accepted()]).toEqual([503, 'later', 0]);
    expect(lastCall()).toMatchObject({ fault: 'status', outcome: 'answered', status: 503, answer: 'later' });
  });

  it('json: gets that JSON and nothing is accepted', async () => {
    platform.faults.next({ kind: 'json', body: {} });
    const reply = await send();
    expect([reply.statusCode, await reply.body.json(), accepted()]).toEqual([200, {}, 0]);
  });

  it('html: gets the page of a proxy', async () => {
    platform.faults.next({ kind: 'html' });
    const reply = await send();
    expect(reply.headers['content-type']).toBe('text/html');
    expect([reply.statusCode, await reply.body.text()]).toEqual([502, expect.stringContaining('502 Bad Gateway')]);
  });

  it('empty: gets a body of no bytes', async () => {
    platform.faults.next({ kind: 'empty' });
    const reply = await send();
    expect([reply.statusCode, await reply.body.text(), accepted()]).toEqual([200, '', 0]);
  });

  it('truncated: is accepted and loses half of the answer', async () => {
    platform.faults.next({ kind: 'truncated' });
    const reply = await send();
    expect(Number(reply.headers['content-length'])).toBeGreaterThan(40);
    await expect(reply.body.text()).rejects.toThrow();
    expect(accepted()).toBe(1);
    expect(lastCall()).toMatchObject({ outcome: 'cut', status: 200 });
  });

  it('hang: waits for ever and nothing is accepted', async () => {
    platform.faults.next({ kind: 'hang' });
    await expect(send(AbortSignal.timeout(60))).rejects.toThrow();
    expect(accepted()).toBe(0);
    expect(lastCall()).toMatchObject({ outcome: 'hung' });
  });

  it('hang: is let go when the simulator closes', async () => {
    platform.faults.next({ kind: 'hang' });
    const waiting = expect(send()).rejects.toThrow();
    await expect.poll(() => platform.ledger.calls().length).toBe(1);
    await platform.close();
    await waiting;
  });

  it('process-then-hang: is accepted and waits for ever', async () => {
    platform.faults.next({ kind: 'process-then-hang' });
    await expect(send(AbortSignal.timeout(60))).rejects.toThrow();
    expect(accepted()).toBe(1);
  });

  it('cut-before-read: loses the socket and nothing is accepted', async () => {
    platform.faults.next({ kind: 'cut-before-read' });
    await expect(send()).rejects.toThrow();
    expect(accepted()).toBe(0);
    expect(lastCall()).toMatchObject({ outcome: 'cut', bodyBytes: 0 });
  });

  it('cut-after-read: is accepted and loses the socket without a byte of answer', async () => {
    platform.faults.next({ kind: 'cut-after-read' });
    await expect(send()).rejects.toThrow();
    expect(accepted()).toBe(1);
    expect(lastCall()).toMatchObject({ outcome: 'cut' });
    expect(lastCall()).not.toHaveProperty('status');
  });

  it('delay: is answered later', async () => {
    platform.faults.next({ kind: 'delay', ms: 50 });
    const start = performance.now();
    const reply = await send();
    expect(await reply.body.json()).toMatchObject({ errcode: 0 });
    expect(performance.now() - start).toBeGreaterThan(45);
  });

  it('delay: is accepted even if the caller has left', async () => {
    platform.faults.next({ kind: 'delay', ms: 500 });
    const before = platform.ledger.calls().length;
    const leaving = new AbortController();
    const sent = send(leaving.signal);
    await expect.poll(() => platform.ledger.calls().length, { interval: 5 }).toBe(before + 1);
    leaving.abort();
    await expect(sent).rejects.toThrow();
    expect(accepted()).toBe(0);
    await expect.poll(accepted).toBe(1);
  });

  it('redirect: is sent elsewhere', async () => {
    platform.faults.next({ kind: 'redirect', to: 'http://127.0.0.1:9/stolen' });
    const reply = await send();
    expect([reply.statusCode, reply.headers.location]).toEqual([302, 'http://127.0.0.1:9/stolen']);
    await reply.body.dump();
  });

  it('huge: is answered with JSON of that size', async () => {
    platform.faults.next({ kind: 'huge', bytes: 1_000_000 });
    const body = await (await send()).body.text();
    expect(body).toHaveLength(1_000_000);
    expect(JSON.parse(body)).toMatchObject({ errcode: 0 });
    expect(accepted()).toBe(0);
  });

  it('drip: is answered one byte at a time', async () => {
    platform.faults.next({ kind: 'drip', everyMs: 1 });
    const start = performance.now();
    const reply = await send();
    expect(await reply.body.json()).toMatchObject({ errcode: 0 });
    expect(performance.now() - start).toBeGreaterThan(60);
  });

  it('string-errcode: is accepted and told so with errcode as text', async () => {
    platform.faults.next({ kind: 'string-errcode' });
    expect(await (await send()).body.json()).toMatchObject({ errcode: '0', messageId: expect.any(String) });
    expect(accepted()).toBe(1);
  });

  it('code: gets that code of the platform with the members that came along', async () => {
    platform.faults.next({ kind: 'code', errcode: 88, errmsg: 'busy', sub_code: '90002' });
    const reply = await send();
    expect(await reply.body.json()).toEqual({ errcode: 88, errmsg: 'busy', sub_code: '90002' });
    expect([reply.statusCode, accepted()]).toEqual([200, 0]);
  });

  it('wrong-content-type: gets the right JSON as text/plain', async () => {
    platform.faults.next({ kind: 'wrong-content-type' });
    const reply = await send();
    expect(reply.headers['content-type']).toBe('text/plain');
    expect(await reply.body.json()).toMatchObject({ errcode: 0 });
  });

  it('is answered as usual once the fault is used up', async () => {
    platform.faults.next({ kind: 'status', status: 500 });
    await (await send()).body.dump();
    expect(await (await send()).body.json()).toMatchObject({ errcode: 0 });
    expect(platform.faults.pending).toBe(0);
  });
});

describe(Faults.name, () => {
  let sut: Faults;
  const first = { kind: 'hang' } as const;
  const second = { kind: 'truncated' } as const;
  const kinds = (paths: string[], isTokenEndpoint = false): unknown[] =>
    paths.map((path) => sut.take(path, isTokenEndpoint)?.kind);

  beforeEach(() => {
    sut = new Faults();
  });

  it('uses faults up in the order in which they were planned', () => {
    sut.next(first, { times: 2 }).next(second);
    expect(kinds(['/a', '/a', '/a', '/a'])).toEqual(['hang', 'hang', 'truncated', undefined]);
  });

  it('lets calls pass before a fault', () => {
    sut.next(first, { after: 2 });
    expect(kinds(['/a', '/a', '/a', '/a'])).toEqual([undefined, undefined, 'hang', undefined]);
  });

  it('meets a path and what lies below it, and not a path that merely begins alike', () => {
    sut.always(first, { path: '/chat/send' });
    expect(kinds(['/chat/send', '/chat/send/more', '/chat/sendall', '/chat'])).toEqual([
      'hang',
      'hang',
      undefined,
      undefined,
    ]);
  });

  it('meets paths by pattern, also with a sticky or global one', () => {
    sut.always(first, { path: /send$/g });
    expect(kinds(['/chat/send', '/chat/send', '/chat/get'])).toEqual(['hang', 'hang', undefined]);
  });

  it('spares token endpoints unless they are named', () => {
    sut.always(first);
    expect(kinds(['/gettoken'], true)).toEqual([undefined]);
    sut.always(second, { path: '/gettoken' });
    expect(kinds(['/gettoken'], true)).toEqual(['truncated']);
  });

  it('prefers a planned fault to a standing one, and forgets both on clear', () => {
    sut.always(first).next(second);
    expect(kinds(['/a', '/a'])).toEqual(['truncated', 'hang']);
    sut.clear();
    expect(kinds(['/a'])).toEqual([undefined]);
  });
});
