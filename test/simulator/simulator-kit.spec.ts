import { once } from 'node:events';
import { connect } from 'node:net';
import { Agent, request } from 'undici';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Ledger, type MessageRecord } from '../../src/simulator/ledger.js';
import { MultipartError, parseMultipart } from '../../src/simulator/multipart.js';
import { jsonAnswer, type Answer } from '../../src/simulator/simulated-call.js';
import { SimulatorServer } from '../../src/simulator/simulator-server.js';
import { SlidingWindow } from '../../src/simulator/sliding-window.js';
import { StoppedClock } from './stopped-clock.js';

class EchoSimulator extends SimulatorServer {
  override readonly provider = 'echo';

  constructor() {
    super();
    this.route('GET', '/v1.0/im/chat/:chatId/convert', ({ params }) => jsonAnswer(params));
    this.route('POST', '/echo', (call) => jsonAnswer(call.text()));
    this.route('GET', '/broken', () => {
      throw new Error('a mistake in the simulator');
    });
  }

  override gatewayConfig(): Record<string, unknown> {
    return {};
  }
  override revokeTokens(): void {}
  override rejectCredentials(): void {}
  override throttle(): void {}
  protected override isTokenEndpoint(): boolean {
    return false;
  }
  protected override unknownRoute(_call: unknown, allowed: readonly string[]): Answer {
    return jsonAnswer({ allowed }, 404);
  }
}

describe(SimulatorServer.name, () => {
  let sut: EchoSimulator;
  let client: Agent;

  beforeEach(async () => {
    sut = await new EchoSimulator().start();
    client = new Agent({ keepAliveTimeout: 60_000, connections: 1 });
  });
  afterEach(async () => {
    await client.destroy();
    await sut.close();
  });

  async function get(path: string): Promise<{ status: number; headers: Record<string, unknown>; text: string }> {
    const reply = await request(sut.url + path, { dispatcher: client });
    return { status: reply.statusCode, headers: reply.headers, text: await reply.body.text() };
  }

  it('finds a route with a parameter in its path', async () => {
    expect((await get('/v1.0/im/chat/cid%2B1/convert')).text).toBe('{"chatId":"cid+1"}');
  });

  it('tells its platform which methods a path would have had', async () => {
    expect(await get('/echo')).toMatchObject({ status: 404, text: '{"allowed":["POST"]}' });
    expect(await get('/v1.0/im/chat//convert')).toMatchObject({ status: 404, text: '{"allowed":[]}' });
  });

  it('says so loudly if it is at fault itself', async () => {
    expect(await get('/broken')).toMatchObject({
      status: 500,
      text: expect.stringContaining('a mistake in the simulator'),
    });
  });

  it('records what came in and what went out', async () => {
    await request(`${sut.url}/echo?a=1`, {
      method: 'POST',
      body: '"你好"',
      headers: { 'x-app': 'ops' },
      dispatcher: client,
    });
    expect(sut.ledger.calls({ path: '/echo' })).toMatchObject([
      {
        seq: 1,
        connection: 1,
        method: 'POST',
        query: { a: '1' },
        headers: { 'x-app': 'ops' },
        body: '"你好"',
        bodyBytes: 8,
        outcome: 'answered',
        status: 200,
        answer: JSON.stringify('"你好"'),
      },
    ]);
  });

  it('keeps a connection and gives no hint how long', async () => {
    const { headers } = await get('/echo');
    await get('/echo');
    expect(sut.connections).toBe(1);
    expect(headers).not.toHaveProperty('keep-alive');
  });

  it('closes idle connections now', async () => {
    const socket = connect(Number(new URL(sut.url).port), '127.0.0.1');
    await once(socket, 'connect');
    socket.write('GET /echo HTTP/1.1\r\nHost: a\r\n\r\n');
    await once(socket, 'data');
    sut.closeIdleConnections();
    await once(socket, 'close');
    await get('/echo');
    expect(sut.connections).toBe(2);
  });

  it('closes connections that were idle for too long, and no busy one', async () => {
    sut.idleTimeout(20);
    sut.faults.next({ kind: 'delay', ms: 60 });
    expect((await get('/echo')).status).toBe(404);
    await expect.poll(async () => (await get('/echo')) && sut.connections, { interval: 50 }).toBeGreaterThan(1);
  });

  it('starts again after closing, and refuses to start twice', async () => {
    await expect(sut.start()).rejects.toThrow('already started');
    await sut.close();
    await sut.close();
    expect(() => sut.url).toThrow('not started');
    await sut.start();
    expect((await get('/echo')).status).toBe(404);
  });
});

