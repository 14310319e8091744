import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_APPS, DEFAULT_CORP_ID, WeComSimulator } from '../../src/providers/wecom/simulator/wecom.simulator.js';
import { WeComCaller, type Reply } from './wecom-caller.js';

const [main, ops] = DEFAULT_APPS;
const MB = 1024 * 1024;
const text = { msgtype: 'text', text: { content: 'hello' } };
const chinese = (length: number): string => '长'.repeat(length);
const ids = (length: number): string => Array.from({ length }, (_, n) => `${n + 1}`).join('|');
const article = { title: 't', url: 'https://a.example' };
const miniNotice = { appid: main.miniProgram, title: '会议室预订成功' };

describe('WeComSimulator refuses', () => {
  let platform: WeComSimulator;
  let caller: WeComCaller;
  let chatid: string;
  let image: string;
  let archive: string;

  beforeAll(async () => {
    platform = await new WeComSimulator({ wrongSecretsPerHour: 100 }).start();
    caller = new WeComCaller(platform);
    await caller.fetchToken();
    chatid = await caller.newChat();
    image = await caller.uploaded();
    archive = await caller.uploaded('file', 'a.zip');
  });
  afterAll(async () => {
    await caller.close();
    await platform.close();
  });

  const message = (changes: Record<string, unknown>) => (): Promise<Reply> => caller.send({ ...text, ...changes });
  const typed =
    (msgtype: string, content: unknown, changes: Record<string, unknown> = {}) =>
    (): Promise<Reply> =>
      caller.send({ msgtype, [msgtype]: content, ...changes });
  const articles = (list: unknown, changes: Record<string, unknown> = {}) => typed('news', { articles: list }, changes);
  const mpnews = (changes: Record<string, unknown>) => (): Promise<Reply> =>
    caller.send({
      msgtype: 'mpnews',
      mpnews: { articles: [{ title: 't', thumb_media_id: image, content: 'c', ...changes }] },
    });
  const notice = (changes: Record<string, unknown>) => typed('miniprogram_notice', { ...miniNotice, ...changes });
  const newChat = (changes: Record<string, unknown>) => (): Promise<Reply> =>
    caller.chat('create', { name: '群', owner: 'zhangsan', userlist: ['zhangsan', 'lisi'], ...changes });
  const chatUpdate = (changes: Record<string, unknown>) => (): Promise<Reply> =>
    caller.chat('update', { chatid, ...changes });
  const chatWith = (changes: Record<string, unknown>) => (): Promise<Reply> =>
    caller.chat('send', { chatid, ...text, ...changes });
  const raw = (method: 'GET' | 'POST', path: string, body?: string, contentType?: string) => (): Promise<Reply> =>
    caller.call(method, caller.withToken(path), body, contentType);
  const token = (query: string) => (): Promise<Reply> => caller.get(`/cgi-bin/gettoken${query}`);
  const upload = (form: Parameters<WeComCaller['upload']>[0]) => (): Promise<Reply> => caller.upload(form);

  const rows: [what: string, errcode: number, ask: () => Promise<Reply>][] = [
    ['a token request without corp id', 41002, token(`?corpsecret=${main.secret}`)],
    ['a token request without secret', 41004, token(`?corpid=${DEFAULT_CORP_ID}`)],
    ['a token request with another corp id', 40013, token(`?corpid=wwother&corpsecret=${main.secret}`)],
    ['a token request with a wrong secret', 40001, token(`?corpid=${DEFAULT_CORP_ID}&corpsecret=wrong`)],
    ['a token request by POST', 40058, () => caller.call('POST', '/cgi-bin/gettoken', '{}')],
    ['a made-up token', 40014, () => caller.call('POST', '/cgi-bin/message/send?access_token=made-up', '{}')],
    ['message/send by GET', 40058, raw('GET', '/message/send')],
    ['appchat/get by POST', 40058, raw('POST', '/appchat/get', '{}')],

    ['a body that breaks off', 40008, raw('POST', '/message/send', '{"msgtype":"text",', 'application/json')],
    ['a body that is a form', 40008, raw('POST', '/message/send', 'msgtype=text&agentid=1000002')],
    ['a body that is a list', 40008, raw('POST', '/message/send', '[]', 'application/json')],
    ['an empty body', 40008, raw('POST', '/message/send')],
    ['text escaped as \\uXXXX', 40033, raw('POST', '/message/send', '{"text":{"content":"\\u4f60"}}')],

    ['a message without msgtype', 40008, message({ msgtype: undefined })],
    ['an unknown msgtype', 40008, typed('sticker', {})],
    ['the robot type markdown_v2', 40008, typed('markdown_v2', { content: 'a' })],
    ['a message without agentid', 41011, message({ agentid: undefined })],
    ['an agentid in a string', 40056, message({ agentid: '1000002' })],
    ['an agentid that is no integer', 40056, message({ agentid: 1.5 })],
    ['the agentid of another app', 301002, message({ agentid: ops.agentId })],
    ['a message to nobody', 82001, message({ touser: undefined })],
    ['a message to empty lists', 82001, message({ touser: '', toparty: '', totag: '|' })],
    ['touser as an array', 40058, message({ touser: ['zhangsan'] })],
    ['toparty as a number', 40058, message({ toparty: 2 })],
    ['totag as an array', 40058, message({ totag: [1] })],
    ['1001 users', 40032, message({ touser: ids(1001) })],
    ['101 departments', 82002, message({ toparty: ids(101) })],
    ['101 tags', 82003, message({ totag: ids(101) })],
    ['nobody but strangers', 81013, message({ touser: 'nobody|gone' })],
    ['users joined by commas', 81013, message({ touser: 'zhangsan,lisi' })],
    ['a user id in place of a department', 81013, message({ touser: undefined, toparty: 'zhangsan' })],
    ['safe 3', 40058, message({ safe: 3 })],
    ['safe 2 for a text', 40058, message({ safe: 2 })],
    ['safe as a boolean', 40058, message({ safe: true })],
    ['enable_id_trans 2', 40058, message({ enable_id_trans: 2 })],
    ['enable_duplicate_check as a boolean', 40058, message({ enable_duplicate_check: true })],
    ['a duplicate check over four hours', 40058, message({ duplicate_check_interval: 14_401 })],

    ['a text without its object', 44004, message({ text: undefined })],
    ['an empty text', 44004, typed('text', { content: '' })],
    ['a text of a number', 40058, typed('text', { content: 1 })],
    ['a text that is no object', 40058, typed('text', 'hello')],
    ['a text of 2049 bytes', 45002, typed('text', { content: 'x'.repeat(2049) })],
    ['a text of 683 Chinese characters, which are 2049 bytes', 45002, typed('text', { content: chinese(683) })],
    ['an empty markdown', 44004, typed('markdown', { content: '' })],
    ['a markdown of 2049 bytes', 45002, typed('markdown', { content: 'x'.repeat(2049) })],
    ['an image without media_id', 41006, typed('image', {})],
    ['an image never uploaded', 40007, typed('image', { media_id: 'made-up' })],
    ['a voice never uploaded', 40007, typed('voice', { media_id: 'made-up' })],
    ['a video without media_id', 41006, typed('video', { title: 't' })],
    ['an image sent as a video', 40007, () => typed('video', { media_id: image })()],
    ['a file sent as an image', 40007, () => typed('image', { media_id: archive })()],
    ['a confidential archive', 40004, () => typed('file', { media_id: archive }, { safe: 1 })()],
    ['a textcard without title', 41016, typed('textcard', { description: 'd', url: 'https://a.example' })],
    ['a textcard without description', 41033, typed('textcard', { title: 't', url: 'https://a.example' })],
    ['a textcard without URL', 41010, typed('textcard', { title: 't', description: 'd' })],
    ['a URL without scheme', 45034, typed('textcard', { title: 't', description: 'd', url: 'a.example' })],
    [
      'a URL of 2049 bytes',
      40039,
      typed('textcard', { title: 't', description: 'd', url: `http://${'u'.repeat(2042)}` }),
    ],
    ['news without articles', 45008, articles(undefined)],
    ['news with nine articles', 45008, articles(Array.from({ length: 9 }, () => article))],
    ['news with an article that is no list', 40058, articles(article)],
    ['an article without title', 41016, articles([{ url: 'https://a.example' }])],
    ['an article without URL', 41010, articles([{ title: 't' }])],
    ['an article with a picture without scheme', 45034, articles([{ ...article, picurl: 'a.example/p.png' }])],
    ['an article with appid and no pagepath', 40058, articles([{ ...article, appid: 'wx1' }])],
    ['confidential news', 40074, articles([article], { safe: 1 })],
    ['news for the inside of the organisation', 40074, articles([article], { safe: 2 })],
    ['an mpnews without thumb', 41006, mpnews({ thumb_media_id: undefined })],
    ['an mpnews with a thumb never uploaded', 40007, mpnews({ thumb_media_id: 'made-up' })],
    ['an mpnews without content', 44004, mpnews({ content: undefined })],
    ['an mpnews of more than 666 KB', 45002, mpnews({ content: 'x'.repeat(666 * 1024 + 1) })],
    ['an mpnews author of 66 bytes', 45032, mpnews({ author: chinese(22) })],
    ['a mini program notice without appid', 90200, notice({ appid: undefined })],
    ['a mini program notice with another appid', 90208, notice({ appid: 'wxother' })],
    ['a mini program notice to everybody', 40058, typed('miniprogram_notice', miniNotice, { touser: '@all' })],
    ['a notice title of three characters', 40058, notice({ title: '会议室' })],
    ['a notice title of thirteen characters', 40058, notice({ title: chinese(13) })],
    ['a notice page of 1025 bytes', 90204, notice({ page: 'p'.repeat(1025) })],
    ['a notice with eleven items', 90201, notice({ content_item: Array.from({ length: 11 }, () => ({})) })],
    ['a notice key of eleven characters', 90202, notice({ content_item: [{ key: chinese(11), value: 'v' }] })],
    ['a notice value of 31 characters', 90203, notice({ content_item: [{ key: 'k', value: chinese(31) }] })],

    ['a recall without msgid', 40063, () => caller.post('/message/recall', {})],
    ['a recall of an unknown msgid', 40058, () => caller.post('/message/recall', { msgid: 'made-up' })],

    ['a chat without members', 86204, newChat({ userlist: undefined })],
    ['members joined by |', 40035, newChat({ userlist: 'zhangsan|lisi' })],
    ['a chat of one', 86006, newChat({ userlist: ['zhangsan', 'ZhangSan'] })],
    ['a chat with a stranger', 86007, newChat({ userlist: ['zhangsan', 'nobody'] })],
    ['an owner who is not a member', 86207, newChat({ owner: 'wangwu' })],
    ['an owner that is no text', 86005, newChat({ owner: 1 })],
    ['a chat name that is no text', 86004, newChat({ name: 1 })],
    ['a chatid with other letters', 86001, newChat({ chatid: 'duty-1' })],
    ['a chatid that is a number', 86001, newChat({ chatid: 1 })],
    ['a chatid of 33 characters', 86205, newChat({ chatid: 'c'.repeat(33) })],
    ['a chatid that is taken', 86215, () => newChat({ chatid })()],
    ['an update without chatid', 86201, chatUpdate({ chatid: undefined })],
    ['an update of an unknown chat', 86003, chatUpdate({ chatid: 'none' })],
    ['adding a stranger', 86216, chatUpdate({ add_user_list: ['nobody'] })],
    ['removing somebody who is not there', 86216, chatUpdate({ del_user_list: ['user001'] })],
    ['removing the owner without naming another', 86203, chatUpdate({ del_user_list: ['zhangsan'] })],
    ['making the removed the owner', 86207, chatUpdate({ del_user_list: ['lisi'], owner: 'lisi' })],
    ['removing all but one', 86006, chatUpdate({ del_user_list: ['lisi', 'wangwu'] })],
    ['appchat/get without chatid', 86201, raw('GET', '/appchat/get')],
    ['appchat/get of an unknown chat', 86003, raw('GET', '/appchat/get?chatid=none')],
    ['a chat message without chatid', 86201, chatWith({ chatid: undefined })],
    ['a chat message to an unknown chat', 86003, chatWith({ chatid: 'none' })],
    ['a template card to a chat', 40008, chatWith({ msgtype: 'template_card', template_card: {} })],
    [
      'a mini program notice to a chat',
      40008,
      chatWith({ msgtype: 'miniprogram_notice', miniprogram_notice: miniNotice }),
    ],
    ['an empty text to a chat', 44004, chatWith({ text: { content: '' } })],
    ['a text of 2049 bytes to a chat', 45002, chatWith({ text: { content: 'x'.repeat(2049) } })],
    ['mentions that are no list', 40035, chatWith({ text: { content: 'a', mentioned_list: 'lisi' } })],
    [
      'news that open a mini program in a chat',
      41010,
      chatWith({ msgtype: 'news', news: { articles: [{ title: 't', appid: 'wx1', pagepath: 'p' }] } }),
    ],
    ['safe 2 in a chat', 40058, chatWith({ safe: 2 })],

    ['an upload without type', 40005, upload({ type: '' })],
    ['an upload of an unknown type', 40005, upload({ type: 'constructor' })],
    ['an upload under another field name', 44001, upload({ field: 'file' })],
    ['an upload without file name', 44001, upload({ disposition: 'form-data; name="media"' })],
    [
      'a name in the extended form',
      44001,
      upload({ disposition: `form-data; name="media"; filename="a.png"; filename*=UTF-8''%E5%9B%BE.png` }),
    ],
    ['an upload in chunks without Content-Length', 44001, upload({ chunked: true })],
    ['an empty upload', 44001, upload({ content: '' })],
    ['an upload of five bytes', 40006, upload({ content: '12345' })],
    ['an upload that is no form', 44001, raw('POST', '/media/upload?type=image', '{}', 'application/json')],
    ['an image in another format', 40004, upload({ filename: 'a.gif' })],
    ['a voice in another format', 301017, upload({ type: 'voice', filename: 'a.mp3' })],
    ['a video in another format', 40004, upload({ type: 'video', filename: 'a.avi' })],
    ['an image over 10 MB', 40009, upload({ content: Buffer.alloc(10 * MB + 1) })],
    ['a voice over 2 MB', 45001, upload({ type: 'voice', filename: 'a.amr', content: Buffer.alloc(2 * MB + 1) })],
    ['a video over 10 MB', 40011, upload({ type: 'video', filename: 'a.mp4', content: Buffer.alloc(10 * MB + 1) })],
    ['a file over 20 MB', 45001, upload({ type: 'file', filename: 'a.bin', content: Buffer.alloc(20 * MB + 1) })],
  ];

  it.each(rows)('%s with code %i', async (_what, errcode, ask) => {
    expect(await ask()).toMatchObject({
      errcode,
      errmsg: expect.stringMatching(/, hint: \[\d+\], from ip: [\d.]+, more info at .+\?e=-?\d+$/),
    });
    expect(platform.ledger.messages()).toEqual([]);
  });

  it('a body that is no JSON with the words "wrong json format"', async () => {
    const { errmsg } = await raw('POST', '/message/send', 'msgtype=text')();
    expect(errmsg).toMatch(/^invalid message type, Warning: wrong json format\., hint: /);
  });

  it('a mini program notice of an app that is bound to none with code 48002', async () => {
    await caller.fetchToken(ops.secret);
    expect(await typed('miniprogram_notice', miniNotice, { agentid: ops.agentId })()).toMatchObject({ errcode: 48002 });
    await caller.fetchToken();
  });
});
