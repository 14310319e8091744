import { beforeEach, describe, expect, it } from 'vitest';
import {
  DEFAULT_APPS,
  WeComSimulator,
  type WeComSimulatorOptions,
} from '../../src/providers/wecom/simulator/wecom.simulator.js';
import type { StoppedClock } from './stopped-clock.js';
import { startStage, WeComCaller } from './wecom-caller.js';

const [main, ops] = DEFAULT_APPS;
const DAY = 24 * 60 * 60;

describe('WeComSimulator delivers', () => {
  let clock: StoppedClock;
  let platform: WeComSimulator;
  let caller: WeComCaller;

  async function restart(options: WeComSimulatorOptions = {}): Promise<void> {
    ({ clock, platform, caller } = await startStage(options));
  }

  async function advance(seconds: number): Promise<void> {
    clock.advance(seconds);
    await caller.fetchToken();
  }

  const asOps = async (): Promise<WeComCaller> => {
    const other = new WeComCaller(platform, ops.agentId);
    await other.fetchToken(ops.secret);
    return other;
  };
  const shown = (): boolean[] => platform.ledger.messages().map((message) => message.shown);

  beforeEach(() => restart());

  describe('app messages', () => {
    it('answers a msgid and keeps the message under it', async () => {
      const reply = await caller.sendText('你好', { touser: 'zhangsan|LiSi', toparty: '2', totag: '1' });
      expect(reply).toEqual({ errcode: 0, errmsg: 'ok', msgid: expect.any(String) });
      expect(platform.ledger.message(String(reply.msgid))).toEqual({
        id: reply.msgid,
        at: '2026-09-01T02:00:00.000Z',
        provider: 'wecom',
        app: 'default',
        operation: 'message.send',
        recipients: { users: ['zhangsan', 'LiSi'], departments: ['2'], tags: ['1'] },
        msgtype: 'text',
        content: { msgtype: 'text', text: { content: '你好' } },
        shown: true,
      });
    });

    it.each([
      ['markdown', { content: '# a' }],
      ['textcard', { title: 't', description: 'd', url: 'https://a.example', btntxt: '看' }],
      ['textcard', { title: '题'.repeat(200), description: '述'.repeat(600), url: 'http://a.example' }],
      ['news', { articles: [{ title: 't', url: 'https://a.example', picurl: 'https://a.example/p.png' }] }],
      ['news', { articles: [{ title: 't', appid: 'wx1', pagepath: 'pages/index' }] }],
      [
        'miniprogram_notice',
        { appid: main.miniProgram, title: '会议室预订', content_item: [{ key: 'k', value: 'v' }] },
      ],
      ['text', { content: 'with a member that nobody documented', unheard: true }],
    ])('accepts a right message of type %s', async (msgtype, content) => {
      expect((await caller.send({ msgtype, [msgtype]: content })).errcode).toBe(0);
    });

    it('accepts messages with media of the right type, and a picture as a file', async () => {
      const image = await caller.uploaded();
      const articles = [{ title: 't', thumb_media_id: image, content: '<p>c</p>', author: 'a', digest: 'd' }];
      const messages = [
        { msgtype: 'image', image: { media_id: image }, safe: 1 },
        { msgtype: 'voice', voice: { media_id: await caller.uploaded('voice', 'a.amr') } },
        { msgtype: 'video', video: { media_id: await caller.uploaded('video', 'a.mp4'), title: 't' } },
        { msgtype: 'file', file: { media_id: await caller.uploaded('file', 'a.zip') } },
        { msgtype: 'file', file: { media_id: image }, safe: 1 },
        { msgtype: 'mpnews', mpnews: { articles }, safe: 2 },
      ];
      for (const message of messages) expect((await caller.send(message)).errcode).toBe(0);
      expect(platform.ledger.messages()[0]?.content).toEqual(messages[0]);
    });

    it('accepts a text of exactly 2048 bytes', async () => {
      expect((await caller.sendText('字'.repeat(682) + 'xx')).errcode).toBe(0);
    });

    it('accepts a backslash that merely stands before a u', async () => {
      expect((await caller.sendText('C:\\users\\u4f60')).errcode).toBe(0);
    });

    it('accepts a text of more than 2048 bytes on request, since one page says that it is cut', async () => {
      await restart({ cutsLongText: true });
      expect((await caller.sendText('x'.repeat(2049))).errcode).toBe(0);
    });

    it('takes digits in a string for an agent id on request', async () => {
      await restart({ takesTextAgentId: true });
      expect((await caller.sendText('a', { agentid: '1000002' })).errcode).toBe(0);
      expect((await caller.sendText('a', { agentid: '1000003' })).errcode).toBe(301002);
    });

    it('takes a mini program notice without an agent id', async () => {
      const miniprogram_notice = { appid: main.miniProgram, title: '会议室预订' };
      const notice = { msgtype: 'miniprogram_notice', miniprogram_notice, agentid: undefined };
      expect((await caller.send(notice)).errcode).toBe(0);
    });

    it('keeps no token in the messages', async () => {
      const { access_token } = await caller.fetchToken();
      await caller.sendText('a');
      expect(JSON.stringify(platform.ledger.messages())).not.toContain(access_token);
    });

    it('recalls a message within a day', async () => {
      const { msgid } = await caller.sendText('oops');
      await advance(DAY);
      expect((await caller.post('/message/recall', { msgid })).errcode).toBe(0);
      expect(platform.ledger.message(String(msgid))?.recalledAt).toBe('2026-09-02T02:00:00.000Z');
    });

    it('recalls no message that is older than a day', async () => {
      const { msgid } = await caller.sendText('oops');
      await advance(DAY + 1);
      expect((await caller.post('/message/recall', { msgid })).errcode).toBe(42052);
    });

    it('recalls no message of another app', async () => {
      const { msgid } = await caller.sendText('oops');
      const other = await asOps();
      expect((await other.post('/message/recall', { msgid })).errcode).toBe(40058);
      await other.close();
    });
  });

  describe('to the visible range', () => {
    it('sends to those it can reach and names the rest, ids of users in lower case', async () => {
      const recipients = { touser: 'ZhangSan|NoBody|Gone', toparty: '2|999|sales', totag: '1|77' };
      expect(await caller.sendText('a', recipients)).toMatchObject({
        errcode: 0,
        msgid: expect.any(String),
        invaliduser: 'nobody|gone',
        invalidparty: '999|sales',
        invalidtag: '77',
      });
      expect(shown()).toEqual([true]);
    });

    it('sends nothing if nobody can be reached, and names them all', async () => {
      const reply = await caller.sendText('a', { touser: 'nobody', toparty: '999' });
      expect(reply).toMatchObject({ errcode: 81013, invaliduser: 'nobody', invalidparty: '999' });
      expect(reply).not.toHaveProperty('msgid');
      expect(platform.ledger.messages()).toEqual([]);
    });

    it('takes digits for a user if they are written as one', async () => {
      expect(await caller.sendText('a', { touser: '10086' })).not.toHaveProperty('invaliduser');
      expect(await caller.sendText('a', { touser: '2' })).toMatchObject({ errcode: 81013, invaliduser: '2' });
    });

    it('lets an app address its own departments, people and tags alone', async () => {
      const other = await asOps();
      const recipients = { touser: 'lisi|wangwu|20001', toparty: '1|2|21|3', totag: '1|2' };
      expect(await other.sendText('a', recipients)).toMatchObject({
        errcode: 0,
        invaliduser: '20001',
        invalidparty: '1|3',
        invalidtag: '2',
      });
      await other.close();
    });

    it('takes @all for everybody in sight and ignores departments and tags beside it', async () => {
      expect(await caller.sendText('a', { touser: '@all', toparty: '999' })).not.toHaveProperty('invalidparty');
      expect(platform.ledger.messages()).toMatchObject([{ recipients: { all: true }, shown: true }]);
    });

    it('leaves out members without a licence and names them', async () => {
      platform.unlicensed('ZhangSan');
      expect(await caller.sendText('a', { touser: 'zhangsan|lisi' })).toMatchObject({
        errcode: 0,
        unlicenseduser: 'zhangsan',
      });
      expect(await caller.sendText('a')).toMatchObject({ errcode: 81013, unlicenseduser: 'zhangsan' });
      platform.unlicensed('zhangsan', false);
      expect(await caller.sendText('a')).not.toHaveProperty('unlicenseduser');
    });
  });

  describe('media', () => {
    it.each([
      ['image', '报表.PNG'],
      ['image', 'a.jpg'],
      ['voice', 'a.amr'],
      ['video', 'a.mp4'],
      ['file', 'no-extension'],
    ])('takes a %s named %s', async (type, filename) => {
      const reply = await caller.upload({ type, filename, content: 'bytes!' });
      expect(reply).toMatchObject({ errcode: 0, type, created_at: String(clock.now() / 1000) });
      expect(platform.uploaded(String(reply.media_id))).toMatchObject({ type, filename, bytes: 6 });
    });

    it('keeps an upload for three days', async () => {
      const message = { msgtype: 'image', image: { media_id: await caller.uploaded() } };
      await advance(3 * DAY - 1);
      expect((await caller.send(message)).errcode).toBe(0);
      await advance(1);
      expect((await caller.send(message)).errcode).toBe(40145);
    });

    it('shares uploads among the apps of the organisation', async () => {
      const media_id = await caller.uploaded();
      const other = await asOps();
      expect((await other.send({ msgtype: 'image', image: { media_id } })).errcode).toBe(0);
      await other.close();
    });
  });
});
