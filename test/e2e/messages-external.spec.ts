import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MessagesExternalService } from '../../src/messages-external/messages-external.service.js';
import { DingTalkSimulator } from '../../src/providers/dingtalk/simulator/dingtalk.simulator.js';
import { WeComSimulator } from '../../src/providers/wecom/simulator/wecom.simulator.js';
import { post, startTestGateway, type TestGateway } from '../support/gateway.js';

interface App {
  readonly corpId: string;
  readonly corpSecret: string;
  readonly agentId: number;
  readonly appKey: string;
  readonly appSecret: string;
}

/** System B's routes, whose callers bring their own credentials. */
describe('messages_external', () => {
  let wecom: WeComSimulator;
  let dingtalk: DingTalkSimulator;
  let gateway: TestGateway;
  let corp: App;
  let ding: App;

  beforeEach(async () => {
    wecom = await new WeComSimulator().start();
    dingtalk = await new DingTalkSimulator().start();
    corp = defaultApp(wecom.gatewayConfig());
    ding = defaultApp(dingtalk.gatewayConfig());
    gateway = await start(true);
  });

  afterEach(async () => {
    await gateway.close();
    await Promise.all([wecom.close(), dingtalk.close()]);
  });

  function start(enabled: boolean): Promise<TestGateway> {
    // Only the addresses are configured: no app of either platform is.
    return startTestGateway({
      settings: {
        'messagesExternal.enabled': enabled,
        'providers.wecom.baseUrl': wecom.url,
        'providers.dingtalk.baseUrl': dingtalk.url,
      },
    });
  }

  const external = (name: string, body: unknown) => post(`${gateway.url}/v1/messages_external/${name}`, body);
  const groupChat = (over: object = {}) =>
    external('weChat_group_chat', {
      corp_id: corp.corpId,
      corp_secret: corp.corpSecret,
      chatId: 'room1',
      message: '行情采集延迟 "35" 秒\n请检查',
      ...over,
    });

  it('sends text to a WeCom group chat and answers true', async () => {
    await createRoom();
    const answer = await groupChat();
    expect(answer.status).toBe(200);
    expect(answer.body.data).toBe(true);
    expect(wecom.ledger.messages({ operation: 'appchat.send' })[0]?.content).toMatchObject({
      msgtype: 'text',
      text: { content: '行情采集延迟 "35" 秒\n请检查' },
    });
  });

  it('sends an application message to everybody the app may see, with agentId as text', async () => {
    const answer = await external('weChat_application', {
      corp_id: corp.corpId,
      corp_secret: corp.corpSecret,
      agentId: String(corp.agentId),
      message: '收盘清算完成',
    });
    expect(answer.body.data).toBe(true);
    expect(wecom.ledger.messages({ operation: 'message.send' })[0]?.recipients.all).toBe(true);
  });

  it.each(['app_secret', 'corp_secret'])('takes the secret of a DingTalk app as %s', async (name) => {
    const answer = await external('dingding_group_chat', {
      app_key: ding.appKey,
      [name]: ding.appSecret,
      chatId: 'nowhere',
      message: '收盘',
    });
    // The group does not exist: the platform knew who asked.
    expect(answer.body.data).toEqual({ errcode: 34001, errmsg: expect.any(String) as string });
    expect(answer.status).toBe(422);
  });

  it('answers a dictionary with the code of the platform when it refuses', async () => {
    const answer = await groupChat({ corp_secret: 'a-wrong-secret-of-the-app' });
    expect(answer.body.data).toMatchObject({ errcode: 40001 });
    expect(answer.body.error?.kind).toBe('credentials');
  });

  it('answers -1 and our own words when the platform said nothing', async () => {
    wecom.faults.next({ kind: 'html' }, { path: '/cgi-bin/appchat/send' });
    const answer = await groupChat();
    expect(answer.body.data).toMatchObject({ errcode: -1 });
    expect(answer.body.error?.kind).toBe('outcome-unknown');
  });

  it('answers -1 for a request that is not valid, naming the member', async () => {
    const answer = await groupChat({ message: '' });
    expect(answer.status).toBe(400);
    expect(answer.body.data).toMatchObject({ errcode: -1, errmsg: expect.stringContaining('message') as string });
  });

  it('asks for one token however often the same credentials come', async () => {
    await createRoom();
    const asked = wecom.tokenRequests();
    for (let i = 0; i < 5; i += 1) await groupChat({ message: `第 ${i} 条` });
    expect(wecom.tokenRequests() - asked).toBe(1);
  });

  it('shows the credentials nowhere, whatever happens', async () => {
    const secret = 'canary-secret-7f3a9c';
    for (const fault of [{ kind: 'html' }, { kind: 'empty' }, { kind: 'cut-after-read' }] as const) {
      wecom.faults.next(fault, { path: '/cgi-bin/gettoken' });
      const answer = await groupChat({ corp_secret: secret });
      expect(answer.text).not.toContain(secret);
    }
    wecom.faults.next({ kind: 'code', errcode: 40001, errmsg: `bad secret ${secret}` }, { path: '/cgi-bin/gettoken' });
    const quoted = await groupChat({ corp_secret: secret });
    expect(quoted.text).not.toContain(secret);
    expect(gateway.logs.join('\n')).not.toContain(secret);
  });

  it('is not there unless the configuration says so', async () => {
    await gateway.close();
    gateway = await start(false);
    const answer = await groupChat();
    expect(answer.status).toBe(404);
    expect(wecom.ledger.calls()).toHaveLength(0);
  });

  it('serves a Nest application as methods that answer true or a dictionary', async () => {
    const service = gateway.app.get(MessagesExternalService, { strict: false });
    const parameters = {
      corp_id: corp.corpId,
      corp_secret: corp.corpSecret,
      agentId: corp.agentId,
      message: '来自 Nest',
    };
    await expect(service.weChatApplication(parameters)).resolves.toBe(true);
    await expect(service.weChatApplication({ ...parameters, agentId: 1 })).resolves.toMatchObject({ errcode: 301002 });
  });

  async function createRoom(): Promise<void> {
    const own = await startTestGateway({ simulators: [wecom] });
    await post(`${own.url}/v1/wecom/appchat/create`, { chatid: 'room1', userlist: ['zhangsan', 'lisi'] });
    await own.close();
  }
});

function defaultApp(config: Record<string, unknown>): App {
  return (config.apps as { default: App }).default;
}
