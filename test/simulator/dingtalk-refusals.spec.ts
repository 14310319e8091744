import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DingTalkSimulator } from '../../src/providers/dingtalk/simulator/dingtalk.simulator.js';
import { DingTalkCaller, type Reply } from './dingtalk-caller.js';

const ASYNCSEND = '/topapi/message/corpconversation/asyncsend_v2';
const text = { msgtype: 'text', text: { content: 'hello' } };
const EMPTY_TEXT_BYTES = JSON.stringify({ msgtype: 'text', text: { content: '' } }).length;
const chinese = (length: number): string => '长'.repeat(length);
const oa = (changes: Record<string, unknown> = {}): Record<string, unknown> => ({
  msgtype: 'oa',
  oa: {
    message_url: 'https://a.example',
    head: { bgcolor: 'FFBBBBBB', text: '头' },
    body: { title: '标题' },
    ...changes,
  },
});
const card = (action_card: Record<string, unknown>): Record<string, unknown> => ({
  msgtype: 'action_card',
  action_card,
});
const single = { single_title: '看', single_url: 'https://a.example' };
const buttons = [{ title: '看', action_url: 'https://a.example' }];

describe('DingTalkSimulator refuses', () => {
  let platform: DingTalkSimulator;
  let caller: DingTalkCaller;
  let chatid: string;
  let textTask: unknown;
  let oaTask: unknown;

  beforeAll(async () => {
    platform = await new DingTalkSimulator().start();
    caller = new DingTalkCaller(platform);
    await caller.fetchToken();
    chatid = await caller.newChat();
    textTask = (await notice({})()).task_id;
    oaTask = (await notice({ msg: oa() })()).task_id;
    platform.ledger.clear();
  });
  afterAll(async () => {
    await caller.close();
    await platform.close();
  });

  const notice = (args: Record<string, unknown>) => (): Promise<Reply> =>
    caller.notice('asyncsend_v2', { userid_list: 'user001', msg: text, ...args });
  const noticeWith = (msg: unknown) => notice({ msg });
  const form = (fields: Record<string, string>) => (): Promise<Reply> =>
    caller.postForm(caller.withToken(ASYNCSEND), { agent_id: '1000001', userid_list: 'user001', ...fields });
  const chat =
    (name: string, body: Record<string, unknown> = {}) =>
    (): Promise<Reply> =>
      caller.chat(name, body);
  const newChat = (changes: Record<string, unknown>) =>
    chat('create', { name: '群', owner: 'zhangsan', useridlist: ['zhangsan', 'lisi'], ...changes });
  const chatUpdate = (changes: Record<string, unknown>) => (): Promise<Reply> =>
    caller.chat('update', { chatid, ...changes });
  const chatWith = (msg: unknown) => (): Promise<Reply> => caller.chat('send', { chatid, msg });
  const raw =
    (method: 'GET' | 'POST', path: string, body?: string, contentType?: string, token = true) =>
    (): Promise<Reply> =>
      caller.call(method, token ? caller.withToken(path) : path, body, contentType);

  const rows: [what: string, errcode: number, ask: () => Promise<Reply>][] = [
    ['a token request without key', 40035, raw('GET', '/gettoken', undefined, undefined, false)],
    ['a token request without secret', 40035, raw('GET', '/gettoken?appkey=dingsimkey', undefined, undefined, false)],
    [
      'a token request with the key pair in the body',
      40035,
      raw('POST', '/gettoken', '{"appkey":"dingsimkey"}', 'application/json', false),
    ],
    ['a wrong key', 40096, () => caller.fetchToken('dingother')],
    ['a wrong secret', 40096, () => caller.fetchToken('dingsimkey', 'wrong')],
    ['an unknown topapi method', 22, raw('POST', '/topapi/message/corpconversation/asyncsend')],
    ['an unknown path', 404, raw('POST', '/chat/sendall')],
    ['a path with a doubled slash', 404, raw('POST', '//chat/send')],
    ['chat/get by POST', 43001, raw('POST', '/chat/get')],
    ['chat/send by GET', 43002, raw('GET', '/chat/send')],
    ['a work notice by GET', 43002, raw('GET', ASYNCSEND)],

    ['a work notice without agent_id', 40, notice({ agent_id: undefined })],
    ['an agent_id of letters', 41, notice({ agent_id: 'ding' })],
    ['the agent_id of another app', 40056, notice({ agent_id: 1_000_002 })],
    ['a work notice without msg', 40, noticeWith(undefined)],
    ['msg as JSON text in a JSON body', 41, noticeWith(JSON.stringify(text))],
    ['a JSON body that is not JSON', 40035, raw('POST', ASYNCSEND, '{"agent_id":1000001,', 'application/json')],
    ['a JSON body that is a list', 40035, raw('POST', ASYNCSEND, '[]', 'application/json')],
    [
      'a JSON body sent as text/plain',
      40,
      raw('POST', ASYNCSEND, JSON.stringify({ agent_id: 1_000_001 }), 'text/plain'),
    ],
    ['a form with msg that is not JSON', 41, form({ msg: 'hello' })],
    ['a form with msg as nested fields', 40, form({ 'msg[msgtype]': 'text', 'msg[text][content]': 'hello' })],
    ['a work notice to nobody', 40032, notice({ userid_list: undefined })],
    ['a work notice to nobody with to_all_user false', 40032, notice({ userid_list: undefined, to_all_user: false })],
    ['an empty userid_list', 40032, notice({ userid_list: '' })],
    ['an empty userid_list beside departments', 40032, notice({ userid_list: '', dept_id_list: '1' })],
    ['userid_list as an array', 41, notice({ userid_list: ['user001'] })],
    ['101 user ids', 40032, notice({ userid_list: Array.from({ length: 101 }, (_, n) => `u${n}`).join(',') })],
    ['an empty dept_id_list', 40009, notice({ dept_id_list: '' })],
    ['a department id of letters', 40009, notice({ dept_id_list: 'sales' })],
    ['21 departments', 400002, notice({ dept_id_list: Array.from({ length: 21 }, (_, n) => n + 1).join(',') })],
    ['a to_all_user that is no boolean', 41, notice({ to_all_user: 'yes' })],

    ['a message without msgtype', 40035, noticeWith({ text: { content: 'hello' } })],
    ['an unknown msgtype', 40008, noticeWith({ msgtype: 'sticker', sticker: {} })],
    ['the robot spelling actionCard', 40008, noticeWith({ msgtype: 'actionCard', actionCard: {} })],
    ['a message without its content object', 40035, noticeWith({ msgtype: 'text' })],
    ['a content that is no object', 400002, noticeWith({ msgtype: 'text', text: 'hello' })],
    ['two content objects', 400002, noticeWith({ ...text, markdown: { title: 'a', text: 'b' } })],
    ['a text without content', 40035, noticeWith({ msgtype: 'text', text: {} })],
    ['an empty text', 44004, noticeWith({ msgtype: 'text', text: { content: '' } })],
    ['a text of a number', 400002, noticeWith({ msgtype: 'text', text: { content: 1 } })],
    [
      'a message of 2049 bytes',
      45002,
      noticeWith({ msgtype: 'text', text: { content: 'x'.repeat(2049 - EMPTY_TEXT_BYTES) } }),
    ],
    [
      '700 Chinese characters, which are 2100 bytes',
      45002,
      noticeWith({ msgtype: 'text', text: { content: chinese(700) } }),
    ],
    ['an image without media_id', 41006, noticeWith({ msgtype: 'image', image: {} })],
    ['an image with an unknown media_id', 40007, noticeWith({ msgtype: 'image', image: { media_id: '@lADnone' } })],
    ['a file with an unknown media_id', 40007, noticeWith({ msgtype: 'file', file: { media_id: '@lADnone' } })],
    ['a markdown without title', 40035, noticeWith({ msgtype: 'markdown', markdown: { text: 'a' } })],
    ['a markdown without text', 40035, noticeWith({ msgtype: 'markdown', markdown: { title: 'a' } })],
    [
      'a link with message_url for messageUrl',
      41010,
      noticeWith({ msgtype: 'link', link: { message_url: 'a', picUrl: 'b', title: 'c', text: 'd' } }),
    ],
    [
      'a link without picture',
      40035,
      noticeWith({ msgtype: 'link', link: { messageUrl: 'a', title: 'c', text: 'd' } }),
    ],
    [
      'a link with an unknown media id as picture',
      40007,
      noticeWith({ msgtype: 'link', link: { messageUrl: 'a', picUrl: '@b', title: 'c', text: 'd' } }),
    ],
    ['an oa without message_url', 41010, noticeWith(oa({ message_url: undefined }))],
    ['an oa without head', 40035, noticeWith(oa({ head: undefined }))],
    ['an oa without body', 40035, noticeWith(oa({ body: undefined }))],
    ['an oa colour with 0x', 400002, noticeWith(oa({ head: { bgcolor: '0xFFBBBBBB', text: '头' } }))],
    ['an oa colour of six digits', 400002, noticeWith(oa({ head: { bgcolor: 'BBBBBB', text: '头' } }))],
    ['an oa form that is no list', 400002, noticeWith(oa({ body: { form: { key: 'a', value: 'b' } } }))],
    ['an oa image that was never uploaded', 40007, noticeWith(oa({ body: { image: '@none' } }))],
    [
      'a status bar for six people',
      400002,
      notice({
        userid_list: 'user001,user002,user003,user004,user005,user006',
        msg: oa({ status_bar: { status_value: '进行中' } }),
      }),
    ],
    [
      'a status bar for a department',
      400002,
      notice({ userid_list: undefined, dept_id_list: '2', msg: oa({ status_bar: { status_value: '进行中' } }) }),
    ],
    [
      'a status bar colour without 0x',
      400002,
      noticeWith(oa({ status_bar: { status_value: '进行中', status_bg: 'FF78C06E' } })),
    ],
    ['a card without markdown', 40035, noticeWith(card(single))],
    ['a card without any button', 40035, noticeWith(card({ markdown: 'a' }))],
    ['a card with half of the single pair', 41010, noticeWith(card({ markdown: 'a', single_title: '看' }))],
    ['a card with buttons and no orientation', 40035, noticeWith(card({ markdown: 'a', btn_json_list: buttons }))],
    ['a card with orientation and no buttons', 40035, noticeWith(card({ markdown: 'a', btn_orientation: '0' }))],
    [
      'a card with both pairs',
      400002,
      noticeWith(card({ markdown: 'a', ...single, btn_orientation: '0', btn_json_list: buttons })),
    ],
    [
      'a card with orientation 2',
      400002,
      noticeWith(card({ markdown: 'a', btn_orientation: '2', btn_json_list: buttons })),
    ],
    [
      'a card with orientation as a number',
      400002,
      noticeWith(card({ markdown: 'a', btn_orientation: 0, btn_json_list: buttons })),
    ],
    [
      'a card with buttons as JSON text',
      400002,
      noticeWith(card({ markdown: 'a', btn_orientation: '0', btn_json_list: '[]' })),
    ],
    [
      'a card with an empty list of buttons',
      400002,
      noticeWith(card({ markdown: 'a', btn_orientation: '0', btn_json_list: [] })),
    ],
    [
      'a button without its URL',
      41010,
      noticeWith(card({ markdown: 'a', btn_orientation: '0', btn_json_list: [{ title: '看' }] })),
    ],
    [
      'a button title of 21 characters',
      45002,
      noticeWith(card({ markdown: 'a', ...single, single_title: chinese(21) })),
    ],
    [
      'a button URL of 501 characters',
      45002,
      noticeWith(card({ markdown: 'a', ...single, single_url: 'u'.repeat(501) })),
    ],
    ['a card title of 65 characters', 45002, noticeWith(card({ markdown: 'a', ...single, title: chinese(65) }))],
    [
      'buttons of more than 1000 characters',
      45002,
      noticeWith(
        card({
          markdown: 'a',
          btn_orientation: '0',
          btn_json_list: [
            { title: '看', action_url: 'u'.repeat(600) },
            { title: '看', action_url: 'u'.repeat(400) },
          ],
        }),
      ),
    ],

    ['progress without task_id', 40, () => caller.notice('getsendprogress', {})],
    ['progress of an unknown task', 40035, () => caller.notice('getsendprogress', { task_id: 1 })],
    ['progress under another agent_id', 40035, () => caller.notice('getsendprogress', { task_id: 1, agent_id: 2 })],
    ['the result of an unknown task', 400002, () => caller.notice('getsendresult', { task_id: 1 })],
    ['recall by task_id in place of msg_task_id', 40, () => caller.notice('recall', { task_id: 1 })],
    ['recall of an unknown task', 400002, () => caller.notice('recall', { msg_task_id: 1 })],
    ['a status bar update without status_value', 40, () => caller.notice('status_bar/update', { task_id: oaTask })],
    [
      'a status bar update on a text',
      40035,
      () => caller.notice('status_bar/update', { task_id: textTask, status_value: '完成' }),
    ],
    [
      'a status bar update with a wrong colour',
      40035,
      () => caller.notice('status_bar/update', { task_id: oaTask, status_value: '完成', status_bg: '#78C06E' }),
    ],

    [
      'a chat body that is not JSON',
      43009,
      raw('POST', '/chat/create', 'name=群', 'application/x-www-form-urlencoded'),
    ],
    ['a chat body that is empty', 43009, raw('POST', '/chat/send')],
    ['a chat without name', 40035, newChat({ name: undefined })],
    ['a chat name of 21 characters', 400002, newChat({ name: chinese(21) })],
    ['a chat without owner', 49013, newChat({ owner: undefined })],
    ['a chat without members', 49010, newChat({ useridlist: [] })],
    ['members as comma-separated text', 400002, newChat({ useridlist: 'zhangsan,lisi' })],
    ['41 members in a call', 49011, newChat({ useridlist: Array.from({ length: 41 }, (_, n) => `user${n}`) })],
    ['a member who does not exist', 40031, newChat({ useridlist: ['zhangsan', 'nobody'] })],
    ['an owner who is not a member', 49006, newChat({ owner: 'manager4220' })],
    ['a chat flag of 2', 400002, newChat({ searchable: 2 })],
    ['an update without chatid', 49000, chat('update')],
    ['an update of an unknown chat', 40016, chat('update', { chatid: 'chatnone' })],
    ['an update to a name of 21 characters', 49015, chatUpdate({ name: chinese(21) })],
    ['an unknown owner type', 49014, chatUpdate({ ownerType: 'boss' })],
    [
      'adding and removing the same person',
      49004,
      chatUpdate({ add_useridlist: ['user001'], del_useridlist: ['user001'] }),
    ],
    ['adding somebody unknown', 40031, chatUpdate({ add_useridlist: ['nobody'] })],
    ['adding 41 people', 49011, chatUpdate({ add_useridlist: Array.from({ length: 41 }, (_, n) => `user${n}`) })],
    ['an outsider in an internal group', 49009, chatUpdate({ add_extidlist: ['ext1'] })],
    ['removing the owner', 49006, chatUpdate({ del_useridlist: ['zhangsan'] })],
    ['an icon that was never uploaded', 40007, chatUpdate({ icon: '@none' })],
    ['chat/get without chatid', 49000, raw('GET', '/chat/get')],
    ['chat/get of an unknown chat', 40016, raw('GET', '/chat/get?chatid=chatnone')],
    ['a chat message without chatid', 34001, chat('send', { msg: text })],
    ['a chat message to an unknown chat', 34001, chat('send', { chatid: 'chatnone', msg: text })],
    ['a chat message without msg', 34014, chatWith(undefined)],
    ['a chat message with msg as text', 34014, chatWith(JSON.stringify(text))],
    ['a chat message without msgtype', 34004, chatWith({ text: { content: 'a' } })],
    ['a chat message of unknown type', 34004, chatWith({ msgtype: 'sticker', sticker: {} })],
    ['a chat image without image', 34008, chatWith({ msgtype: 'image', image: {} })],
    ['a chat link without URL', 34009, chatWith({ msgtype: 'link', link: { picUrl: 'b', title: 'c', text: 'd' } })],
    ['a chat file without file', 34010, chatWith({ msgtype: 'file', file: {} })],
    ['a chat voice without audio', 34011, chatWith({ msgtype: 'voice', voice: { duration: '5' } })],
    ['a chat text without content', 34014, chatWith({ msgtype: 'text', text: {} })],
    ['a chat image with an unknown media_id', 40007, chatWith({ msgtype: 'image', image: { media_id: '@none' } })],
    ['a chat message of more than 2048 bytes', 34016, chatWith({ msgtype: 'text', text: { content: chinese(700) } })],

    ['an upload without type', 40004, () => caller.upload({ type: '' })],
    ['an upload of an unknown type', 40004, () => caller.upload({ type: 'sticker' })],
    ['an upload of a type that is a property of every object', 40004, () => caller.upload({ type: 'constructor' })],
    ['an upload under another field name', 41005, () => caller.upload({ field: 'file' })],
    ['an upload without file name', 40005, () => caller.upload({ filename: '' })],
    ['an upload without extension', 40005, () => caller.upload({ filename: 'picture' })],
    ['an upload with the extension of another type', 40005, () => caller.upload({ type: 'file', filename: 'a.png' })],
    ['an empty upload', 44001, () => caller.upload({ content: '' })],
    [
      'a voice clip over 2 MB',
      40006,
      () => caller.upload({ type: 'voice', filename: 'a.amr', content: Buffer.alloc(2 * 1024 * 1024 + 1) }),
    ],
    ['an upload as JSON', 43008, raw('POST', '/media/upload?type=image', '{}', 'application/json')],
    ['an upload without boundary', 43008, raw('POST', '/media/upload?type=image', '--x\r\n', 'multipart/form-data')],
    [
      'an upload whose body has another boundary',
      43008,
      raw('POST', '/media/upload?type=image', '--x\r\n', 'multipart/form-data; boundary=y'),
    ],
    [
      'an upload that breaks off',
      43008,
      raw(
        'POST',
        '/media/upload?type=image',
        '--y\r\nContent-Disposition: form-data; name="media"; filename="a.png"\r\n\r\npix',
        'multipart/form-data; boundary=y',
      ),
    ],
  ];

  it.each(rows)('%s with code %i', async (_what, errcode, ask) => {
    expect(await ask()).toMatchObject({ errcode, errmsg: expect.any(String) });
    expect(platform.ledger.messages()).toEqual([]);
  });

  it.each(['0', '60', '-5', '1.5', 'ten'])('a voice duration of "%s"', async (duration) => {
    const { media_id } = await caller.upload({ type: 'voice', filename: 'a.mp3' });
    const reply = await noticeWith({ msgtype: 'voice', voice: { media_id, duration } })();
    expect(reply).toMatchObject({ errcode: 400002 });
  });

  it('a voice duration given as a number', async () => {
    const { media_id } = await caller.upload({ type: 'voice', filename: 'a.mp3' });
    expect(await noticeWith({ msgtype: 'voice', voice: { media_id, duration: 10 } })()).toMatchObject({
      errcode: 400002,
    });
  });

  it('a file that has only the extended filename*', async () => {
    const body = `--y\r\nContent-Disposition: form-data; name="media"; filename*=UTF-8''a.png\r\n\r\npix\r\n--y--\r\n`;
    const ask = raw('POST', '/media/upload?type=image', body, 'multipart/form-data; boundary=y');
    expect(await ask()).toMatchObject({ errcode: 40005 });
  });

  it('a message to a group that was dissolved', async () => {
    const gone = await caller.newChat();
    platform.dissolveChat(gone);
    expect(await caller.chat('send', { chatid: gone, msg: text })).toMatchObject({ errcode: 34013 });
    expect(await caller.get(caller.withToken(`/chat/get?chatid=${gone}`))).toMatchObject({ chat_info: { status: 2 } });
  });
});
