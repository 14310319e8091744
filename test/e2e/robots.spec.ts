import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { DingTalkSimulator } from '../../src/providers/dingtalk/simulator/dingtalk.simulator.js';
import { WeComSimulator } from '../../src/providers/wecom/simulator/wecom.simulator.js';
import { aKey, bearer } from '../support/api-keys.js';
import { DeliveryWorld, startDeliveryWorld } from '../support/delivery-world.js';
import { call, post, startTestGateway, type TestAnswer, type TestGateway } from '../support/gateway.js';

const SEND = '/v1/dd/robot/send?robot=ops';
const WEBHOOK = '/robot/send';

const limited = aKey('limited', { scopes: ['send'], apps: ['dingtalk/robots/ops'] });
const foreign = aKey('foreign', { scopes: ['send', 'broadcast'], apps: ['dingtalk/default', 'dingtalk/robots/dev'] });

function aText(content = '磁盘空间不足', more: object = {}): Record<string, unknown> {
  return { msgtype: 'text', text: { content }, ...more };
}

describe('DingTalk custom robots', () => {
  let dingtalk: DingTalkSimulator;
  let gateway: TestGateway;

  beforeAll(async () => {
    dingtalk = await new DingTalkSimulator().start();
    gateway = await startTestGateway({
      simulators: [dingtalk],
      settings: {
        'access.allow': ['127.0.0.1'],
        'access.apiKeys': [limited.entry, foreign.entry],
        'limits.robots': 'observe',
      },
    });
  });
  beforeEach(() => {
    dingtalk.ledger.clear();
    dingtalk.faults.clear();
    dingtalk.prepare('robot.send', {});
  });
  afterAll(async () => {
    await gateway.close();
    await dingtalk.close();
  });

  const send = (body: unknown, headers: Record<string, string> = {}): Promise<TestAnswer> =>
    post(gateway.url + SEND, body, { headers });

  it('sign every request anew, in milliseconds, once encoded', async () => {
    expect((await send(aText())).status).toBe(200);
    const [webhook] = dingtalk.ledger.calls({ path: WEBHOOK });
    const { access_token: token, timestamp, sign } = webhook?.query ?? {};
    expect(token).toMatch(/^simrobot/);
    expect(Math.abs(Date.now() - Number(timestamp))).toBeLessThan(60_000);
    expect(sign).toMatch(/^[A-Za-z0-9+/]{43}=$/);
    expect(JSON.parse(webhook?.body ?? '')).toEqual(aText());
  });

  it('mention people although the text forgot them, and only with the scope everybody', async () => {
    const at = { atMobiles: '13800001111', atUserIds: ['zhangsan'] };
    expect((await send(aText('磁盘 91%', { at }))).status).toBe(200);
    const [message] = dingtalk.ledger.messages();
    expect(message?.recipients).toEqual({ robot: 'ops', users: ['13800001111', 'zhangsan'] });
    expect(message?.content).toMatchObject({ text: { content: '磁盘 91% @13800001111 @zhangsan' } });

    const everybody = await send(aText('停机', { at: { isAtAll: true } }), bearer(limited.key).headers);
    expect(everybody.body.error).toMatchObject({ kind: 'forbidden' });
    expect(dingtalk.ledger.messages()).toHaveLength(1);
  });

  describe('are named by the caller', () => {
    it.each([
      ['', '/v1/dd/robot/send', 'query.robot'],
      ['an empty name', '/v1/dd/robot/send?robot=', 'query.robot'],
      ['an unknown one', '/v1/dd/robot/send?robot=nobody', 'query.robot'],
      ['a path', '/v1/dd/robot/send?robot=..%2Fops', 'query.robot'],
      ['two of them', '/v1/dd/robot/send?robot=ops&robot=ops', 'query.robot'],
      ['an app', '/v1/dd/robot/send?robot=ops&app=default', 'query.app'],
    ])('%s: 400 says which there are', async (_name, path, member) => {
      const answer = await post(gateway.url + path, aText());
      expect(answer.status).toBe(400);
      expect(answer.body.data).toMatchObject([{ path: member }]);
      if (/robot=?$|send$|nobody/.test(path)) expect(answer.text).toContain('ops');
      expect(dingtalk.ledger.calls({ path: WEBHOOK })).toEqual([]);
    });

    it('an app called like a robot is not one', async () => {
      const answer = await post(`${gateway.url}/v1/dd/topapi/message`, {}, { headers: { 'X-App': 'robots/ops' } });
      expect(answer.status).toBe(400);
    });

    it('only by those who may use them, and nobody else is told of them', async () => {
      expect((await send(aText(), bearer(limited.key).headers)).status).toBe(200);
      expect((await send(aText(), bearer(foreign.key).headers)).body.error).toMatchObject({ kind: 'forbidden' });
      const nameless = await post(`${gateway.url}/v1/dd/robot/send`, aText(), bearer(foreign.key));
      expect(nameless.status).toBe(400);
      expect(nameless.text).not.toContain('ops');
    });
  });

  it('cut a text so that those fit in again whom it names behind the cut', async () => {
    const atUserIds = Array.from({ length: 50 }, (_, n) => `manager${String(n).padStart(4, '0')}`);
    const content = `${'磁盘空间不足。'.repeat(1_000)}请 ${atUserIds.map((id) => `@${id}`).join(' ')} 处理`;
    const { status } = await post(`${gateway.url}${SEND}&overlong=truncate`, aText(content, { at: { atUserIds } }));
    expect(status).toBe(200);
    const { body } = dingtalk.ledger.calls({ path: WEBHOOK })[0] ?? {};
    for (const id of atUserIds) expect(body).toContain(`@${id}`);
  });

  it('tell in a dry run what would be sent and nothing that proves them', async () => {
    const { status, body, text } = await post(
      `${gateway.url}${SEND}&dryRun=true`,
      aText('磁盘', { at: { atUserIds: ['a'] } }),
    );
    expect(status).toBe(200);
    expect(body.data).toMatchObject({
      app: 'robots/ops',
      request: {
        query: {},
        body: { text: { content: '磁盘 @a' } },
        token: 'query access_token=***&timestamp=***&sign=***',
      },
      limits: [{ id: 'ip-all' }, { id: 'robot-minute', count: 20, seconds: 60 }],
    });
    expect(text).not.toMatch(/simrobot|SECsim/);
    expect(dingtalk.ledger.calls({ path: WEBHOOK })).toEqual([]);
  });

  it.each([
    ['a body beyond 20,000 bytes', aText('长'.repeat(6_700)), 400],
    [
      'a card with one button and several',
      {
        msgtype: 'actionCard',
        actionCard: {
          title: 't',
          text: 'x',
          singleTitle: 'a',
          singleURL: 'https://a.example',
          btns: [{ title: 'b', actionURL: 'https://b.example' }],
        },
      },
      400,
    ],
    ['the spelling of a work notice', { msgtype: 'action_card', action_card: { title: 't', markdown: 'x' } }, 422],
    [
      'a link of a feed card spelled as a link',
      {
        msgtype: 'feedCard',
        feedCard: { links: [{ title: 't', messageUrl: 'https://a.example', picUrl: 'https://a.example' }] },
      },
      400,
    ],
  ])('%s does not pass', async (_name, body, status) => {
    expect((await send(body)).status).toBe(status);
    expect(dingtalk.ledger.messages()).toEqual([]);
  });

  it('are in /sys/status and /v1/providers by name alone', async () => {
    const status = await call(`${gateway.url}/sys/status`);
    const providers = await call(`${gateway.url}/v1/providers`);
    expect(status.body).toMatchObject({ robots: { dingtalk: ['ops'] } });
    expect(
      (providers.body.data as { id: string; robots: string[] }[]).find(({ id }) => id === 'dingtalk')?.robots,
    ).toEqual(['ops']);
    expect(status.text + providers.text + gateway.logs.join('')).not.toMatch(/simrobot|SECsim/);
  });
});

