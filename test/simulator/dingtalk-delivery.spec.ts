import { beforeEach, describe, expect, it } from 'vitest';
import {
  DingTalkSimulator,
  type DingTalkSimulatorOptions,
} from '../../src/providers/dingtalk/simulator/dingtalk.simulator.js';
import type { StoppedClock } from './stopped-clock.js';
import { startStage, type DingTalkCaller, type Reply } from './dingtalk-caller.js';

const DAY = 24 * 60 * 60;
const textOf = (content: string): unknown => ({ msgtype: 'text', text: { content } });

describe('DingTalkSimulator delivers', () => {
  let clock: StoppedClock;
  let platform: DingTalkSimulator;
  let caller: DingTalkCaller;

  async function restart(options: DingTalkSimulatorOptions = {}): Promise<void> {
    ({ clock, platform, caller } = await startStage(options));
  }

  const send = (args: Record<string, unknown> = {}): Promise<Reply> =>
    caller.notice('asyncsend_v2', { userid_list: 'zhangsan,lisi', msg: textOf('hello'), ...args });
  const resultOf = async (task_id: unknown): Promise<unknown> =>
    (await caller.notice('getsendresult', { task_id })).send_result;

  beforeEach(() => restart());

  describe('work notices', () => {
    it('answers a task id as a number and keeps the message under it', async () => {
      const reply = await send();
      expect(reply).toMatchObject({ errcode: 0, task_id: expect.any(Number), request_id: expect.any(String) });
      expect(platform.ledger.message(String(reply.task_id))).toEqual({
        id: String(reply.task_id),
        at: '2026-09-01T02:00:00.000Z',
        provider: 'dingtalk',
        app: 'default',
        operation: 'work-notice.send',
        recipients: { users: ['zhangsan', 'lisi'] },
        msgtype: 'text',
        content: { msgtype: 'text', text: { content: 'hello' } },
        shown: true,
      });
    });

    it('reads a form whose msg is JSON text', async () => {
      const reply = await caller.postForm(caller.withToken('/topapi/message/corpconversation/asyncsend_v2'), {
        agent_id: '1000001',
        to_all_user: 'true',
        msg: JSON.stringify(textOf('你好')),
      });
      expect(reply.errcode).toBe(0);
      expect(platform.ledger.messages()).toMatchObject([{ recipients: { all: true }, content: textOf('你好') }]);
    });

    it('reaches the members of a department and of those below it', async () => {
      const { task_id } = await send({ userid_list: undefined, dept_id_list: '2', msg: textOf('研发') });
      const reached = await resultOf(task_id);
      expect(reached).toMatchObject({ unread_user_id_list: expect.arrayContaining(['zhangsan', 'lisi']) });
      expect(JSON.stringify(reached)).not.toContain('manager4220');
    });

    it.each([
      ['text', { content: 'a' }],
      ['link', { messageUrl: 'https://a.example', picUrl: 'https://a.example/p.png', title: 't', text: 'x' }],
      ['markdown', { title: 't', text: '# x' }],
      ['action_card', { markdown: 'x', single_title: '看', single_url: 'https://a.example' }],
      [
        'action_card',
        { markdown: 'x', btn_orientation: '1', btn_json_list: [{ title: '看', action_url: 'https://a.example' }] },
      ],
      [
        'oa',
        {
          message_url: 'u',
          head: { bgcolor: 'FFBBBBBB', text: 'h' },
          body: { form: [{ key: 'k', value: 'v' }], rich: { num: '1', unit: '元' } },
        },
      ],
      ['text', { content: 'with a member that nobody documented', unheard: true }],
    ])('accepts a right message of type %s', async (msgtype, content) => {
      expect(await send({ msg: { msgtype, [msgtype]: content } })).toMatchObject({ errcode: 0 });
    });

    it('accepts a message of exactly 2048 bytes', async () => {
      const overhead = JSON.stringify(textOf('')).length;
      expect((await send({ msg: textOf('x'.repeat(2048 - overhead)) })).errcode).toBe(0);
    });

    it('accepts unknown people and departments and names them in the result', async () => {
      const { task_id } = await send({ userid_list: 'zhangsan,nobody', dept_id_list: '999' });
      expect(await resultOf(task_id)).toEqual({
        invalid_user_id_list: ['nobody'],
        invalid_dept_id_list: [999],
        unread_user_id_list: ['zhangsan'],
      });
    });

    it('accepts a notice that reaches nobody, and shows it to nobody', async () => {
      await send({ userid_list: 'nobody' });
      expect(platform.ledger.messages()).toMatchObject([{ shown: false, hiddenBecause: '1430000' }]);
    });

    it('accepts the same content twice in a day and silently drops the second', async () => {
      await send();
      const { errcode, task_id } = await send();
      expect(errcode).toBe(0);
      expect(platform.ledger.messages().map(({ shown }) => shown)).toEqual([true, false]);
      expect(await resultOf(task_id)).toEqual({
        forbidden_user_id_list: ['zhangsan', 'lisi'],
        forbidden_list: [
          { code: '143106', count: 1, userid: 'zhangsan' },
          { code: '143106', count: 1, userid: 'lisi' },
        ],
      });
    });

    it('shows the same content to those who have not had it, and says from whom it was hidden', async () => {
      await send({ userid_list: 'zhangsan' });
      await send();
      expect(platform.ledger.messages()[1]).toMatchObject({
        shown: true,
        hiddenFrom: [{ user: 'zhangsan', because: '143106' }],
      });
    });

    it('shows the same content again on the next day', async () => {
      await send();
      clock.advance(DAY);
      await caller.fetchToken();
      await send();
      expect(platform.ledger.messages().map(({ shown }) => shown)).toEqual([true, true]);
    });

    it('silently drops what exceeds the daily number for one user', async () => {
      await restart({ noticeLimits: { perUserPerDay: 2 } });
      for (const content of ['1', '2', '3']) expect((await send({ msg: textOf(content) })).errcode).toBe(0);
      expect(platform.ledger.messages().at(-1)).toMatchObject({ shown: false, hiddenBecause: '143105' });
    });

    it('silently drops what exceeds the recipients of a minute', async () => {
      await restart({ noticeLimits: { recipientsPerMinute: 1 } });
      const { task_id } = await send();
      expect(await resultOf(task_id)).toMatchObject({ forbidden_list: [{ code: '143103', count: 1, userid: 'lisi' }] });
    });

    it('sends to everybody three times a day', async () => {
      const codes = [];
      for (const content of ['1', '2', '3', '4']) {
        codes.push((await send({ userid_list: undefined, to_all_user: true, msg: textOf(content) })).errcode);
      }
      expect(codes).toEqual([0, 0, 0, 41045]);
    });

    it('gives no result for more than a hundred recipients', async () => {
      const { task_id } = await send({ userid_list: undefined, to_all_user: true });
      expect(await caller.notice('getsendresult', { task_id })).toMatchObject({ errcode: 41052 });
    });

    it('reports progress while sending', async () => {
      await restart({ noticeSendingMs: 10_000 });
      const { task_id } = await send();
      const progress = async (): Promise<unknown> => (await caller.notice('getsendprogress', { task_id })).progress;
      expect(await progress()).toEqual({ progress_in_percent: 0, status: 0 });
      clock.advance(5);
      expect(await progress()).toEqual({ progress_in_percent: 50, status: 1 });
      expect(await resultOf(task_id)).toEqual({});
      clock.advance(5);
      expect(await progress()).toEqual({ progress_in_percent: 100, status: 2 });
    });

    it('recalls a notice within a day', async () => {
      const { task_id } = await send();
      expect((await caller.notice('recall', { msg_task_id: task_id })).errcode).toBe(0);
      expect(platform.ledger.message(String(task_id))?.recalledAt).toBe('2026-09-01T02:00:00.000Z');
      clock.advance(DAY + 1);
      await caller.fetchToken();
      expect((await caller.notice('recall', { msg_task_id: task_id })).errcode).toBe(400002);
      expect((await caller.notice('getsendresult', { task_id })).errcode).toBe(400002);
    });

    it('updates the status bar of an oa notice to few people, and of no other', async () => {
      const head = { bgcolor: 'FFBBBBBB', text: 'h' };
      const oa = { msgtype: 'oa', oa: { message_url: 'u', head, status_bar: { status_value: '进行中' }, body: {} } };
      const update = { status_value: '完成', status_bg: '0xFF78C06E' };
      const few = await send({ msg: oa });
      expect((await caller.notice('status_bar/update', { task_id: few.task_id, ...update })).errcode).toBe(0);
      const many = await send({
        userid_list: undefined,
        dept_id_list: '1',
        msg: { ...oa, oa: { ...oa.oa, status_bar: undefined } },
      });
      expect((await caller.notice('status_bar/update', { task_id: many.task_id, ...update })).errcode).toBe(41052);
    });

    it('writes and reads task ids above 2^53 with all their digits', async () => {
      await restart({ bigTaskIds: true });
      const args = JSON.stringify({
        agent_id: 1_000_001,
        userid_list: 'zhangsan',
        msg: textOf('a "task_id": 12345678901234567'),
      });
      const path = caller.withToken('/topapi/message/corpconversation/asyncsend_v2');
      const answer = await caller.text('POST', path, args, 'application/json');
      expect(answer).toContain('"task_id":9007199254740993,');
      expect(platform.ledger.message('9007199254740993')?.content).toEqual(textOf('a "task_id": 12345678901234567'));
      const progress = caller.withToken('/topapi/message/corpconversation/getsendprogress');
      for (const id of ['9007199254740993', '"9007199254740993"']) {
        const body = `{"agent_id":1000001,"task_id":${id}}`;
        expect(await caller.text('POST', progress, body, 'application/json')).toContain('"errcode":0');
      }
      expect((await caller.notice('getsendprogress', { task_id: 9007199254740992 })).errcode).toBe(40035);
    });

    it('keeps no token in the messages', async () => {
      const { access_token } = await caller.fetchToken();
      await send();
      expect(JSON.stringify(platform.ledger.messages())).not.toContain(access_token);
    });
  });

  describe('groups', () => {
    it('creates, changes, shows and addresses a group', async () => {
      const members = ['zhangsan', 'lisi'];
      const created = await caller.chat('create', {
        name: '值班',
        owner: 'zhangsan',
        useridlist: members,
        searchable: 1,
      });
      expect(created).toMatchObject({ errcode: 0, openConversationId: expect.any(String), conversationTag: 2 });
      const { chatid } = created;
      const change = { chatid, name: '夜班', owner: 'lisi', add_useridlist: ['user001'], del_useridlist: ['zhangsan'] };
      expect((await caller.chat('update', change)).errcode).toBe(0);
      expect((await caller.get(caller.withToken(`/chat/get?chatid=${String(chatid)}`))).chat_info).toMatchObject({
        chatid,
        name: '夜班',
        owner: 'lisi',
        useridlist: ['lisi', 'user001'],
        searchable: 1,
        status: 1,
      });
      const { messageId } = await caller.chat('send', { chatid, msg: textOf('到岗') });
      expect(platform.ledger.messages({ operation: 'chat.send', app: 'default' })).toMatchObject([
        { id: messageId, recipients: { chat: chatid }, content: textOf('到岗'), shown: true },
      ]);
    });
  });

  describe('media', () => {
    it.each([
      ['image', '报表.PNG'],
      ['voice', 'a.amr'],
      ['video', 'a.mp4'],
      ['file', 'a.tar.zip'],
    ])('takes a %s named %s', async (type, filename) => {
      const reply = await caller.upload({ type, filename, content: 'bytes' });
      expect(reply).toMatchObject({ errcode: 0, type, created_at: clock.now() });
      expect(reply.media_id).toMatch(/^@/);
      expect(platform.uploaded(String(reply.media_id))).toMatchObject({ type, filename, bytes: 5 });
    });

    it('gives another id to a second upload of the same file', async () => {
      expect((await caller.upload()).media_id).not.toBe((await caller.upload()).media_id);
    });

    it('lets messages use what was uploaded', async () => {
      const { media_id } = await caller.upload();
      expect((await send({ msg: { msgtype: 'image', image: { media_id } } })).errcode).toBe(0);
      expect((await caller.chat('update', { chatid: await caller.newChat(), icon: media_id })).errcode).toBe(0);
    });

    it('records the parts of a form with name, size and digest', async () => {
      await caller.upload({ filename: '图.png', content: 'abc' });
      expect(platform.ledger.calls({ path: '/media/upload' })).toMatchObject([
        {
          body: '',
          parts: [
            {
              name: 'media',
              filename: '图.png',
              contentType: 'image/png',
              bytes: 3,
              sha256: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
            },
          ],
        },
      ]);
    });
  });
});
