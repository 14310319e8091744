import { createHash } from 'node:crypto';
import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { DingTalkModule } from '../../src/providers/dingtalk/dingtalk.module.js';
import { dingtalk } from '../../src/providers/dingtalk/dingtalk.provider.js';
import { DEFAULT_APP } from '../../src/providers/dingtalk/simulator/dingtalk.simulator.js';
import type { Fault } from '../../src/simulator/faults.js';
import {
  aForm,
  aGroup,
  aNotice,
  aText,
  NOTICE_CALL,
  startDingTalkWorld,
  type DingTalkWorld,
  type DingTalkWorldOptions,
} from '../support/dingtalk.js';
import { call, post, type TestAnswer } from '../support/gateway.js';

const MEMBERS = ['id', 'ok', 'code', 'msg', 'data', 'count'];
const ERROR_MEMBERS = ['kind', 'provider', 'errcode', 'errmsg', 'hint', 'retryable', 'retryAfter', 'docs', 'requestId'];

/** A platform and a gateway for one test alone. */
async function ownWorld(options: DingTalkWorldOptions = {}): Promise<DingTalkWorld> {
  const own = await startDingTalkWorld(options);
  onTestFinished(() => own.close());
  return own;
}

/** A refusal of the platform. */
function code(errcode: number, members: Readonly<Record<string, unknown>> = {}): Fault {
  return { kind: 'code', errcode, errmsg: `平台说 ${errcode}`, ...members };
}

function pathsOf({ body }: TestAnswer): string[] {
  return (body.data as readonly { path: string }[]).map(({ path }) => path);
}