describe('the security settings of a robot', () => {
  it.each([
    ['a secret that does not match', { secret: 'SECother0123456789' }, {}, 502, 'credentials'],
    ['no secret where signing is on', { secret: undefined }, {}, 502, 'credentials'],
    ['a clock two hours off', {}, { clock: () => Date.now() + 7_200_000 }, 502, 'credentials'],
    ['a text without the keyword', {}, { keywords: ['告警'] }, 422, 'rejected'],
    ['an address that is not on the list', {}, { allowIps: ['203.0.113.7'] }, 502, 'ip-not-allowed'],
  ])(
    '%s: %d %s',
    async (
      _name,
      ours,
      { clock, ...theirs }: { clock?: () => number; keywords?: string[]; allowIps?: string[] },
      status,
      kind,
    ) => {
      const robot = { name: 'ops', accessToken: 'a'.repeat(64), secret: 'SECright0123456789', ...theirs };
      const dingtalk = await new DingTalkSimulator({ robots: [robot], ...(clock ? { clock } : {}) }).start();
      const { accessToken, secret } = { ...robot, ...ours };
      const gateway = await startTestGateway({
        simulators: [dingtalk],
        settings: { 'providers.dingtalk.robots.ops': { accessToken, ...(secret === undefined ? {} : { secret }) } },
      });
      onTestFinished(async () => {
        await gateway.close();
        await dingtalk.close();
      });

      const answer = await post(gateway.url + SEND, aText());

      expect({ status: answer.status, kind: answer.body.error?.kind, errcode: answer.body.error?.errcode }).toEqual({
        status,
        kind,
        errcode: 310_000,
      });
      expect(dingtalk.ledger.messages()).toEqual([]);
    },
  );
});

