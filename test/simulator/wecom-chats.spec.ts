import { beforeEach, describe, expect, it } from 'vitest';
import {
  DEFAULT_APPS,
  WeComSimulator,
  type WeComSimulatorOptions,
} from '../../src/providers/wecom/simulator/wecom.simulator.js';
import { startStage, WeComCaller } from './wecom-caller.js';

const [main, ops] = DEFAULT_APPS;

describe('WeComSimulator keeps group chats', () => {
  let platform: WeComSimulator;
  let caller: WeComCaller;

  async function restart(options: WeComSimulatorOptions = {}): Promise<void> {
    ({ platform, caller } = await startStage(options));
  }

  const asOps = async (): Promise<WeComCaller> => {
    const other = new WeComCaller(platform, ops.agentId);
    await other.fetchToken(ops.secret);
    return other;
  };

  beforeEach(() => restart());

  it('creates, changes, shows and addresses a group', async () => {
    const userlist = ['ZhangSan', 'lisi', 'user001'];
    const created = await caller.chat('create', { name: '夜'.repeat(60), owner: 'lisi', userlist, chatid: 'duty1' });
    expect(created).toEqual({ errcode: 0, errmsg: 'ok', chatid: 'duty1' });
    expect(await caller.chatInfo('duty1')).toEqual({
      chatid: 'duty1',
      name: '夜'.repeat(50),
      owner: 'lisi',
      userlist: ['zhangsan', 'lisi', 'user001'],
      chat_type: 0,
    });
    const change = {
      chatid: 'duty1',
      name: '早班',
      owner: 'wangwu',
      add_user_list: ['wangwu'],
      del_user_list: ['lisi'],
    };
    expect(await caller.chat('update', change)).toEqual({ errcode: 0, errmsg: 'ok' });
    expect(await caller.chatInfo('duty1')).toMatchObject({
      name: '早班',
      owner: 'wangwu',
      userlist: ['zhangsan', 'user001', 'wangwu'],
    });
  });

  it('makes up a chatid and chooses an owner if none is given', async () => {
    const { chatid } = await caller.chat('create', { userlist: ['zhangsan', 'lisi'] });
    expect(chatid).toMatch(/^[\da-z]{1,32}$/i);
    expect(await caller.chatInfo(String(chatid))).toMatchObject({ name: '', owner: 'zhangsan' });
  });

  it('sends to a group without answering a msgid', async () => {
    const chatid = await caller.newChat();
    const text = { content: '到岗 <@lisi>', mentioned_list: ['lisi', '@all'] };
    expect(await caller.chat('send', { chatid, msgtype: 'text', text, safe: 0 })).toEqual({
      errcode: 0,
      errmsg: 'ok',
    });
    expect(platform.ledger.messages({ operation: 'appchat.send', app: 'default' })).toMatchObject([
      { recipients: { chat: chatid }, content: { msgtype: 'text', text, safe: 0 }, shown: true },
    ]);
  });

  it('keeps a group to the app that made it', async () => {
    await restart({ apps: [main, { ...ops, visibleRange: main.visibleRange }] });
    const chatid = await caller.newChat();
    const other = await asOps();
    const text = { msgtype: 'text', text: { content: 'a' } };
    expect((await other.chat('send', { chatid, ...text })).errcode).toBe(86008);
    expect((await other.chat('update', { chatid, name: 'mine' })).errcode).toBe(86008);
    expect((await other.get(other.withToken(`/appchat/get?chatid=${chatid}`))).errcode).toBe(86008);
    await other.close();
  });

  it('makes no group for an app that does not see the whole organisation', async () => {
    const other = await asOps();
    expect((await other.chat('create', { userlist: ['zhangsan', 'lisi'] })).errcode).toBe(48002);
    expect((await other.chat('send', { chatid: 'a' })).errcode).toBe(48002);
    await other.close();
  });
});
