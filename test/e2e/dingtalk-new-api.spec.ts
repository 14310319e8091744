import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_APP, DingTalkSimulator } from '../../src/providers/dingtalk/simulator/dingtalk.simulator.js';
import { anOto, GROUP, GROUP_CALL, OTO, OTO_CALL, ROBOT_MESSAGES } from '../support/dingtalk-robot.js';
import { aGroup } from '../support/dingtalk.js';
import { call, post, startTestGateway, type TestAnswer, type TestGateway } from '../support/gateway.js';

const OPS = {
  name: 'ops',
  appKey: 'dingopskey',
  appSecret: 'ops-secret-Zk3vQ8mT1x',
  agentId: 2,
  robotCode: 'dingopsrobot',
};

describe('DingTalk’s new API through the gateway', () => {
  let platform: DingTalkSimulator;
  let gateway: TestGateway;
  let openConversationId: string;
  let chatid: string;

  const send = (path: string, body: unknown, headers: Record<string, string> = {}): Promise<TestAnswer> =>
    post(gateway.url + path, body, { headers: { 'Accept-Language': 'en', ...headers } });
  const toGroup = (overrides: Record<string, unknown> = {}): Record<string, unknown> => {
    const { userIds: _userIds, ...message } = anOto(overrides);
    return { openConversationId, ...message };
  };
  const bodies = (path: string): readonly Record<string, unknown>[] =>
    platform.ledger.calls({ path }).map(({ body }) => JSON.parse(body) as Record<string, unknown>);
  const answerNext = (path: string, status: number, body: unknown): void => {
    platform.faults.next(
      { kind: 'status', status, body: JSON.stringify(body), contentType: 'application/json' },
      { path },
    );
  };

  beforeAll(async () => {
    platform = await new DingTalkSimulator({ apps: [DEFAULT_APP, OPS] }).start();
    gateway = await startTestGateway({ simulators: [platform] });
    const { body } = await send('/v1/dd/group/create', aGroup());
    ({ openConversationId, chatid } = body.data as { openConversationId: string; chatid: string });
  });
  beforeEach(() => {
    platform.faults.clear();
    platform.ledger.clear();
  });
  afterAll(async () => {
    await gateway.close();
    await platform.close();
  });

  describe('messages', () => {
    it.each(ROBOT_MESSAGES)(
      '%s arrives one-to-one and in a group, its content as JSON text',
      async (msgKey, message) => {
        platform.prepare('robot-oto.send', message);

        const oto = await send(`${OTO}/send`, { userIds: 'zhangsan,lisi', ...message });
        const group = await send(`${GROUP}/send`, { openConversationId, ...message });

        expect([oto.status, group.status], oto.text + group.text).toEqual([200, 200]);
        const msgParam = JSON.stringify(message.msgParam);
        expect(bodies(OTO_CALL)).toEqual([
          { robotCode: 'dingsimkey', userIds: ['zhangsan', 'lisi'], msgKey, msgParam },
        ]);
        expect(bodies(GROUP_CALL)).toEqual([{ robotCode: 'dingsimkey', openConversationId, msgKey, msgParam }]);
        expect(platform.ledger.messages()).toMatchObject([
          {
            id: (oto.body.data as { processQueryKey: string }).processQueryKey,
            operation: 'robot-oto.send',
            msgtype: msgKey,
          },
          {
            id: group.body.data,
            operation: 'robot-group.send',
            msgtype: msgKey,
            recipients: { chat: openConversationId },
          },
        ]);
      },
    );

    it('carry their token in the header and nowhere else', async () => {
      await send(`${OTO}/send`, anOto());
      const [made] = platform.ledger.calls({ path: OTO_CALL });
      expect(made?.headers['x-acs-dingtalk-access-token']).toMatch(/^[0-9a-f]{32}$/);
      expect({ query: made?.query, authorization: made?.headers.authorization }).toEqual({ query: {} });
    });

    it('can be asked about and taken back, in part', async () => {
      const { processQueryKey: key } = (await send(`${OTO}/send`, anOto())).body.data as { processQueryKey: string };
      expect((await send(`${OTO}/query`, { processQueryKey: key })).body.data).toEqual({
        sendStatus: 'SUCCESS',
        messageReadInfoList: [{ name: '张三', userId: 'zhangsan', readStatus: 'UNREAD' }],
      });

      const partly = await send(`${OTO}/recall`, { processQueryKeys: [key, 'unknown='] });
      expect(partly.body.data).toEqual({ successResult: [key], failedResult: { 'unknown=': expect.any(String) } });
      expect(platform.ledger.message(key)?.recalledAt).toBeDefined();
      const again = await send(`${OTO}/recall`, { processQueryKeys: key });
      expect(again).toMatchObject({ status: 422, body: { error: { kind: 'rejected' }, data: { successResult: [] } } });
      expect((await send(`${OTO}/query`, { processQueryKey: key })).body.data).toMatchObject({
        sendStatus: 'RECALLED',
      });
    });

    it('in a group too', async () => {
      const key = String((await send(`${GROUP}/send`, toGroup())).body.data);
      const query = await send(`${GROUP}/query`, { openConversationId, processQueryKey: key, maxResults: 200 });
      expect(query.body.data).toEqual({ sendStatus: 'SUCCESS', readUserIds: [], hasMore: false, nextToken: null });
      const recall = await send(`${GROUP}/recall`, { openConversationId, processQueryKeys: [key] });
      expect(recall.body.data).toEqual({ successResult: [key], failedResult: {} });
    });
  });

  describe('people', () => {
    it('whom it does not reach come back as lists: partial', async () => {
      platform.throttlePeople(['lisi']);
      const answer = await send(`${OTO}/send`, anOto({ userIds: ['zhangsan', 'lisi', 'nobody9'] }));
      platform.throttlePeople([]);
      expect(answer).toMatchObject({
        status: 200,
        body: {
          ok: 1,
          data: {
            processQueryKey: expect.any(String),
            outcome: 'partial',
            invalidStaffIdList: ['nobody9'],
            flowControlledStaffIdList: ['lisi'],
            filteredStaffIdList: [],
          },
        },
      });
      expect(platform.ledger.messages()).toMatchObject([{ recipients: { users: ['zhangsan'] } }]);
    });

    it('nobody is there: 422 with the lists', async () => {
      const answer = await send(`${OTO}/send`, anOto({ userIds: ['nobody8', 'nobody9'] }));
      expect(answer).toMatchObject({
        status: 422,
        body: {
          msg: 'The one-to-one message was not sent',
          data: { invalidStaffIdList: ['nobody8', 'nobody9'], flowControlledStaffIdList: [] },
          error: { kind: 'rejected', retryable: false, hint: expect.stringContaining('userIds') },
        },
      });
    });

    it('all are throttled, or not there: 429, since a repeat makes sense and doubles nothing', async () => {
      platform.throttlePeople(['lisi']);
      const answer = await send(`${OTO}/send`, anOto({ userIds: ['lisi', 'nobody9'] }));
      platform.throttlePeople([]);
      expect(answer).toMatchObject({
        status: 429,
        body: { data: { flowControlledStaffIdList: ['lisi'] }, error: { kind: 'provider-throttled', retryable: true } },
      });
      expect(answer.headers.get('retry-after')).toBe('60');
    });

    it('the platform’s lists without a key are an answer; so is a list that only its SDKs know', async () => {
      answerNext(OTO_CALL, 200, { invalidStaffIdList: ['zhangsan'] });
      expect((await send(`${OTO}/send`, anOto())).status).toBe(422);
      answerNext(OTO_CALL, 200, { processQueryKey: 'k=', filteredStaffIdList: ['lisi'] });
      const answer = await send(`${OTO}/send`, anOto({ userIds: ['zhangsan', 'lisi'] }));
      expect(answer.body.data).toMatchObject({ outcome: 'partial', filteredStaffIdList: ['lisi'] });
    });

    it('a delivery in the background that reached some ends as partial', async () => {
      const accepted = await send(`${OTO}/send?async=true`, anOto({ userIds: ['zhangsan', 'nobody9'] }));
      expect(accepted.status).toBe(202);
      const { statusUrl } = accepted.body.data as { statusUrl: string };
      const view = async (): Promise<Record<string, unknown>> =>
        (await call(new URL(statusUrl, gateway.url).href)).body.data as Record<string, unknown>;
      await expect.poll(async () => (await view()).status).toBe('partial');
      expect(await view()).toMatchObject({ result: { outcome: 'partial', invalidStaffIdList: ['nobody9'] } });
    });
  });

  describe('verdicts', () => {
    const refusal = (code: string): Record<string, unknown> => ({ code, requestid: 'R', message: 'm' });

    it.each([
      [
        'HTTP 200 with a code is a no',
        200,
        { ...refusal('invalidParameter.msgKey.invalid'), processQueryKey: 'k=' },
        422,
        'rejected',
      ],
      ['HTTP 400 with a result and no code is no yes', 400, { processQueryKey: 'k=' }, 504, 'outcome-unknown'],
      ['HTTP 200 without result and code is none', 200, { requestid: 'R' }, 504, 'outcome-unknown'],
      ['a code of another case is the same', 400, refusal('InvalidParameter.MsgKey.Invalid'), 422, 'rejected'],
      [
        'HTTP 403 may be throttling',
        403,
        refusal('Forbidden.AccessDenied.QpsLimitForSomethingNew'),
        429,
        'provider-throttled',
      ],
      [
        'a month’s allowance is used up',
        403,
        refusal('Forbidden.AccessDenied.ApiCountLimitForOrg'),
        429,
        'provider-quota',
      ],
      ['HTTP 429 with its code', 429, refusal('systemBusy'), 429, 'provider-throttled'],
      ['HTTP 500 with a verdict', 500, refusal('system.error'), 502, 'provider-unavailable'],
      ['the platform does not know itself', 500, refusal('unknown.send.result'), 504, 'outcome-unknown'],
      ['a code that nobody knows is a no', 400, refusal('something.new'), 422, 'rejected'],
      ['the robot is not in the group', 400, refusal('invalidParameter.robotCode.notExsit'), 422, 'rejected'],
      ['the robot is of another app', 400, refusal('invalidParameter.robotCode.auth'), 502, 'credentials'],
    ] as const)('%s', async (_what, status, body, expected, kind) => {
      answerNext(GROUP_CALL, status, body);
      const answer = await send(`${GROUP}/send`, toGroup());
      expect({ status: answer.status, kind: answer.body.error?.kind }).toEqual({ status: expected, kind });
      expect(platform.ledger.calls({ path: GROUP_CALL })).toHaveLength(1);
    });

    it('quotes the code as it came', async () => {
      answerNext(OTO_CALL, 400, refusal('invalidParameter.userIds.overMax'));
      const { body } = await send(`${OTO}/send`, anOto());
      expect(body).toMatchObject({
        data: '[invalidParameter.userIds.overMax] m',
        error: { errcode: 'invalidParameter.userIds.overMax' },
      });
    });

    it('a missing permission names the scope to apply for', async () => {
      platform.missingScope('qyapi_robot_sendmsg');
      const answer = await send(`${OTO}/send`, anOto());
      platform.missingScope(null);
      expect(answer).toMatchObject({
        status: 502,
        body: { error: { kind: 'permission', hint: expect.stringContaining('qyapi_robot_sendmsg') } },
      });
    });

    it.each(['accessdenieddetail', 'AccessDeniedDetail'])('the scope may stand in %s alone', async (detail) => {
      const code = 'Forbidden.AccessDenied.AccessTokenPermissionDenied';
      answerNext(OTO_CALL, 403, { ...refusal(code), [detail]: { requiredScopes: ['qyapi_robot_sendmsg'] } });
      const { body } = await send(`${OTO}/send`, anOto());
      expect(body.error).toMatchObject({ kind: 'permission', hint: expect.stringContaining('qyapi_robot_sendmsg') });
    });

    it('an address that is not listed is named', async () => {
      platform.allowIps(['10.9.9.9']);
      const answer = await send(`${OTO}/send`, anOto());
      platform.allowIps(null);
      expect(answer).toMatchObject({
        status: 502,
        body: { error: { kind: 'ip-not-allowed', hint: expect.stringContaining('127.0.0.1') } },
      });
    });
  });

  describe('the robot of an app', () => {
    it('is its appKey unless configured; log and dry run say so', async () => {
      const dry = await send(`${OTO}/send?dryRun=true`, anOto());
      expect(dry.body.data).toMatchObject({
        dryRun: true,
        // The appKey is one of the configuration's secrets.
        request: {
          url: `${platform.url}${OTO_CALL}`,
          body: { robotCode: '***' },
          token: 'header x-acs-dingtalk-access-token: ***',
        },
        advice: [{ path: 'robotCode', message: expect.stringContaining('providers.dingtalk.apps.default.robotCode') }],
      });
      expect(platform.ledger.calls()).toEqual([]);
      expect(gateway.logs.some((line) => line.includes('"advice":["robotCode"]'))).toBe(true);
    });

    it('is the configured one, and nothing is remarked', async () => {
      const dry = await send(`${OTO}/send?dryRun=true`, anOto(), { 'X-App': 'ops' });
      expect(dry.body.data).toMatchObject({ request: { body: { robotCode: 'dingopsrobot' } }, advice: [] });
    });

    it.each([`${OTO}/send`, `${OTO}/query`, `${OTO}/recall`, `${GROUP}/send`, `${GROUP}/query`, `${GROUP}/recall`])(
      '%s takes the same robotCode and refuses another',
      async (path) => {
        const ids = { processQueryKey: 'k=', processQueryKeys: ['k='], openConversationId };
        const known: Record<string, readonly string[]> = {
          [`${OTO}/query`]: ['processQueryKey'],
          [`${OTO}/recall`]: ['processQueryKeys'],
          [`${GROUP}/query`]: ['processQueryKey'],
          [`${GROUP}/recall`]: ['processQueryKeys', 'openConversationId'],
        };
        const wanted = known[path]?.map((name) => [name, ids[name as keyof typeof ids]]);
        const rest = wanted ? Object.fromEntries(wanted) : path === `${OTO}/send` ? anOto() : toGroup();
        const other = await send(path, { ...rest, robotCode: 'dingother' }, { 'X-App': 'ops' });
        expect(other).toMatchObject({ status: 400, body: { data: [{ path: 'robotCode' }] } });
        expect(platform.ledger.calls()).toEqual([]);
        const same = await send(path, { ...rest, robotCode: 'dingopsrobot' }, { 'X-App': 'ops' });
        expect(same.status).not.toBe(400);
      },
    );
  });

  describe('groups', () => {
    it('are created, updated and found by both ids', async () => {
      const managementOptions = { showHistoryType: 1 };
      const created = await send(
        '/v1/dd/group/create',
        aGroup({ useridlist: 'manager4220,zhangsan', managementOptions }),
      );
      expect(created.body.data).toEqual({
        openConversationId: expect.stringMatching(/^cid/),
        chatid: expect.stringMatching(/^chat/),
        conversationTag: 2,
      });
      const ids = created.body.data as { openConversationId: string; chatid: string };

      const update = { chatid: ids.chatid, name: '夜间', add_useridlist: 'lisi', del_useridlist: ['zhangsan'] };
      expect(await send('/v1/dd/group/update', update)).toMatchObject({ status: 200, body: { data: null } });
      const old = await call(`${gateway.url}/v1/dd/chat/get?chatid=${ids.chatid}`);
      expect(old.body.data).toMatchObject({ name: '夜间', useridlist: ['manager4220', 'lisi'], showHistoryType: 1 });
      const converted = await call(`${gateway.url}/v1/dd/chat/open-conversation-id?chatid=${ids.chatid}`);
      expect(converted.body.data).toBe(ids.openConversationId);
    });

    it('of the old API can be written to by their other id', async () => {
      const old = String((await send('/v1/dd/chat/create', aGroup())).body.data);
      const { body } = await call(`${gateway.url}/v1/dd/chat/open-conversation-id?chatid=${old}`);
      expect((await send(`${GROUP}/send`, toGroup({ openConversationId: body.data }))).status).toBe(200);
    });

    it('a chatid is a part of the path and nothing more', async () => {
      const answer = await call(
        `${gateway.url}/v1/dd/chat/open-conversation-id?chatid=${encodeURIComponent('a/../b?x=1')}`,
      );
      expect(answer).toMatchObject({ status: 422, body: { error: { errcode: 'invalideChatId' } } });
      expect(platform.ledger.calls().map(({ path }) => path)).toEqual([
        '/v1.0/im/chat/a%2F..%2Fb%3Fx%3D1/convertToOpenConversationId',
      ]);
    });

    it('"success": false is no yes', async () => {
      answerNext('/v1.0/im/group/update', 200, { success: false });
      expect((await send('/v1/dd/group/update', { chatid, name: 'x' })).status).toBe(504);
    });
  });

  describe('the old group API is closed to this app', () => {
    const closed: readonly (readonly [string, string, Record<string, unknown>])[] = [
      ['/v1/dd/chat/create', '/v1/dd/group/create', aGroup()],
      ['/v1/dd/chat/update', '/v1/dd/group/update', { chatid: 'chat1', name: 'x' }],
      [
        '/v1/dd/chat/send',
        '/v1/dd/robot/group/send',
        { chatid: 'chat1', msg: { msgtype: 'text', text: { content: 'x' } } },
      ],
    ];

    it.each(closed)('%s: the hint names %s, in both languages', async (path, instead, body) => {
      for (const errcode of [43007, 60011]) {
        platform.closeChats(errcode);
        for (const language of ['en', 'zh-CN']) {
          const answer = await send(path, body, { 'Accept-Language': language });
          expect(answer).toMatchObject({
            status: 502,
            body: { error: { kind: 'permission', errcode, hint: expect.stringContaining(instead) } },
          });
        }
      }
      platform.closeChats(null);
      answerNext(path.replace('/v1/dd', ''), 200, { errcode: 88, sub_code: '60011', sub_msg: 'm', errmsg: 'm' });
      expect((await send(path, body)).body.error).toMatchObject({
        errcode: 60011,
        hint: expect.stringContaining(instead),
      });
    });

    it('other refusals, and other routes, do not', async () => {
      const unknown = await send('/v1/dd/chat/send', {
        chatid: 'none',
        msg: { msgtype: 'text', text: { content: 'x' } },
      });
      expect(unknown.body.error?.hint).not.toContain('/v1/dd/');
      platform.missingScope('qyapi_chat_read');
      const read = await call(`${gateway.url}/v1/dd/chat/get?chatid=${chatid}`);
      platform.missingScope(null);
      expect(read.body.error?.hint).not.toContain('/v1/dd/');
    });
  });
});