describe('the response envelope', () => {
  let world: DingTalkWorld;
  let chatid: string;

  beforeAll(async () => {
    world = await startDingTalkWorld({
      dingtalk: { apps: [DEFAULT_APP, { name: 'ops', appKey: 'ops-key', appSecret: 'ops-secret', agentId: 2_002 }] },
      settings: { 'outbound.timeoutMs': 10_000 },
    });
    chatid = await world.newChat();
  });
  afterEach(() => {
    world.platform.faults.clear();
    world.platform.ledger.clear();
  });
  afterAll(() => world.close());

  const send = (body: unknown, init: RequestInit = {}, path = ''): Promise<TestAnswer> =>
    post(`${world.url}/v1/dd/topapi/message${path}`, body, init);
  const english = { headers: { 'Accept-Language': 'en' } };

  describe('has a form one can rely on', () => {
    it('a success has exactly the six members, in order', async () => {
      const { status, headers, body } = await send(aNotice());
      expect(status).toBe(200);
      expect(headers.get('content-type')).toMatch(/^application\/json/);
      expect(Object.keys(body)).toEqual(MEMBERS);
      expect(body).toEqual({ id: 1, ok: 1, code: 0, msg: '', data: expect.any(Number), count: 0 });
    });

    it('a failure has the six members and the error, whose members are always the same', async () => {
      world.platform.faults.next(code(34014));
      const { body } = await world.sendToChat(chatid);
      expect(Object.keys(body)).toEqual([...MEMBERS, 'error']);
      expect(Object.keys(body.error ?? {})).toEqual(ERROR_MEMBERS);
      expect(body).toEqual({
        id: 0,
        ok: 0,
        code: 1,
        msg: '群消息发送失败',
        data: '[34014] 平台说 34014',
        count: 0,
        error: {
          kind: 'rejected',
          provider: 'dingtalk',
          errcode: 34014,
          errmsg: '平台说 34014',
          hint: expect.any(String),
          retryable: false,
          retryAfter: null,
          docs: expect.stringContaining('rejected'),
          requestId: expect.any(String),
        },
      });
    });

    it('a route that does not exist has it as well', async () => {
      const { status, body } = await call(`${world.url}/v1/nowhere`);
      expect(status).toBe(404);
      expect(Object.keys(body)).toEqual([...MEMBERS, 'error']);
    });

    it('count says how many complaints there are', async () => {
      const { body } = await post(`${world.url}/v1/dd/chat/create`, {});
      expect(body).toMatchObject({ msg: '参数格式有误', count: 3 });
      expect(body.data).toHaveLength(3);
    });

    it('every operation says in its own words what failed', async () => {
      world.platform.faults.always(code(34014));
      const answers = [
        await post(`${world.url}/v1/dd/chat/create`, aGroup()),
        await world.sendToChat(chatid),
        await send(aNotice()),
        await world.upload(),
      ];
      expect(answers.map(({ body }) => body.msg)).toEqual([
        '创建会话失败',
        '群消息发送失败',
        '工作通知发送失败',
        '资源上传失败',
      ]);
    });

    it('two operations that fail together for the same token keep their own words', async () => {
      const { platform, notify, upload } = await ownWorld();
      platform.rejectCredentials(true);
      platform.revokeTokens();
      const [notice, file] = await Promise.all([notify(), upload()]);
      expect([notice.body.msg, file.body.msg]).toEqual(['工作通知发送失败', '资源上传失败']);
    });
  });

  describe('tells every kind of failure by its HTTP status', () => {
    const refusals: readonly [kind: string, status: number, Fault][] = [
      ['rejected', 422, code(34014)],
      ['rejected', 422, code(777_777)],
      ['credentials', 502, code(40056)],
      ['permission', 502, code(88, { sub_code: '60011', sub_msg: '应用尚未开通所需的权限：[qyapi_robot_sendmsg]' })],
      ['ip-not-allowed', 502, code(60020, { errmsg: '访问ip不在白名单之中,request ip=203.0.113.7' })],
      ['provider-throttled', 429, code(88, { sub_code: '90018', sub_msg: 'qps' })],
      ['provider-quota', 429, code(90020)],
      ['provider-quota', 429, code(143_106)],
      ['provider-unavailable', 502, code(-1)],
      ['provider-unavailable', 502, { kind: 'json', status: 500, body: { errcode: -1, errmsg: '系统繁忙' } }],
      ['outcome-unknown', 504, { kind: 'json', status: 502, body: { errcode: 777_777, errmsg: 'upstream reset' } }],
      ['outcome-unknown', 504, { kind: 'empty' }],
    ];

    it.each(refusals)('%s is %i', async (kind, status, fault) => {
      world.platform.faults.next(fault);
      const answer = await send(aNotice());
      expect(answer).toMatchObject({ status, body: { ok: 0, error: { kind, provider: 'dingtalk' } } });
    });

    it('invalid-request is 400', async () => {
      expect(await send({})).toMatchObject({ status: 400, body: { error: { kind: 'invalid-request' } } });
    });

    it('forbidden is 403', async () => {
      const answer = await send(aNotice(), { headers: { 'X-Forwarded-For': '10.0.0.1' } });
      expect(answer).toMatchObject({ status: 403, body: { error: { kind: 'forbidden' } } });
      expect(answer.body.msg).toMatch(/^非法来访: /);
    });

    it('not-found is 404', async () => {
      const answer = await call(`${world.url}/v1/dd/topapi/message`);
      expect(answer).toMatchObject({ status: 404, body: { error: { kind: 'not-found' } } });
    });

    it('too-large is 413', async () => {
      const answer = await send(aNotice({ padding: 'x'.repeat(200_000) }));
      expect(answer).toMatchObject({ status: 413, body: { error: { kind: 'too-large' } } });
    });

    it('unsupported-media is 415', async () => {
      const answer = await send({ task_id: '1' }, { headers: { 'Content-Type': 'text/plain' } }, '/progress');
      expect(answer).toMatchObject({ status: 415, body: { error: { kind: 'unsupported-media' } } });
    });

    it('provider-unavailable is 502 when the token cannot be had, since nothing was sent', async () => {
      const { platform, notify } = await ownWorld();
      platform.revokeTokens();
      platform.faults.always({ kind: 'html' }, { path: '/gettoken' });
      const answer = await notify();
      expect(answer).toMatchObject({
        status: 502,
        body: { error: { kind: 'provider-unavailable', provider: 'dingtalk', retryable: true } },
      });
      expect(platform.ledger.messages()).toHaveLength(0);
    });

    it('provider-unavailable is 502 when the token takes too long, since nothing was sent', async () => {
      const { platform, notify } = await ownWorld({ settings: { 'outbound.timeoutMs': 200 } });
      platform.faults.always({ kind: 'hang' }, { path: '/gettoken' });
      platform.revokeTokens();
      const answer = await notify();
      expect(answer).toMatchObject({
        status: 502,
        body: { error: { kind: 'provider-unavailable', provider: 'dingtalk', retryable: true } },
      });
    });

    it('unavailable is 503 when an app has too many calls in flight', async () => {
      const { platform, notify } = await ownWorld({ settings: { 'providers.dingtalk.maxInFlight': 2 } });
      platform.faults.always({ kind: 'delay', ms: 100 });
      const answers = await Promise.all(Array.from({ length: 5 }, () => notify()));
      const refused = answers.filter(({ status }) => status === 503);
      expect(refused).toHaveLength(3);
      expect(refused[0]?.body.error).toMatchObject({ kind: 'unavailable', retryable: true, retryAfter: 1 });
      expect(refused[0]?.headers.get('retry-after')).toBe('1');
      platform.faults.clear();
      expect((await notify()).status).toBe(200);
    });

    it('internal is 500, with an id that is in the log and not a word of what went wrong', async () => {
      const broken = {
        ...dingtalk,
        verdict: () => {
          throw new TypeError('a bug of ours');
        },
      };
      const { platform, gateway, sendToChat, newChat } = await ownWorld({
        providers: [{ definition: broken, module: DingTalkModule }],
      });
      const chat = await newChat();
      platform.faults.next(code(34014));
      const answer = await sendToChat(chat);
      expect(answer).toMatchObject({
        status: 500,
        body: { data: null, error: { kind: 'internal', retryable: false } },
      });
      expect(answer.text).not.toContain('a bug of ours');
      const id = String(answer.body.error?.requestId);
      expect(gateway.logs.find((line) => line.includes(id) && line.includes('a bug of ours'))).toBeDefined();
    });
  });

  describe('helps', () => {
    it('quotes the address that the platform saw', async () => {
      world.platform.faults.next(code(60020, { errmsg: '访问ip不在白名单之中,request ip=203.0.113.7' }));
      const { body } = await world.sendToChat(chatid);
      expect(body.error?.hint).toContain('203.0.113.7');
    });

    it('says when to try again, in header and body', async () => {
      world.platform.faults.next(code(90018));
      const { headers, body } = await world.sendToChat(chatid);
      expect(headers.get('retry-after')).toBe(String(body.error?.retryAfter));
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    });

    it('does not say when to try again where that is of no use', async () => {
      world.platform.faults.next(code(90020));
      expect((await world.sendToChat(chatid)).headers.get('retry-after')).toBeNull();
    });

    it('speaks Chinese, and English to whoever prefers it', async () => {
      world.platform.faults.always(code(34014));
      const chinese = await world.sendToChat(chatid);
      const answer = await world.sendToChat(chatid, aText(), { headers: { 'Accept-Language': 'en-GB,zh;q=0.5' } });
      expect(chinese.body.msg).toBe('群消息发送失败');
      expect(answer.body.msg).toBe('The group message was not sent');
      expect(answer.body.error?.hint).toMatch(/^[\x20-\x7e]+$/);
      expect(answer.body.data).toBe(chinese.body.data);
    });

    it('lists what is wrong in English as well', async () => {
      const { body } = await post(`${world.url}/v1/dd/chat/create`, aGroup({ owner: undefined }), english);
      expect(body).toMatchObject({
        msg: 'The request is not valid',
        data: [{ path: 'owner', message: 'is required' }],
      });
    });
  });

  describe('carries the id of the request', () => {
    it('which the caller may choose, and finds in the log', async () => {
      const answer = await send({}, { headers: { 'X-Request-Id': 'order-42.retry:1' } });
      expect(answer.headers.get('x-request-id')).toBe('order-42.retry:1');
      expect(answer.body.error?.requestId).toBe('order-42.retry:1');
      expect(world.gateway.logs.some((line) => line.includes('"requestId":"order-42.retry:1"'))).toBe(true);
    });

    it.each(['a b', 'x'.repeat(129), '{"a":1}', 'ünïcode', '<script>', ''])(
      'but not as "%s": it gets one of ours',
      async (id) => {
        const { headers } = await send({}, { headers: { 'X-Request-Id': Buffer.from(id).toString('latin1') } });
        expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
      },
    );
  });

  describe('is 200 whatever happens, where system A’s habit is wanted', () => {
    it('for everybody', async () => {
      const { url, platform, notify } = await ownWorld({ settings: { 'envelope.httpStatus': 'always-200' } });
      platform.faults.next(code(33012));
      expect(await notify()).toMatchObject({ status: 200, body: { ok: 0, error: { kind: 'rejected' } } });
      expect(await notify({})).toMatchObject({ status: 200, body: { ok: 0, error: { kind: 'invalid-request' } } });
      expect(await call(`${url}/v1/nowhere`)).toMatchObject({ status: 200, body: { error: { kind: 'not-found' } } });
      expect((await call(`${url}/sys/check`, { headers: { 'X-Forwarded-For': '10.0.0.1' } })).status).toBe(403);
    });

    it('for one entry of the allow-list, and nobody else', async () => {
      const { notify } = await ownWorld({
        settings: {
          'server.trustProxy': ['127.0.0.1'],
          'access.allow': [{ cidr: '10.0.0.7', httpStatus: 'always-200' }, '10.0.0.8'],
        },
      });
      const from = (address: string): Promise<TestAnswer> => notify({}, { headers: { 'X-Forwarded-For': address } });
      expect((await from('10.0.0.7')).status).toBe(200);
      expect((await from('10.0.0.8')).status).toBe(400);
    });

    it('except for one entry that wants honest ones', async () => {
      const { notify } = await ownWorld({
        settings: {
          'envelope.httpStatus': 'always-200',
          'access.allow': [{ cidr: '127.0.0.1', httpStatus: 'semantic' }],
        },
      });
      expect((await notify({})).status).toBe(400);
    });
  });

  describe('chooses the app', () => {
    it.each([
      ['X-App', { headers: { 'X-App': 'ops' } }, ''],
      ['?app=', {}, '?app=ops'],
    ])('by %s, each with a token of its own', async (_name, init, query) => {
      expect((await send(aNotice(), init, query)).status).toBe(200);
      expect((await send(aNotice())).status).toBe(200);
      expect(world.platform.ledger.messages().map(({ app }) => app)).toEqual(['ops', 'default']);
      const [ops, other] = world.platform.ledger.calls({ path: NOTICE_CALL });
      expect(ops?.query.access_token).not.toBe(other?.query.access_token);
      expect(JSON.parse(ops?.body ?? '')).toMatchObject({ agent_id: 2_002 });
    });

    it('for reading as well', async () => {
      const answer = await call(`${world.url}/v1/dd/chat/get?chatid=${chatid}&app=ops`);
      expect(answer).toMatchObject({ status: 200, body: { data: { chatid } } });
    });

    it('an unknown one is 400 and names those that are configured', async () => {
      const answer = await send(aNotice(), { headers: { 'X-App': 'nobody' } });
      expect(answer).toMatchObject({ status: 400, body: { data: [{ path: 'app' }] } });
      expect(JSON.stringify(answer.body.data)).toMatch(/default, ops/);
      expect(world.platform.ledger.calls()).toHaveLength(0);
    });

    it.each(['?app=', '?app=a&app=b', '?app=../x', '?app[x]=ops'])('a name that is none (%s) is 400', async (query) => {
      expect((await send(aNotice(), {}, query)).status).toBe(400);
      expect(world.platform.ledger.calls()).toHaveLength(0);
    });

    it.each([1_000_001, '1000001', null])('agent_id %j is that of the app: accepted', async (agent_id) => {
      expect((await send(aNotice({ agent_id }))).status).toBe(200);
    });

    it('another agent_id is refused, since nobody may believe to have sent as somebody else', async () => {
      const answer = await send(aNotice({ agent_id: 42 }));
      expect(answer).toMatchObject({ status: 400, body: { data: [{ path: 'agent_id' }] } });
      expect(world.platform.ledger.calls()).toHaveLength(0);
    });
  });

  describe('refuses what would be misunderstood', () => {
    it.each([
      ['/v1/dd/topapi/message', '?dryrun=true', 'query.dryrun'],
      ['/v1/dd/chat/send', '?asnyc=1', 'query.asnyc'],
      ['/v1/dd/chat/create', '?x', 'query.x'],
      ['/v1/dd/topapi/message/progress', '?wait=1', 'query.wait'],
    ])('%s%s: 400 naming the parameter', async (path, query, name) => {
      const bodies: Record<string, unknown> = {
        '/v1/dd/topapi/message': aNotice(),
        '/v1/dd/chat/send': { chatid, msg: aText() },
        '/v1/dd/chat/create': aGroup(),
        '/v1/dd/topapi/message/progress': { task_id: '1' },
      };
      const answer = await post(world.url + path + query, bodies[path]);
      expect(answer).toMatchObject({ status: 400, body: { data: [{ path: name }] } });
      expect(world.platform.ledger.calls()).toHaveLength(0);
    });

    it('an unknown parameter of a reading route: 400, once', async () => {
      const answer = await call(`${world.url}/v1/dd/chat/get?chatid=${chatid}&verbose=1`);
      expect(answer).toMatchObject({ status: 400, body: { data: [{ path: 'query.verbose' }], count: 1 } });
    });

    it.each([
      ['/v1/dd/topapi/message/progress', { task_id: '1', extra: 1 }, 'extra'],
      ['/v1/dd/topapi/message/recall', { task_id: '1', taskid: '2' }, 'taskid'],
      ['/v1/dd/chat/update', { chatid: 'c', title: 'x' }, 'title'],
    ])('an unknown member of %s: 400 naming it', async (path, body, member) => {
      const answer = await post(world.url + path, body);
      expect(answer).toMatchObject({ status: 400, body: { data: [{ path: member }] } });
    });

    it.each([
      ['/v1/dd/topapi/message', () => aNotice({ extra: { deep: true } })],
      ['/v1/dd/chat/send', () => ({ chatid, msg: aText(), sender: 'me' })],
      ['/v1/dd/chat/create', () => aGroup({ uuid: '1' })],
    ])('an unknown member of %s is ignored, as in system A, and not forwarded', async (path, body) => {
      expect((await post(world.url + path, body())).status).toBe(200);
      const forwarded = world.platform.ledger.calls()[0]?.body ?? '';
      expect(forwarded).not.toMatch(/extra|sender|uuid/);
    });

    it.each(['/v1/dd/chat/update', '/v1/dd/topapi/message/result', '/v1/dd/topapi/message/recall'])(
      'a body of another type for %s: 415',
      async (path) => {
        const answer = await post(world.url + path, { task_id: '1' }, { headers: { 'Content-Type': 'text/plain' } });
        expect(answer.status).toBe(415);
      },
    );

    it.each(['application/json; charset=utf-16', 'application/json; charset=gbk'])('%s: 415', async (type) => {
      const answer = await send({ task_id: '1' }, { headers: { 'Content-Type': type } }, '/progress');
      expect(answer.status).toBe(415);
    });

    it('a compressed body: 415', async () => {
      expect((await send(aNotice(), { headers: { 'Content-Encoding': 'gzip' } })).status).toBe(415);
    });
  });

  describe('takes ids as people write them', () => {
    const people = (): unknown => world.platform.ledger.messages()[0]?.recipients;

    it.each([
      ['text', 'zhangsan,lisi'],
      ['text with blanks and holes', ' zhangsan , ,lisi,'],
      ['a list', ['zhangsan', 'lisi']],
    ])('users as %s', async (_name, userid_list) => {
      expect((await send(aNotice({ userid_list }))).status).toBe(200);
      expect(people()).toEqual({ users: ['zhangsan', 'lisi'] });
    });

    it.each([
      ['a number', 2],
      ['text', '2'],
      ['a list of numbers', [2]],
    ])('departments as %s', async (_name, dept_id_list) => {
      expect((await send(aNotice({ userid_list: undefined, dept_id_list }))).status).toBe(200);
      expect(people()).toEqual({ departments: ['2'] });
    });

    it('members of a group as text', async () => {
      const answer = await post(`${world.url}/v1/dd/chat/create`, aGroup({ useridlist: 'manager4220,zhangsan' }));
      expect(answer.status).toBe(200);
    });

    it('nobody at all: 400', async () => {
      expect(pathsOf(await send(aNotice({ userid_list: '' })))).toEqual(['userid_list']);
    });
  });

  describe('keeps task ids exact', () => {
    it('above 2^53, from sending to recalling', async () => {
      const big = await ownWorld({ dingtalk: { bigTaskIds: true } });
      const at = `${big.url}/v1/dd/topapi/message`;
      const sent = await big.notify();
      const task_id = sent.body.data;
      expect(task_id).toBe('9007199254740993');

      expect((await post(`${at}/progress`, { task_id })).body.data).toEqual({ progress_in_percent: 100, status: 2 });
      expect((await post(`${at}/result`, { task_id })).body.data).toEqual({ unread_user_id_list: ['zhangsan'] });
      expect(await post(`${at}/recall`, { task_id })).toMatchObject({ status: 200, body: { ok: 1, data: null } });
      expect(big.platform.ledger.message('9007199254740993')?.recalledAt).toBeDefined();
    });

    it('and takes them back as number or text, under either name', async () => {
      const { data } = (await send(aNotice())).body;
      expect((await send({ task_id: data }, {}, '/progress')).status).toBe(200);
      expect((await send({ task_id: String(data) }, {}, '/progress')).status).toBe(200);
      expect((await send({ msg_task_id: data }, {}, '/recall')).status).toBe(200);
    });

    it.each(['1 OR 1', '-1', '1.5', '1,"agent_id":2'])('but not %s', async (task_id) => {
      expect(await send({ task_id }, {}, '/progress')).toMatchObject({
        status: 400,
        body: { data: [{ path: 'task_id' }] },
      });
      expect(world.platform.ledger.calls()).toHaveLength(0);
    });
  });
});

