import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { DingTalkSimulator } from '../../src/providers/dingtalk/simulator/dingtalk.simulator.js';
import type { Fault } from '../../src/simulator/faults.js';
import {
  aGroup,
  aNotice,
  aText,
  dingTalkWorld,
  NOTICE_CALL,
  startDingTalkWorld,
  tokensOf,
  type DingTalkWorld,
  type DingTalkWorldOptions,
} from '../support/dingtalk.js';
import { call, post, startTestGateway, type TestAnswer } from '../support/gateway.js';
import { startRedis } from '../support/redis.js';
import { within } from '../support/within.js';

/** Where system A failed. Each block is one row of what it did and what happens here instead. */

/** A platform and a gateway for one test alone. */
async function ownWorld(options: DingTalkWorldOptions = {}): Promise<DingTalkWorld> {
  const own = await startDingTalkWorld(options);
  onTestFinished(() => own.close());
  return own;
}

function times<T>(count: number, action: (index: number) => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => action(index)));
}

function statuses(answers: readonly TestAnswer[]): Record<number, number> {
  const counts: Record<number, number> = {};
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

describe('where system A failed', () => {
  let world: DingTalkWorld;
  let chatid: string;

  beforeAll(async () => {
    world = await startDingTalkWorld({ settings: { 'outbound.timeoutMs': 10_000 } });
    chatid = await world.newChat();
  });
  afterEach(() => {
    expect(world.platform.faults.pending).toBe(0);
    world.platform.faults.clear();
    world.platform.ledger.clear();
  });
  afterAll(() => world.close());

  describe('the platform rejects the token', () => {
    const rejections: readonly [string, Fault][] = [
      ['40014', { kind: 'code', errcode: 40014, errmsg: '不合法的access_token' }],
      ['42001', { kind: 'code', errcode: 42001, errmsg: 'access_token超时' }],
      ['40001', { kind: 'code', errcode: 40001, errmsg: '获取access_token时Secret错误，或者access_token无效' }],
      ['33001', { kind: 'code', errcode: 33001, errmsg: '无效的企业ID' }],
      [
        '88 around 40014',
        { kind: 'code', errcode: 88, errmsg: 'ding talk error', sub_code: '40014', sub_msg: '不合法的access_token' },
      ],
      [
        '88 around 42001',
        { kind: 'code', errcode: 88, errmsg: 'ding talk error', sub_code: '42001', sub_msg: 'access_token超时' },
      ],
      [
        '88 with the code in its text alone',
        { kind: 'code', errcode: 88, errmsg: 'ding talk error[subcode=40014,submsg=不合法的access_token]' },
      ],
      ['40014 as text', { kind: 'json', body: { errcode: '40014', errmsg: '不合法的access_token' } }],
    ];

    it.each(rejections)('with %s: the caller gets 200, after one refresh and one repeat', async (_name, rejection) => {
      const before = world.platform.tokenRequests();
      world.platform.faults.next(rejection);

      const answer = await world.notify();

      expect(answer.body).toMatchObject({ ok: 1, data: expect.any(Number) });
      expect(world.platform.tokenRequests() - before).toBe(1);
      expect(world.platform.ledger.calls({ path: NOTICE_CALL })).toHaveLength(2);
      expect(world.platform.ledger.messages()).toHaveLength(1);
    });

    it('in a group: the caller gets 200 as well', async () => {
      world.platform.revokeTokens();
      expect((await world.sendToChat(chatid)).status).toBe(200);
      expect(world.platform.ledger.calls({ path: '/chat/send' })).toHaveLength(2);
    });

    it('again after the refresh: it is reported, not tried a third time', async () => {
      world.platform.faults.next({ kind: 'code', errcode: 40014, errmsg: '不合法的access_token' }, { times: 2 });
      const answer = await world.notify();
      expect(answer).toMatchObject({ status: 502, body: { error: { kind: 'credentials', errcode: 40014 } } });
      expect(world.platform.ledger.calls({ path: NOTICE_CALL })).toHaveLength(2);
    });

    it('under 100 concurrent sends: all 100 arrive, once each, after one refresh', async () => {
      const before = world.platform.tokenRequests();
      world.platform.revokeTokens();

      const answers = await times(100, () => world.notify());

      expect(statuses(answers)).toEqual({ 200: 100 });
      expect(world.platform.tokenRequests() - before).toBe(1);
      expect(world.platform.ledger.messages()).toHaveLength(100);
    });
  });

  describe('the platform cannot be reached', () => {
    it('connection refused: 502, nothing was sent', async () => {
      const { platform, notify } = await ownWorld();
      await notify();
      await platform.close();

      const answer = await notify();

      expect(answer).toMatchObject({
        status: 502,
        body: { ok: 0, msg: '工作通知发送失败', error: { kind: 'provider-unavailable', retryable: true } },
      });
    });

    it('at the start: the gateway starts, says so in /sys/status, and asks again by itself', async () => {
      const platform = await new DingTalkSimulator().start();
      const port = Number(new URL(platform.url).port);
      const settings = { 'providers.dingtalk': platform.gatewayConfig() };
      await platform.close();

      const gateway = await startTestGateway({ settings });
      onTestFinished(() => gateway.close());
      const { url } = gateway;
      await expect.poll(() => tokenStatus(url)).toMatchObject({ lastError: 'provider-unavailable' });
      expect((await call(`${url}/health/ready`)).status).toBe(200);

      await platform.start(port);
      onTestFinished(() => platform.close());
      await expect.poll(() => tokenStatus(url), { timeout: 5_000 }).toMatchObject({ lastError: null });
      expect(platform.tokenRequests()).toBe(1);
    });
  });

  describe('the platform gives no readable verdict', () => {
    const silences: readonly [string, Fault][] = [
      ['hangs', { kind: 'hang' }],
      ['hangs after it took the message', { kind: 'process-then-hang' }],
      ['resets the connection', { kind: 'cut-before-read' }],
      ['closes after reading our bytes', { kind: 'cut-after-read' }],
      ['answers HTML', { kind: 'html' }],
      ['answers HTML under 200', { kind: 'html', status: 200 }],
      ['answers nothing', { kind: 'empty' }],
      ['answers half of its JSON', { kind: 'truncated' }],
      ['answers {}', { kind: 'json', body: {} }],
      ['answers []', { kind: 'json', body: [] }],
      ['answers null', { kind: 'json', body: null }],
      ['answers HTTP 500 with errcode 0', { kind: 'json', status: 500, body: { errcode: 0, errmsg: 'ok' } }],
      ['answers HTTP 502 and {}', { kind: 'json', status: 502, body: {} }],
      ['answers more than can be right', { kind: 'huge', bytes: 2_000_000 }],
      ['answers one byte at a time', { kind: 'drip', everyMs: 50 }],
    ];

    /** With a deadline that nobody has to wait for long. */
    let hasty: DingTalkWorld;
    beforeAll(async () => {
      hasty = await startDingTalkWorld({ settings: { 'outbound.timeoutMs': 500 } });
      await hasty.notify();
    });
    afterEach(() => {
      expect(hasty.platform.faults.pending).toBe(0);
      hasty.platform.faults.clear();
      hasty.platform.ledger.clear();
    });
    afterAll(() => hasty.close());

    it.each(silences)('it %s: 504 outcome-unknown, sent at most once', async (_name, fault) => {
      hasty.platform.ledger.clear();
      hasty.platform.faults.next(fault);
      const started = performance.now();

      const answer = await hasty.notify();

      expect(answer).toMatchObject({
        status: 504,
        body: { ok: 0, msg: '工作通知发送失败', data: null, error: { kind: 'outcome-unknown', retryable: false } },
      });
      expect(answer.body.error?.hint).toMatch(/可能/);
      expect(performance.now() - started).toBeLessThan(within(1_500));
      expect(hasty.platform.ledger.calls({ path: NOTICE_CALL })).toHaveLength(1);
      expect(hasty.platform.ledger.messages().length).toBeLessThanOrEqual(1);
    });

    it('it sends elsewhere with 302: nobody follows', async () => {
      world.platform.faults.next({ kind: 'redirect', to: `${world.platform.url}/elsewhere` });
      const answer = await world.notify();
      expect(answer).toMatchObject({ status: 504, body: { error: { kind: 'outcome-unknown' } } });
      expect(world.platform.ledger.calls({ path: '/elsewhere' })).toHaveLength(0);
    });

    it('it bans our address: provider-throttled, with the seconds to wait', async () => {
      world.platform.banIp(60);
      const answer = await world.notify();
      world.platform.banIp(0);
      expect(answer).toMatchObject({ status: 429, body: { error: { kind: 'provider-throttled', retryAfter: 300 } } });
      expect(answer.headers.get('retry-after')).toBe('300');
    });

    it('20 sends at once are cut after reading: each is 504 and none is repeated', async () => {
      world.platform.faults.always({ kind: 'cut-after-read' }, { path: NOTICE_CALL });
      const texts = Array.from({ length: 20 }, () => aText());

      const answers = await Promise.all(texts.map((msg) => world.notify(aNotice({ msg }))));

      expect(statuses(answers)).toEqual({ 504: 20 });
      const seen = world.platform.ledger.messages().map(({ content }) => JSON.stringify(content));
      for (const text of texts) expect(seen.filter((one) => one === JSON.stringify(text))).toHaveLength(1);
    });
  });

  describe('the platform says yes in an odd way', () => {
    it('errcode as the text "0" is a success', async () => {
      world.platform.faults.next({ kind: 'string-errcode' });
      expect(await world.notify()).toMatchObject({ status: 200, body: { ok: 1 } });
    });

    it('JSON called text/plain is a success', async () => {
      world.platform.faults.next({ kind: 'wrong-content-type' });
      expect(await world.notify()).toMatchObject({ status: 200, body: { ok: 1 } });
    });
  });

  describe('the platform closes idle connections', () => {
    it('before a request comes: 0 of 50 sends fail', async () => {
      const failed: TestAnswer[] = [];
      for (let index = 0; index < 50; index += 1) {
        world.platform.closeIdleConnections();
        const answer = await world.notify();
        if (answer.status !== 200) failed.push(answer);
      }
      expect(failed).toEqual([]);
    });

    it('in the moment before our write: 0 of 50 sends fail', async () => {
      const server = world.gateway.app.getHttpServer();
      const close = (): void => world.platform.closeIdleConnections();
      server.on('request', close);
      onTestFinished(() => void server.off('request', close));
      const failed: TestAnswer[] = [];
      for (let index = 0; index < 50; index += 1) {
        const answer = await world.notify();
        if (answer.status !== 200) failed.push(answer);
      }
      expect(failed).toEqual([]);
    });
  });

  describe('a message that is none', () => {
    it.each([
      ['a number', { msgtype: 1, 1: {} }],
      ['null', { msgtype: null, null: {} }],
      ['an object', { msgtype: {}, '[object Object]': {} }],
      ['msgtype', { msgtype: 'msgtype' }],
      ['missing', { text: { content: 'x' } }],
      ['empty', { msgtype: '', '': {} }],
    ])('whose msgtype is %s: 400 消息类型无效: [msgtype]', async (_name, msg) => {
      const answer = await world.sendToChat(chatid, msg);
      expect(answer).toMatchObject({
        status: 400,
        body: { msg: '消息类型无效: [msgtype]', data: [{ path: 'msg.msgtype' }], count: 1 },
      });
      expect(world.platform.ledger.calls()).toHaveLength(0);
    });

    it('whose msgtype is __proto__: 400 消息类型无效: [msgtype]', async () => {
      const body = `{"chatid":"${chatid}","msg":{"msgtype":"__proto__","__proto__":{"content":"x"}}}`;
      const answer = await post(`${world.url}/v1/dd/chat/send`, body);
      expect(answer).toMatchObject({ status: 400, body: { msg: '消息类型无效: [msgtype]' } });
    });

    it.each([
      ['constructor', { msgtype: 'constructor' }],
      ['toString', { msgtype: 'toString' }],
      ['text without its text', { msgtype: 'text' }],
      ['text with another content', { msgtype: 'text', markdown: { title: 'a', text: 'b' } }],
    ])('whose content is missing (%s): 400 消息内容无效', async (_name, msg) => {
      const answer = await world.sendToChat(chatid, msg);
      expect(answer).toMatchObject({ status: 400, body: { msg: `消息内容无效: [${msg.msgtype}]` } });
      expect(world.platform.ledger.calls()).toHaveLength(0);
    });
  });

  describe('a body that is wrong', () => {
    const good = (): string => JSON.stringify({ chatid, msg: aText() });

    it.each([
      ['has bytes after its end', () => `${good()} x`, 'body'],
      ['is two objects', () => `${good()}${good()}`, 'body'],
      ['is null', () => 'null', 'body'],
      ['is a list', () => '[1]', 'body'],
      ['is text', () => '"chatid"', 'body'],
      ['is empty', () => '', 'body'],
      ['is cut off', () => good().slice(0, -3), 'body'],
      ['has no chatid', () => JSON.stringify({ msg: aText() }), 'chatid'],
      ['has a chatid of null', () => JSON.stringify({ chatid: null, msg: aText() }), 'chatid'],
      ['has no msg', () => JSON.stringify({ chatid }), 'msg'],
      ['has a list as msg', () => JSON.stringify({ chatid, msg: [] }), 'msg'],
      [
        'has a content of null',
        () => JSON.stringify({ chatid, msg: { msgtype: 'text', text: { content: null } } }),
        'msg.text.content',
      ],
    ])('because it %s: 400 naming the member', async (_name, body, path) => {
      const answer = await post(`${world.url}/v1/dd/chat/send`, body());
      expect(answer).toMatchObject({ status: 400, body: { error: { kind: 'invalid-request' }, data: [{ path }] } });
      expect(world.platform.ledger.calls()).toHaveLength(0);
    });

    it('because it is not UTF-8: 400', async () => {
      const body = Buffer.concat([Buffer.from('{"chatid":"'), Buffer.from([0xff, 0xfe]), Buffer.from('","msg":{}}')]);
      const answer = await call(`${world.url}/v1/dd/chat/send`, { method: 'POST', body });
      expect(answer).toMatchObject({ status: 400, body: { data: [{ path: 'body' }] } });
    });

    it.each(['[', '{"a":'])(
      'because it nests 20,000 times "%s": 400, and the next request is answered',
      async (open) => {
        const answer = await post(`${world.url}/v1/dd/chat/send`, open.repeat(20_000));
        expect(answer).toMatchObject({ status: 400, body: { data: [{ path: 'body', message: expect.any(String) }] } });
        expect((await world.sendToChat(chatid)).status).toBe(200);
      },
    );

    it('with 10 MB, 20 at once: every one is 413, and the next request is answered', async () => {
      const body = Buffer.alloc(10_000_000, ' ');
      const answers = await times(20, () => call(`${world.url}/v1/dd/chat/send`, { method: 'POST', body }));
      expect(statuses(answers)).toEqual({ 413: 20 });
      expect(answers[0]?.body).toMatchObject({ ok: 0, error: { kind: 'too-large' } });
      expect((await world.sendToChat(chatid)).status).toBe(200);
    });

    it('with 200 kB of unannounced length: 413', async () => {
      const chunk = new Uint8Array(20_000).fill(0x20);
      let sent = 0;
      const body = new ReadableStream<Uint8Array>({
        pull: (controller) => {
          sent += 1;
          if (sent > 10) controller.close();
          else controller.enqueue(chunk);
        },
      });
      const init = { method: 'POST', body, duplex: 'half' } satisfies RequestInit & { duplex: 'half' };
      expect((await call(`${world.url}/v1/dd/chat/send`, init)).status).toBe(413);
    });
  });

  describe('numbers that JavaScript cannot keep', () => {
    it.each(['9007199254740993', '-9007199254740993', '1e400', '1e-400', '0.12345678901234567890123'])(
      '%s inside msg is refused, with the number in the answer',
      async (number) => {
        const msg = `{"msgtype":"text","text":{"content":"x"},"extra":${number}}`;
        const answer = await post(`${world.url}/v1/dd/chat/send`, `{"chatid":"${chatid}","msg":${msg}}`);
        expect(answer).toMatchObject({ status: 400, body: { data: [{ path: 'body' }] } });
        expect(JSON.stringify(answer.body.data)).toContain(number);
        expect(world.platform.ledger.calls()).toHaveLength(0);
      },
    );

    it('as text they travel digit by digit', async () => {
      const msg = { ...aText(), extra: '9007199254740993' };
      expect((await world.sendToChat(chatid, msg)).status).toBe(200);
      expect(world.platform.ledger.messages()[0]?.content).toEqual(msg);
    });
  });

  describe('what old callers do', () => {
    it('a chatid as a number is forwarded as text', async () => {
      const answer = await world.sendToChat(2_026_001);
      expect(answer).toMatchObject({ status: 422, body: { error: { kind: 'rejected', errcode: 34001 } } });
      expect(JSON.parse(world.platform.ledger.calls({ path: '/chat/send' })[0]?.body ?? '')).toMatchObject({
        chatid: '2026001',
      });
    });

    it.each([
      ['/v1/dd/chat/create', () => aGroup()],
      ['/v1/dd/chat/send', () => ({ chatid, msg: aText() })],
      ['/v1/dd/topapi/message', () => aNotice()],
    ])('JSON called text/plain is accepted by %s', async (path, body) => {
      const answer = await post(world.url + path, body(), { headers: { 'Content-Type': 'text/plain' } });
      expect(answer).toMatchObject({ status: 200, body: { ok: 1 } });
    });

    it('members that nobody knows are ignored', async () => {
      expect((await world.notify(aNotice({ debug: true }))).status).toBe(200);
    });
  });

  it('half a header, then silence: closed within seconds', async () => {
    const socket = connect(Number(new URL(world.url).port), '127.0.0.1');
    const started = performance.now();
    socket.write('POST /v1/dd/chat/send HTTP/1.1\r\nHost: gateway\r\nContent-Le');
    socket.resume();
    await once(socket, 'close');
    expect(performance.now() - started).toBeLessThan(9_000);
  });

  it('a forged X-Forwarded-For lets nobody in, and nobody out', async () => {
    const { url } = await ownWorld({ settings: { 'access.allow': ['10.0.1.7', '127.0.0.1'] } });
    const from = (headers: Record<string, string>): Promise<TestAnswer> => call(`${url}/sys/check`, { headers });
    expect(await from({})).toMatchObject({ status: 200, text: '127.0.0.1' });
    expect(await from({ 'X-Forwarded-For': '10.0.1.7' })).toMatchObject({ status: 403, text: '非法来访: 127.0.0.1' });
    expect((await from({ 'X-Forwarded-For': '127.0.0.1' })).status).toBe(403);
    expect((await from({ 'X-Real-IP': '10.9.9.9' })).text).toBe('127.0.0.1');
  });

  it('200 requests at the first instant: exactly one gettoken', async () => {
    const platform = await new DingTalkSimulator().start();
    platform.faults.next({ kind: 'delay', ms: 150 }, { path: '/gettoken' });
    const { notify, close } = dingTalkWorld(platform, await startTestGateway({ simulators: [platform] }));
    onTestFinished(close);

    const answers = await times(200, () => notify());

    expect(statuses(answers)).toEqual({ 200: 200 });
    expect(platform.tokenRequests()).toBe(1);
  });
});

describe('no secret leaves', () => {
  const app = {
    name: 'default',
    appKey: 'canary-key-7Qm2Vx9Lp4',
    appSecret: 'canary-secret-Hs8Kd3Wz6Bn1Yt5R',
    agentId: 1_000_001,
  };
  const everyFault: readonly Fault[] = [
    { kind: 'status', status: 500, body: 'oops' },
    { kind: 'json', body: {} },
    { kind: 'html' },
    { kind: 'empty' },
    { kind: 'truncated' },
    { kind: 'hang' },
    { kind: 'process-then-hang' },
    { kind: 'cut-before-read' },
    { kind: 'cut-after-read' },
    { kind: 'redirect', to: '/elsewhere' },
    { kind: 'huge', bytes: 1_000_000 },
    { kind: 'drip', everyMs: 30 },
    { kind: 'string-errcode' },
    { kind: 'wrong-content-type' },
    { kind: 'code', errcode: 40014, errmsg: '不合法的access_token' },
    { kind: 'code', errcode: 60020, errmsg: `访问ip不在白名单之中 appKey(${app.appKey})` },
    { kind: 'code', errcode: 777_777, errmsg: 'a code that nobody knows' },
  ];

  it('whatever fails: neither keys nor tokens nor addresses are in answers, logs, status or Redis', async () => {
    const redis = await startRedis();
    onTestFinished(() => redis.close());
    const { platform, gateway, url, notify, newChat, sendToChat, upload, close } = await startDingTalkWorld({
      dingtalk: { apps: [app] },
      settings: { 'outbound.timeoutMs': 300, 'outbound.uploadTimeoutMs': 300, 'redis.url': redis.url },
      logLevel: 'trace',
    });
    const { host } = new URL(platform.url);
    let closed = false;
    onTestFinished(async () => (closed ? undefined : close()));
    const chatid = await newChat();
    const answers: TestAnswer[] = [];
    for (const fault of everyFault) {
      platform.faults.next(fault, { times: 3 });
      answers.push(...(await Promise.all([notify(), sendToChat(chatid), upload()])));
      platform.faults.clear();
      platform.revokeTokens();
      // Refused credentials are remembered for a minute: they come last.
      if (fault.kind === 'code') continue;
      platform.faults.next(fault, { path: '/gettoken', times: 2 });
      answers.push(await notify());
      platform.faults.clear();
    }
    // The platform quotes the token that it refuses, as some error pages do.
    const [quoted = ''] = tokensOf(platform).slice(-1);
    platform.faults.next({ kind: 'code', errcode: 777_778, errmsg: `no access for access_token=${quoted}` });
    answers.push(await notify());
    answers.push(await notify({ msg: {} }), await call(`${url}/v1/nowhere?access_token=${quoted}`));
    answers.push(await call(`${url}/sys/status`), await call(`${url}/v1/dd/chat/get?chatid=none`));
    const dump = redis.dump();
    platform.revokeTokens();
    platform.rejectCredentials(true);
    answers.push(await notify(), await call(`${url}/sys/status`));
    await platform.close();
    answers.push(await notify());
    await gateway.close();
    closed = true;

    const tokens = tokensOf(platform);
    expect(tokens.length).toBeGreaterThan(5);
    expect(dump).toContain('{mc}:token:');
    const written: readonly [string, string][] = [
      ['answers', answers.map(({ text, headers }) => text + JSON.stringify([...headers])).join('\n')],
      ['log', gateway.logs.join('\n')],
      ['Redis', dump],
    ];
    const canaries = [app.appKey, app.appSecret, ...tokens, host];
    for (const [where, text] of written) {
      for (const canary of canaries) expect(text, `${canary} in the ${where}`).not.toContain(canary);
    }
  });
});

async function tokenStatus(url: string): Promise<unknown> {
  const { tokens } = (await call(`${url}/sys/status`)).body as unknown as { tokens: readonly unknown[] };
  return tokens[0];
}
