import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_APP, DingTalkSimulator } from '../../src/providers/dingtalk/simulator/dingtalk.simulator.js';
import { DingTalkCaller } from './dingtalk-caller.js';
import { StoppedClock } from './stopped-clock.js';

interface Reply {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

const OTHER = { name: 'other', appKey: 'dingother', appSecret: 'other-secret', agentId: 2 };
const OTO = '/v1.0/robot/oToMessages/batchSend';
const GROUP = '/v1.0/robot/groupMessages/send';
const RECALL = '/v1.0/robot/otoMessages/batchRecall';
const GROUP_RECALL = '/v1.0/robot/groupMessages/recall';
const QUERY = '/v1.0/robot/groupMessages/query';
const CREATE = '/v1.0/im/group/create';
const UPDATE = '/v1.0/im/group/update';

const text = { msgKey: 'sampleText', msgParam: '{"content":"hello"}' };
const oto = { robotCode: 'dingsimkey', userIds: ['zhangsan'], ...text };

describe('DingTalkSimulator speaks the new API', () => {
  let clock: StoppedClock;
  let platform: DingTalkSimulator;
  let token: string;
  let cid: string;
  let chatid: string;

  /** A call as the platform's pages write it. */
  async function ask(method: 'GET' | 'POST', path: string, body?: unknown, headers = {}): Promise<Reply> {
    const reply = await fetch(platform.url + path, {
      method,
      headers: { 'x-acs-dingtalk-access-token': token, 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    return { status: reply.status, body: (await reply.json()) as Reply['body'] };
  }
  const post = (path: string, body?: unknown): Promise<Reply> => ask('POST', path, body);
  const toGroup = (changes: object = {}): object => ({
    robotCode: 'dingsimkey',
    openConversationId: cid,
    ...text,
    ...changes,
  });

  beforeEach(async () => {
    clock = new StoppedClock();
    platform = await new DingTalkSimulator({ clock: clock.now, apps: [DEFAULT_APP, OTHER] }).start();
    const caller = new DingTalkCaller(platform);
    token = String((await caller.fetchToken()).access_token);
    await caller.close();
    const group = await post(CREATE, { name: '值班群', owner: 'zhangsan', useridlist: ['zhangsan', 'lisi'] });
    cid = String(group.body.openConversationId);
    chatid = String(group.body.chatid);
  });
  afterEach(() => platform.close());

  it.each<[string, number, string, () => Promise<Reply>]>([
    // The gate.
    [
      'no token',
      400,
      'AuthenticationFailed.MissingParameter',
      () => ask('POST', OTO, oto, { 'x-acs-dingtalk-access-token': '' }),
    ],
    [
      'a token in the query',
      400,
      'AuthenticationFailed.MissingParameter',
      () => ask('POST', `${OTO}?access_token=${token}`, oto, { 'x-acs-dingtalk-access-token': '' }),
    ],
    [
      'a token as Bearer',
      400,
      'AuthenticationFailed.MissingParameter',
      () => ask('POST', OTO, oto, { 'x-acs-dingtalk-access-token': '', authorization: `Bearer ${token}` }),
    ],
    [
      'a token that is not one',
      400,
      'InvalidAuthentication',
      () => ask('POST', OTO, oto, { 'x-acs-dingtalk-access-token': 'x' }),
    ],
    ['an unknown path', 404, 'InvalidAction.NotFound', () => post('/v1.0/robot/oToMessages/batchsend', oto)],
    ['an unknown method', 404, 'InvalidAction.NotFound', () => ask('GET', OTO)],
    [
      'a form',
      400,
      'Missingbody',
      () => ask('POST', OTO, 'a=b', { 'content-type': 'application/x-www-form-urlencoded' }),
    ],
    ['no body', 400, 'Missingbody', () => post(OTO)],
    ['a list', 400, 'Missingbody', () => post(OTO, [oto])],

    // The robot.
    [
      'no robotCode one-to-one',
      400,
      'invalidParameter.robotCode.empty',
      () => post(OTO, { ...oto, robotCode: undefined }),
    ],
    [
      'no robotCode in a group',
      400,
      'invalidParameter.robotCode.missing',
      () => post(GROUP, toGroup({ robotCode: '' })),
    ],
    [
      'an AgentId as robotCode',
      400,
      'invalidParameter.robotCode.invalid',
      () => post(OTO, { ...oto, robotCode: '1000001' }),
    ],
    [
      'the robot of another app',
      400,
      'invalidParameter.robotCode.auth',
      () => post(OTO, { ...oto, robotCode: 'dingother' }),
    ],
    ['a robotCode that is a number', 400, 'invalidParameter.param.invalid', () => post(OTO, { ...oto, robotCode: 7 })],

    // People and groups.
    ['nobody', 400, 'invalidParameter.userIds.empty', () => post(OTO, { ...oto, userIds: [] })],
    ['people in a text', 400, 'invalidParameter.param.invalid', () => post(OTO, { ...oto, userIds: 'zhangsan' })],
    [
      '101 people',
      400,
      'invalidParameter.userIds.overMax',
      () => post(OTO, { ...oto, userIds: Array.from({ length: 101 }, () => 'zhangsan') }),
    ],
    ['no group', 400, 'miss.openConversationId', () => post(GROUP, toGroup({ openConversationId: undefined }))],
    [
      'a chatid for a group',
      400,
      'invalid.openConversationId',
      () => post(GROUP, toGroup({ openConversationId: chatid })),
    ],

    // The message.
    ['no msgKey', 400, 'invalidParameter.msgKey.empty', () => post(OTO, { ...oto, msgKey: undefined })],
    ['an unknown msgKey', 400, 'invalidParameter.msgKey.invalid', () => post(OTO, { ...oto, msgKey: 'text' })],
    ['feedCard', 400, 'invalidParameter.msgKey.invalid', () => post(OTO, { ...oto, msgKey: 'feedCard' })],
    ['no msgParam', 400, 'invalidParameter.msgParam.invalid', () => post(OTO, { ...oto, msgParam: undefined })],
    [
      'msgParam as an object',
      400,
      'invalidParameter.param.invalid',
      () => post(OTO, { ...oto, msgParam: { content: 'x' } }),
    ],
    ['msgParam that is no JSON', 400, 'invalidParameter.msgParam.invalid', () => post(OTO, { ...oto, msgParam: 'x' })],
    ['msgParam with a list', 400, 'invalidParameter.msgParam.invalid', () => post(OTO, { ...oto, msgParam: '["x"]' })],
    ['msgParam without its text', 400, 'invalidParameter.param.invalid', () => post(OTO, { ...oto, msgParam: '{}' })],
    ['an empty text', 400, 'invalidParameter.param.invalid', () => post(OTO, { ...oto, msgParam: '{"content":""}' })],
    [
      'a text that is a number',
      400,
      'invalidParameter.param.invalid',
      () => post(OTO, { ...oto, msgParam: '{"content":1}' }),
    ],
    [
      '15,001 bytes in a group',
      400,
      'invalidParameter.msgParam.tooLong',
      () => post(GROUP, toGroup({ msgParam: `{"content":"${'x'.repeat(14_987)}"}` })),
    ],
    [
      'media that were not uploaded',
      400,
      'resource.not.found',
      () => post(OTO, { ...oto, msgKey: 'sampleImageMsg', msgParam: '{"photoURL":"@lADnone"}' }),
    ],
    [
      'a button without its link',
      400,
      'invalidParameter.param.invalid',
      () => post(OTO, { ...oto, msgKey: 'sampleActionCard', msgParam: '{"title":"t","text":"x","singleTitle":"s"}' }),
    ],

    // What follows a message.
    ['no keys to recall', 400, 'invalidParameter.param.invalid', () => post(RECALL, { robotCode: 'dingsimkey' })],
    [
      '21 keys to recall',
      400,
      'invalidParameter.processQueryKeys.overMax',
      () => post(RECALL, { robotCode: 'dingsimkey', processQueryKeys: Array.from({ length: 21 }, () => 'k') }),
    ],
    [
      'a key in a text',
      400,
      'invalidParameter.param.invalid',
      () => post(RECALL, { robotCode: 'dingsimkey', processQueryKeys: 'k' }),
    ],
    [
      'a recall without its group',
      400,
      'miss.openConversationId',
      () => post(GROUP_RECALL, { robotCode: 'dingsimkey', processQueryKeys: ['k'] }),
    ],
    [
      'a query of an unknown key',
      400,
      'invalidParameter.param.invalid',
      () => ask('GET', '/v1.0/robot/oToMessages/readStatus?robotCode=dingsimkey&processQueryKey=k'),
    ],
    [
      'a query without a robot',
      400,
      'invalidParameter.robotCode.empty',
      () => ask('GET', '/v1.0/robot/oToMessages/readStatus?processQueryKey=k'),
    ],
    [
      '201 people a page',
      400,
      'invalidParameter.param.invalid',
      () => post(QUERY, { processQueryKey: 'k', maxResults: 201 }),
    ],

    // Groups.
    [
      'a group without a name',
      400,
      'parameter.invalid',
      () => post(CREATE, { owner: 'zhangsan', useridlist: ['zhangsan'] }),
    ],
    [
      'a name of 21 characters',
      400,
      'parameter.invalid',
      () => post(CREATE, { name: 'x'.repeat(21), owner: 'zhangsan', useridlist: ['zhangsan'] }),
    ],
    [
      'an owner whom the app cannot see',
      400,
      'permession.checkFailed',
      () => post(CREATE, { name: 'x', owner: 'nobody9', useridlist: ['zhangsan'] }),
    ],
    [
      'an owner who is no member',
      400,
      'parameter.invalid',
      () => post(CREATE, { name: 'x', owner: 'lisi', useridlist: ['zhangsan'] }),
    ],
    [
      'members in a text',
      400,
      'parameter.invalid',
      () => post(CREATE, { name: 'x', owner: 'zhangsan', useridlist: 'zhangsan' }),
    ],
    [
      'an ordinary group',
      400,
      'permession.checkFailed',
      () => post(CREATE, { name: 'x', owner: 'zhangsan', useridlist: ['zhangsan'], conversationTag: 0 }),
    ],
    [
      'a switch that is a truth value',
      400,
      'parameter.invalid',
      () =>
        post(CREATE, {
          name: 'x',
          owner: 'zhangsan',
          useridlist: ['zhangsan'],
          managementOptions: { searchable: true },
        }),
    ],
    ['an update of an unknown group', 400, 'parameter.invalid', () => post(UPDATE, { chatid: 'none', name: 'x' })],
    [
      'an update that removes the owner',
      400,
      'parameter.invalid',
      () => post(UPDATE, { chatid, del_useridlist: ['zhangsan'] }),
    ],
    ['an unknown chatid', 400, 'invalideChatId', () => post('/v1.0/im/chat/none/convertToOpenConversationId')],
  ])('and refuses %s with HTTP %i and %s', async (_what, status, code, question) => {
    const reply = await question();
    expect(reply).toEqual({ status, body: { code, requestid: expect.any(String), message: expect.any(String) } });
    expect(platform.ledger.messages()).toEqual([]);
  });

  it('throttles with HTTP 403', async () => {
    platform.throttle(true);
    expect(await post(OTO, oto)).toMatchObject({
      status: 403,
      body: { code: 'Forbidden.AccessDenied.QpsLimitForAppkeyAndApi' },
    });
  });

  it('names the missing scope beside its words', async () => {
    platform.missingScope('qyapi_robot_sendmsg');
    expect(await post(OTO, oto)).toMatchObject({
      status: 403,
      body: {
        code: 'Forbidden.AccessDenied.AccessTokenPermissionDenied',
        accessdenieddetail: { requiredScopes: ['qyapi_robot_sendmsg'] },
      },
    });
  });

  it('names the address that is not listed', async () => {
    platform.allowIps(['10.0.0.1']);
    expect(await post(OTO, oto)).toMatchObject({
      status: 403,
      body: {
        code: 'Forbidden.AccessDenied.IpNotInWhiteList',
        message: expect.stringContaining('request ip=127.0.0.1'),
      },
    });
  });

  it('a revoked token is HTTP 400, and the token of the old API is that of the new', async () => {
    platform.revokeTokens();
    expect(await post(OTO, oto)).toMatchObject({ status: 400, body: { code: 'InvalidAuthentication' } });
  });

  it('takes a message for those who are there, and names the others', async () => {
    platform.throttlePeople(['lisi']);
    const { body } = await post(OTO, { ...oto, userIds: ['zhangsan', 'lisi', 'nobody9'] });
    expect(body).toEqual({
      processQueryKey: expect.any(String),
      invalidStaffIdList: ['nobody9'],
      flowControlledStaffIdList: ['lisi'],
    });
    expect(platform.ledger.messages()).toMatchObject([
      { recipients: { users: ['zhangsan'], robot: 'dingsimkey' }, msgtype: 'sampleText', content: text },
    ]);
  });

  it('records nothing when nobody is there', async () => {
    expect((await post(OTO, { ...oto, userIds: ['nobody9'] })).body).toMatchObject({ invalidStaffIdList: ['nobody9'] });
    expect(platform.ledger.messages()).toEqual([]);
  });

  it('sends only to groups that exist and that the robot is in', async () => {
    platform.removeRobots(cid);
    expect((await post(GROUP, toGroup())).body.code).toBe('invalidParameter.robotCode.notExsit');
    platform.dissolveChat(chatid);
    expect((await post(GROUP, toGroup())).body.code).toBe('group.disbanded');
  });

  it('takes 15,000 bytes in a group', async () => {
    const { status } = await post(GROUP, toGroup({ msgParam: `{"content":"${'x'.repeat(14_986)}"}` }));
    expect(status).toBe(200);
  });

  it('forgets a message after 24 hours: no query, no recall', async () => {
    const key = String((await post(OTO, oto)).body.processQueryKey);
    const query = `/v1.0/robot/oToMessages/readStatus?robotCode=dingsimkey&processQueryKey=${encodeURIComponent(key)}`;
    expect((await ask('GET', query)).body).toMatchObject({ sendStatus: 'SUCCESS' });
    clock.advance(86_401);
    const caller = new DingTalkCaller(platform);
    token = String((await caller.fetchToken()).access_token);
    await caller.close();
    expect((await ask('GET', query)).status).toBe(400);
    expect((await post(RECALL, { robotCode: 'dingsimkey', processQueryKeys: [key] })).body).toEqual({
      successResult: [],
      failedResult: { [key]: expect.any(String) },
    });
  });

  it('recalls only what this robot sent, and there where it was sent', async () => {
    const key = String((await post(GROUP, toGroup())).body.processQueryKey);
    expect((await post(RECALL, { robotCode: 'dingsimkey', processQueryKeys: [key] })).body.successResult).toEqual([]);
    const recall = { robotCode: 'dingsimkey', openConversationId: cid, processQueryKeys: [key] };
    expect((await post(GROUP_RECALL, recall)).body.successResult).toEqual([key]);
    expect((await post(QUERY, { processQueryKey: key })).body.sendStatus).toBe('RECALLED');
    const caller = new DingTalkCaller(platform);
    token = String((await caller.fetchToken('dingother', 'other-secret')).access_token);
    await caller.close();
    expect((await post(GROUP_RECALL, { ...recall, robotCode: 'dingother' })).body.code).toBe('not.allowed.robotCode');
  });
});