describe(Ledger.name, () => {
  const message = (id: string, app = 'default'): Omit<MessageRecord, 'at'> => ({
    id,
    provider: 'echo',
    app,
    operation: 'chat.send',
    recipients: { users: ['u'] },
    msgtype: 'text',
    content: {},
    shown: true,
  });

  it('forgets the oldest message beyond its limit', () => {
    const sut = new Ledger({ limit: 2 });
    for (const id of ['1', '2', '3']) sut.recordMessage(message(id));
    expect(sut.messages().map(({ id }) => id)).toEqual(['2', '3']);
    expect(sut.message('1')).toBeUndefined();
  });

  it('finds messages by app and operation', () => {
    const sut = new Ledger();
    sut.recordMessage(message('1'));
    sut.recordMessage(message('2', 'ops'));
    expect(sut.messages({ app: 'ops' }).map(({ id }) => id)).toEqual(['2']);
    expect(sut.messages({ operation: 'other' })).toEqual([]);
  });

  it('tells a listener about new messages until it is unsubscribed', () => {
    const sut = new Ledger();
    const listener = vi.fn();
    const unsubscribe = sut.onMessage(listener);
    sut.recordMessage(message('1'));
    unsubscribe();
    sut.recordMessage(message('2'));
    expect(listener.mock.calls).toEqual([[expect.objectContaining({ id: '1' })]]);
  });

  it('keeps a recalled message and says when it was recalled', () => {
    const sut = new Ledger({ clock: () => 0 });
    sut.recordMessage(message('1'));
    sut.recordRecall('1');
    sut.recordRecall('unknown');
    expect(sut.messages()).toMatchObject([{ id: '1', recalledAt: '1970-01-01T00:00:00.000Z' }]);
    sut.clear();
    expect(sut.messages()).toEqual([]);
  });
});

describe(SlidingWindow.name, () => {
  it('admits as many as the limit says within the window, per key', () => {
    const clock = new StoppedClock();
    const sut = new SlidingWindow(2, 1000, clock.now);
    expect([sut.tryTake('a'), sut.tryTake('a'), sut.tryTake('a'), sut.tryTake('b')]).toEqual([true, true, false, true]);
    clock.advance(0.999);
    expect(sut.tryTake('a')).toBe(false);
    clock.advance(0.001);
    expect(sut.tryTake('a', 2)).toBe(true);
    expect(sut.count('a')).toBe(2);
  });
});

describe(parseMultipart.name, () => {
  const parse = (body: string, contentType = 'multipart/form-data; boundary=x'): unknown =>
    parseMultipart(contentType, Buffer.from(body)).map(({ rawHeaders: _raw, data, ...part }) => ({
      ...part,
      data: data.toString(),
    }));
  const part = (disposition: string): string => `--x\r\nContent-Disposition: ${disposition}\r\n\r\ndata\r\n--x--`;

  it('reads fields and files', () => {
    const field = '--x\r\ncontent-disposition: form-data; name="type"\r\n\r\nimage\r\n';
    expect(parse(field + part('form-data; name="media"; filename="报 \\"表\\".png"'))).toEqual([
      { name: 'type', data: 'image' },
      { name: 'media', filename: '报 "表".png', data: 'data' },
    ]);
  });

  it('keeps text inside a file that resembles a boundary', () => {
    const content = 'a --x\r\n-- x\r\n';
    expect(parse(part('form-data; name="a"').replace('data\r\n--x--', `${content}\r\n--x--`))).toMatchObject([
      { data: content },
    ]);
  });

  it('keeps filename* apart from filename, and the header bytes as sent', () => {
    const disposition = `form-data; name="media"; filename*=UTF-8''%E6%8A%A5.png`;
    const [file] = parseMultipart('multipart/form-data; boundary="x"', Buffer.from(part(disposition)));
    expect(file).toMatchObject({ filenameStar: `UTF-8''%E6%8A%A5.png` });
    expect(file).not.toHaveProperty('filename');
    expect(file?.rawHeaders.toString()).toBe(`Content-Disposition: ${disposition}`);
  });

  it.each([
    ['another Content-Type', part('form-data; name="a"'), 'application/json'],
    ['no boundary', part('form-data; name="a"'), 'multipart/form-data'],
    ['another boundary', part('form-data; name="a"'), 'multipart/form-data; boundary=y'],
    ['bare line feeds', part('form-data; name="a"').replaceAll('\r', ''), undefined],
    ['no closing boundary', part('form-data; name="a"').replace('\r\n--x--', ''), undefined],
    ['no name', part('form-data'), undefined],
    ['another disposition', part('attachment; name="a"'), undefined],
  ])('refuses a form with %s', (_what, body, contentType) => {
    expect(() => parse(body, contentType)).toThrow(MultipartError);
  });
});