describe('uploading a file', () => {
  let world: DingTalkWorld;

  beforeAll(async () => {
    const image = { ext: '.png.jpg', size: 10 };
    world = await startDingTalkWorld({ settings: { 'providers.dingtalk.apps.default.media': { image } } });
  });
  afterAll(() => world.close());

  it('gives its media id, and the platform has exactly its bytes and its Chinese name', async () => {
    const bytes = Buffer.from([0, 1, 2, 255, 13, 10]);
    const { status, body } = await world.upload({ fileName: '季度报表（终稿）.png', bytes });
    expect(status).toBe(200);
    expect(world.platform.uploaded(String(body.data))).toMatchObject({
      type: 'image',
      filename: '季度报表（终稿）.png',
      bytes: 6,
      sha256: createHash('sha256').update(bytes).digest('hex'),
    });
  });

  it('too large by the configuration: 413 文件太大', async () => {
    const answer = await world.upload({ bytes: Buffer.alloc(10 * 1024 + 1) });
    expect(answer).toMatchObject({ status: 413, body: { msg: '文件太大', error: { kind: 'too-large' } } });
    expect(answer.body.error?.hint).toContain('10');
  });

  it('exactly as large as configured: accepted', async () => {
    expect((await world.upload({ bytes: Buffer.alloc(10 * 1024) })).status).toBe(200);
  });

  it('too large for the platform: 413 文件太大 as well', async () => {
    const answer = await world.upload({ bytes: Buffer.alloc(20 * 1024 * 1024 + 1) });
    expect(answer).toMatchObject({ status: 413, body: { msg: '文件太大' } });
  });

  it.each(['report.exe', 'png', 'a.png.exe', 'a.png '])('named "%s": 415 文件格式不支持', async (fileName) => {
    const answer = await world.upload({ fileName });
    expect(answer).toMatchObject({ status: 415, body: { msg: '文件格式不支持', data: '.png.jpg' } });
  });

  it('an extension in capitals is the same extension', async () => {
    expect((await world.upload({ fileName: 'A.PNG' })).status).toBe(200);
  });

  it('an unknown type: 400', async () => {
    expect(pathsOf(await world.upload({ type: 'sticker' }))).toEqual(['type']);
  });

  it('no file: 400 naming it', async () => {
    const form = aForm();
    form.delete('media');
    expect(pathsOf(await world.upload({}, { body: form }))).toEqual(['media']);
  });

  it('an empty file: 400 naming it', async () => {
    expect(pathsOf(await world.upload({ bytes: Buffer.alloc(0) }))).toEqual(['media']);
  });

  it('no form at all: 415', async () => {
    const answer = await post(`${world.url}/v1/dd/media/upload`, { type: 'image' });
    expect(answer.status).toBe(415);
  });

  describe('that is an attack', () => {
    const boundary = 'attack';
    const part = (name: string, value: string, fileName = ''): string =>
      `--${boundary}\r\nContent-Disposition: form-data; name="${name}"${fileName && `; filename="${fileName}"`}\r\n\r\n${value}\r\n`;
    const end = `--${boundary}--\r\n`;
    const type = part('type', 'image');
    const file = part('media', 'pixels', 'a.png');

    const attacks: readonly [string, string][] = [
      ['10,000 fields', part('x', '1').repeat(10_000) + type + file + end],
      ['10,000 files', file.repeat(10_000) + end],
      ['a second file', type + file + part('other', 'x', 'b.png') + end],
      ['the file under another name', type + part('upload', 'pixels', 'a.png') + end],
      ['a field without a name', part('', '1') + end],
      ['a long field name', part('n'.repeat(10_000), '1') + type + file + end],
      ['a long field', part('type', 'x'.repeat(100_000)) + file + end],
      ['a part without headers', `--${boundary}\r\n\r\nx\r\n${end}`],
      ['no end', type + file],
      ['an end within a header', `--${boundary}\r\nContent-Disposition: form-da`],
      ['no parts', end],
      ['no bytes', ''],
      ['another boundary', (type + file + end).replaceAll(boundary, 'other')],
      ['a prototype as field', part('__proto__', 'x') + part('constructor[prototype][x]', 'y') + end],
    ];

    it.each(attacks)('with %s: 4xx, and the next upload works', async (_name, body) => {
      const answer = await world.upload(
        {},
        { body, headers: { 'Content-Type': `multipart/form-data; boundary=${boundary}` } },
      );
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(answer.status).toBeLessThan(500);
      expect(answer.body.ok).toBe(0);
      expect((await world.upload()).status).toBe(200);
    });

    it('without a boundary: 4xx, and the next upload works', async () => {
      const answer = await world.upload({}, { body: file, headers: { 'Content-Type': 'multipart/form-data; x=1' } });
      expect(Math.floor(answer.status / 100)).toBe(4);
      expect((await world.upload()).status).toBe(200);
    });

    it('cut off in the middle: the next upload works', async () => {
      const socket = connect(Number(new URL(world.url).port), '127.0.0.1');
      socket.write(
        `POST /v1/dd/media/upload HTTP/1.1\r\nHost: gateway\r\nContent-Length: 100000\r\n` +
          `Content-Type: multipart/form-data; boundary=${boundary}\r\n\r\n${type}${file.slice(0, 80)}`,
      );
      await new Promise((resolve) => setTimeout(resolve, 50));
      socket.destroy();
      expect((await world.upload()).status).toBe(200);
    });
  });
});
