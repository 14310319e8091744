import { DEFAULT_ROBOTS } from '../../src/providers/dingtalk/simulator/custom-robots.js';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  DEFAULT_APP,
  DingTalkSimulator,
  type DingTalkSimulatorOptions,
} from '../../src/providers/dingtalk/simulator/dingtalk.simulator.js';
import type { StoppedClock } from './stopped-clock.js';
import { startStage, type DingTalkCaller, type Reply } from './dingtalk-caller.js';

const text = { msgtype: 'text', text: { content: 'hello' } };

describe('DingTalkSimulator guards its APIs', () => {
  let clock: StoppedClock;
  let platform: DingTalkSimulator;
  let caller: DingTalkCaller;

  async function restart(options: DingTalkSimulatorOptions = {}): Promise<void> {
    ({ clock, platform, caller } = await startStage(options));
  }

  const sendNotice = (): Promise<Reply> => caller.notice('asyncsend_v2', { userid_list: 'user001', msg: text });
  const getChat = (): Promise<Reply> => caller.get(caller.withToken('/chat/get?chatid=none'));

  beforeEach(() => restart());

  describe('with tokens', () => {
    it('gives the same token again and extends its life', async () => {
      const first = await caller.fetchToken();
      expect(first).toMatchObject({ errcode: 0, errmsg: 'ok', expires_in: 7200 });
      clock.advance(7000);
      expect((await caller.fetchToken()).access_token).toBe(first.access_token);
      clock.advance(7000);
      expect((await sendNotice()).errcode).toBe(0);
    });

    it('gives a new token once the old one is too old', async () => {
      const first = await caller.fetchToken();
      clock.advance(7200);
      expect((await sendNotice()).errcode).toBe(88);
      expect((await caller.fetchToken()).access_token).not.toBe(first.access_token);
      expect((await sendNotice()).errcode).toBe(0);
    });

    it('gives different tokens to different apps and refuses the agent id of the other', async () => {
      const other = { name: 'ops', appKey: 'dingother', appSecret: 'other-secret', agentId: 2 };
      await restart({ apps: [DEFAULT_APP, other] });
      const { access_token } = await caller.fetchToken();
      expect((await caller.fetchToken('dingother', 'other-secret')).access_token).not.toBe(access_token);
      expect(await sendNotice()).toMatchObject({ errcode: 40056 });
    });

    it('refuses a revoked token until a new one is fetched', async () => {
      platform.revokeTokens();
      expect(await sendNotice()).toMatchObject({
        errcode: 88,
        sub_code: '40014',
        errmsg: expect.stringMatching(/^ding talk error\[subcode=40014,submsg=.+\]$/),
        request_id: expect.any(String),
      });
      await caller.fetchToken();
      expect((await sendNotice()).errcode).toBe(0);
    });

    it('wraps a bad token on /topapi and not elsewhere', async () => {
      platform.revokeTokens();
      expect((await sendNotice()).errcode).toBe(88);
      expect((await getChat()).errcode).toBe(40014);
      expect((await caller.upload()).errcode).toBe(40014);
    });

    it('wraps it everywhere on request, since the form of chat and media refusals is not known', async () => {
      await restart({ wrapEverywhere: true });
      platform.revokeTokens();
      expect(await getChat()).toMatchObject({ errcode: 88, sub_code: '40014' });
    });

    it('leaves the inner code in errmsg alone on request', async () => {
      await restart({ subCodeOnlyInErrmsg: true });
      platform.revokeTokens();
      const reply = await sendNotice();
      expect(reply).toMatchObject({ errcode: 88, errmsg: expect.stringContaining('subcode=40014') });
      expect(reply).not.toHaveProperty('sub_code');
    });

    it('says 88/40000 on /topapi and 41001 elsewhere if there is no token in the query', async () => {
      const path = '/topapi/message/corpconversation/asyncsend_v2';
      expect(await caller.post(path, {})).toMatchObject({ errcode: 88, sub_code: '40000' });
      expect(await caller.post('/chat/send', {})).toMatchObject({ errcode: 41001 });
      expect(await caller.post('/chat/send?access_token=', {})).toMatchObject({ errcode: 41001 });
    });

    it('takes the token from a form on /topapi', async () => {
      const { access_token } = await caller.fetchToken();
      const reply = await caller.postForm('/topapi/message/corpconversation/asyncsend_v2', {
        access_token: String(access_token),
        agent_id: '1000001',
        userid_list: 'user001',
        msg: JSON.stringify(text),
      });
      expect(reply.errcode).toBe(0);
    });

    it('fetches no token while credentials are rejected, and leaves issued ones alone', async () => {
      platform.rejectCredentials(true);
      expect((await caller.fetchToken()).errcode).toBe(40096);
      expect((await sendNotice()).errcode).toBe(0);
      platform.rejectCredentials(false);
      expect((await caller.fetchToken()).errcode).toBe(0);
    });

    it('counts every request to the token endpoint', async () => {
      const before = platform.tokenRequests();
      platform.faults.next({ kind: 'status', status: 503 }, { path: '/gettoken' });
      await caller.text('GET', '/gettoken');
      await caller.fetchToken('wrong');
      await caller.fetchToken();
      expect(platform.tokenRequests() - before).toBe(3);
    });
  });

  describe('with rates', () => {
    it('answers 90018 while throttled, wrapped on /topapi', async () => {
      platform.throttle(true);
      expect(await sendNotice()).toMatchObject({ errcode: 88, sub_code: '90018' });
      expect(await getChat()).toMatchObject({ errcode: 90018 });
      platform.throttle(false);
      expect((await sendNotice()).errcode).toBe(0);
    });

    it('limits the calls of an app to one API within a second', async () => {
      await restart({ perApiPerSecond: 2 });
      expect([await sendNotice(), await sendNotice(), await sendNotice()].map(({ errcode }) => errcode)).toEqual([
        0, 0, 88,
      ]);
      expect((await getChat()).errcode).toBe(40016);
      clock.advance(1);
      expect((await sendNotice()).errcode).toBe(0);
    });

    it('bans an address for five minutes after too many calls in 20 seconds', async () => {
      await restart({ perAddressIn20Seconds: 3 });
      const replies = [await sendNotice(), await sendNotice(), await sendNotice()];
      expect(replies.map(({ status }) => status)).toEqual([undefined, undefined, 1111]);
      clock.advance(299);
      expect(await sendNotice()).toMatchObject({ status: 1111 });
      clock.advance(1);
      expect((await sendNotice()).errcode).toBe(0);
    });

    it('answers every path of a banned address without an errcode', async () => {
      platform.banIp(300);
      expect(await sendNotice()).toEqual({
        status: 1111,
        wait: 5,
        source: 'x5',
        punish: 'deny',
        uuid: expect.any(String),
      });
      expect(await caller.fetchToken()).toMatchObject({ status: 1111 });
    });

    it('answers a banned address with a page on request, until the ban ends', async () => {
      platform.banIp(300, { html: true });
      expect(await caller.text('GET', '/gettoken')).toContain('<html>');
      platform.banIp(0);
      expect((await sendNotice()).errcode).toBe(0);
    });
  });

  describe('with permissions', () => {
    it('quotes the address and the app key of a caller who is not on the allow-list', async () => {
      platform.allowIps(['10.0.0.*']);
      const quoted = expect.stringMatching(/request ip=127\.0\.0\.1 appKey\(dingsimkey\)/);
      expect(await sendNotice()).toMatchObject({ errcode: 88, sub_code: '60020', sub_msg: quoted });
      expect(await getChat()).toMatchObject({ errcode: 60020, errmsg: quoted });
    });

    it('lets an address in that matches a wildcard', async () => {
      await restart({ allowIps: ['127.0.*'] });
      expect((await sendNotice()).errcode).toBe(0);
    });

    it('names the missing permission point and where to apply for it', async () => {
      platform.missingScope('qyapi_chat_manage');
      const named = expect.stringMatching(/qyapi_chat_manage.*https:\/\/open-dev\.dingtalk\.com\/appscope\/apply/);
      expect(await sendNotice()).toMatchObject({ errcode: 88, sub_code: '60011', sub_msg: named });
      expect(await getChat()).toMatchObject({ errcode: 60011 });
      platform.missingScope(null);
      expect((await sendNotice()).errcode).toBe(0);
    });
  });

  it('describes itself as the provider block of the gateway configuration', () => {
    expect(platform.gatewayConfig()).toEqual({
      baseUrl: platform.url,
      apiBaseUrl: platform.url,
      apps: { default: { appKey: 'dingsimkey', appSecret: DEFAULT_APP.appSecret, agentId: 1_000_001 } },
      robots: { ops: { accessToken: DEFAULT_ROBOTS[0]?.accessToken, secret: DEFAULT_ROBOTS[0]?.secret } },
    });
  });
});