describe('the window of a robot', () => {
  it('is kept on the synchronous road: the 21st is refused here, and the platform blocks nobody', async () => {
    const world = await startDeliveryWorld();
    const answers = await Promise.all(Array.from({ length: 25 }, (_, n) => world.post(SEND, aText(`#${n}`))));
    const refused = answers.filter(({ status }) => status === 429);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(20);
    expect(refused).toHaveLength(5);
    for (const { body, headers } of refused) {
      expect(body.error).toMatchObject({ kind: 'throttled' });
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(50);
    }
    expect(world.dingtalk.ledger.calls({ path: WEBHOOK })).toHaveLength(20);
  });

  it('is one for both roads: what does not fit waits, and the record says until when', async () => {
    const world = await startDeliveryWorld();
    for (let n = 0; n < 20; n += 1) expect((await world.post(SEND, aText(`#${n}`))).status).toBe(200);
    const { body } = await world.post(`${SEND}&async=true`, aText('later'));
    const { id } = body.data as { id: string };
    await expect
      .poll(async () => (await world.view(id)).pacedBy, { timeout: 4_000 })
      .toBe('dingtalk/robots/ops/robot-minute');
    expect((await world.view(id)).status).toBe('queued');
    expect(world.dingtalk.ledger.messages()).toHaveLength(20);
  });

  it('is kept by each process for itself where they share nothing', async () => {
    const world = await startDeliveryWorld({ settings: { 'server.workers': 2 } });
    const answers = await Promise.all(Array.from({ length: 22 }, (_, n) => world.post(SEND, aText(`#${n}`))));
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(2);
    expect(world.dingtalk.ledger.messages()).toHaveLength(20);
  });

  it('belongs to one robot alone', async () => {
    const robots = ['one', 'two'].map((name) => ({ name, accessToken: name.repeat(20) }));
    const world = await startDeliveryWorld({ dingtalk: { robots } });
    const to = (name: string): Promise<TestAnswer> => world.post(`/v1/dd/robot/send?robot=${name}`, aText());
    for (let n = 0; n < 20; n += 1) expect((await to('one')).status).toBe(200);
    expect((await to('one')).status).toBe(429);
    expect((await to('two')).status).toBe(200);
  });
});

describe('asynchronous messages of a robot', () => {
  it('carry a msgUuid from the first attempt on, so that silence is followed by a repeat that nobody sees', async () => {
    const world = await startDeliveryWorld({ settings: { 'outbound.timeoutMs': 300, 'delivery.retry': ['100ms'] } });
    world.dingtalk.faults.next({ kind: 'process-then-hang' }, { path: WEBHOOK });
    const { body } = await world.post(`${SEND}&async=true`, aText());
    const { id } = body.data as { id: string };
    const view = await world.reaches(id, 'sent');
    expect(view.attempts).toHaveLength(2);
    expect(world.dingtalk.ledger.messages()).toHaveLength(1);
    const uuids = world.dingtalk.ledger
      .calls({ path: WEBHOOK })
      .map((one) => (JSON.parse(one.body) as { msgUuid: string }).msgUuid);
    expect(uuids).toEqual([id, id]);
  });

  it('wait on, and say why, when their robot is taken out of the configuration', async () => {
    const dingtalk = await new DingTalkSimulator().start();
    const folder = mkdtempSync(join(tmpdir(), 'message-center-robots-'));
    const file = join(folder, 'message-center.yaml');
    const { robots, ...block } = dingtalk.gatewayConfig();
    const write = (known: unknown): void =>
      writeFileSync(file, JSON.stringify({ providers: { dingtalk: { ...block, robots: known } } }));
    write(robots);
    const gateway = await startTestGateway({ file });
    const world = new DeliveryWorld(dingtalk, await new WeComSimulator().start(), gateway);
    onTestFinished(async () => {
      await world.close();
      rmSync(folder, { recursive: true });
    });
    const { body } = await world.post(`${SEND}&async=true&delay=2`, aText());
    const { id } = body.data as { id: string };
    write({});
    await expect
      .poll(async () => (await world.view(id)).attempts.map(({ reason }) => reason), { timeout: 8_000 })
      .toContain('app-not-configured');
    expect((await world.view(id)).status).toBe('retrying');
    expect(dingtalk.ledger.calls({ path: WEBHOOK })).toEqual([]);
  });

  it('hold no credential while they wait', async () => {
    const world = await startDeliveryWorld();
    const { body } = await world.post(`${SEND}&async=true&delay=1h`, aText());
    const { id } = body.data as { id: string };
    const answer = await world.get(`/v1/deliveries/${id}`);
    expect(answer.body.data).toMatchObject({ app: 'robots/ops', operation: 'robot.send', status: 'scheduled' });
    expect(answer.text).not.toMatch(/simrobot|SECsim|sign/);
  });
});
