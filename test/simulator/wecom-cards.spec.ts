import { beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_APPS, WeComSimulator } from '../../src/providers/wecom/simulator/wecom.simulator.js';
import type { StoppedClock } from './stopped-clock.js';
import { startStage, type WeComCaller, type Reply } from './wecom-caller.js';

const [main, ops] = DEFAULT_APPS;
const HOUR = 60 * 60;
const main_title = { title: '审批', desc: '请在今天处理' };
const card_action = { type: 1, url: 'https://a.example' };
const button_list = [{ text: '同意', key: 'yes', style: 1 }];
const option_list = [{ id: '1', text: '一', is_checked: true }];
const submit_button = { text: '提交', key: 'submit' };
const action_menu = { desc: '更多', action_list: [{ text: '不再提醒', key: 'mute' }] };

const textNotice = { card_type: 'text_notice', main_title, card_action };
const buttons = { card_type: 'button_interaction', main_title, button_list, task_id: 'task-1' };
const vote = {
  card_type: 'vote_interaction',
  main_title,
  task_id: 'task_2@a',
  checkbox: { question_key: 'q', mode: 1, option_list },
  submit_button,
};
const multiple = {
  card_type: 'multiple_interaction',
  main_title,
  task_id: 'task-3',
  select_list: [{ question_key: 'q', option_list }],
  submit_button,
};
const newsNotice = {
  card_type: 'news_notice',
  main_title,
  card_action,
  card_image: { url: 'https://a.example/p.png' },
};

describe('WeComSimulator treats template cards', () => {
  let clock: StoppedClock;
  let platform: WeComSimulator;
  let caller: WeComCaller;

  const sentButtons = async (changes: Record<string, unknown> = {}): Promise<unknown> =>
    (await caller.sendCard(buttons, { touser: 'zhangsan|lisi', ...changes })).response_code;
  const update = (body: Record<string, unknown>): Promise<Reply> =>
    caller.post('/message/update_template_card', {
      agentid: caller.agentId,
      userids: ['zhangsan'],
      button: { replace_name: '已处理' },
      ...body,
    });

  beforeEach(async () => {
    const third = { ...ops, name: 'third', agentId: 3, secret: 'third', hasCallbackUrl: true };
    ({ clock, platform, caller } = await startStage({ apps: [main, ops, third] }));
  });

  it.each([
    ['button', buttons],
    ['vote', vote],
    ['multiple choice', multiple],
    ['text notice with a menu', { ...textNotice, action_menu, task_id: 't' }],
    ['news notice with a menu', { ...newsNotice, action_menu, task_id: 't' }],
  ])('answers a response code for a %s card', async (_what, card) => {
    expect(await caller.sendCard(card)).toMatchObject({ errcode: 0, response_code: expect.any(String) });
  });

  it.each([
    ['text notice', textNotice],
    ['text notice with nothing but a subtitle', { card_type: 'text_notice', sub_title_text: '有新消息', card_action }],
    ['news notice', newsNotice],
    [
      'news notice with a picture beside text',
      { ...newsNotice, card_image: undefined, image_text_area: { image_url: 'u' } },
    ],
  ])('answers none for a plain %s', async (_what, card) => {
    const reply = await caller.sendCard(card);
    expect(reply.errcode).toBe(0);
    expect(reply).not.toHaveProperty('response_code');
  });

  it('accepts a card with every part that a notice may have', async () => {
    const card = {
      ...textNotice,
      source: { icon_url: 'https://a.example/i.png', desc: '监控', desc_color: 2 },
      emphasis_content: { title: '100', desc: '核心数据' },
      quote_area: { type: 2, appid: 'wx1', pagepath: 'p', title: '引用', quote_text: '文' },
      sub_title_text: '长'.repeat(400),
      horizontal_content_list: [
        { keyname: '行', value: '值' },
        { keyname: '网', type: 1, url: 'https://a.example' },
        { keyname: '附件', type: 2, media_id: await caller.uploaded('file', 'a.pdf') },
        { keyname: '人', type: 3, userid: 'lisi' },
      ],
      jump_list: [{ title: '看', type: 1, url: 'https://a.example' }, { title: '不跳' }],
      action_menu,
      task_id: 'full',
    };
    expect((await caller.sendCard(card)).errcode).toBe(0);
  });

  it('lets an app use a task id once', async () => {
    await caller.sendCard(buttons);
    expect((await caller.sendCard(vote)).errcode).toBe(0);
    expect((await caller.sendCard({ ...vote, task_id: buttons.task_id })).errcode).toBe(42014);
  });

  it('forgets the task id of a card that reached nobody', async () => {
    expect((await caller.sendCard(buttons, { touser: 'nobody' })).errcode).toBe(81013);
    expect((await caller.sendCard(buttons)).errcode).toBe(0);
  });

  it('takes a repeated card for a duplicate rather than for a second use of its task id', async () => {
    await caller.sendCard(buttons, { enable_duplicate_check: 1 });
    expect((await caller.sendCard(buttons, { enable_duplicate_check: 1 })).errcode).toBe(0);
    expect(platform.ledger.messages().map(({ shown }) => shown)).toEqual([true, false]);
  });

  it('sends no interactive card for an app without a callback URL', async () => {
    await caller.fetchToken(ops.secret);
    const agentid = ops.agentId;
    expect((await caller.sendCard(buttons, { agentid })).errcode).toBe(43012);
    expect((await caller.sendCard(textNotice, { agentid })).errcode).toBe(0);
  });

  it('greys out a button once', async () => {
    const response_code = await sentButtons();
    expect(await update({ response_code })).toEqual({ errcode: 0, errmsg: 'ok' });
    expect((await update({ response_code })).errcode).toBe(60140);
  });

  it('replaces the whole card', async () => {
    const response_code = await sentButtons();
    const template_card = {
      ...multiple,
      task_id: undefined,
      replace_text: '已选',
      select_list: [{ ...multiple.select_list[0], disable: true }],
    };
    expect((await update({ response_code, button: undefined, template_card })).errcode).toBe(0);
  });

  it('names those whose copy it cannot update, as a list', async () => {
    const response_code = await sentButtons();
    expect(await update({ response_code, userids: ['LiSi', 'WangWu', 'Nobody'] })).toMatchObject({
      errcode: 0,
      invaliduser: ['wangwu', 'nobody'],
    });
  });

  it.each([
    ['everybody', { userids: undefined, atall: 1 }],
    ['a department', { userids: undefined, partyids: [21] }],
    ['a tag', { userids: undefined, tagids: [1] }],
  ])('updates the copies of %s', async (_who, targets) => {
    expect((await update({ response_code: await sentButtons(), ...targets })).errcode).toBe(0);
  });

  it('takes a response code for 72 hours', async () => {
    const codes = [await sentButtons(), (await caller.sendCard(vote)).response_code];
    clock.advance(72 * HOUR - 1);
    await caller.fetchToken();
    expect((await update({ response_code: codes[0] })).errcode).toBe(0);
    clock.advance(1);
    await caller.fetchToken();
    expect((await update({ response_code: codes[1] })).errcode).toBe(60140);
  });

  it('keeps a response code that met a refusal', async () => {
    const response_code = await sentButtons();
    expect((await update({ response_code, button: {} })).errcode).toBe(42020);
    expect((await update({ response_code })).errcode).toBe(0);
  });

  it('updates no card of another app', async () => {
    const response_code = await sentButtons();
    await caller.fetchToken('third');
    expect((await update({ response_code, agentid: 3 })).errcode).toBe(42015);
  });

  const wrongUpdates: [what: string, errcode: number, changes: Record<string, unknown>][] = [
    ['without an agent id', 41011, { agentid: undefined }],
    ['with the agent id of another app', 301002, { agentid: ops.agentId }],
    ['for nobody', 82101, { userids: undefined }],
    ['for an empty list', 82101, { userids: [] }],
    ['for users joined by |', 40035, { userids: 'zhangsan|lisi' }],
    ['for departments as strings', 40035, { partyids: ['2'] }],
    ['for more than 1000 users', 40035, { userids: Array.from({ length: 1001 }, (_, n) => `u${n}`) }],
    ['for people who did not get the card', 82102, { userids: ['wangwu'] }],
    ['without a response code', 60140, { response_code: undefined }],
    ['with an unknown response code', 60140, { response_code: 'made-up' }],
    ['without anything new', 40063, { button: undefined }],
    ['with a card that is wrong', 42031, { button: undefined, template_card: {} }],
  ];
  it.each(wrongUpdates)('refuses an update %s with code %i', async (_what, errcode, changes) => {
    expect((await update({ response_code: await sentButtons(), ...changes })).errcode).toBe(errcode);
  });

  it('refuses to grey out the button of a card that has none', async () => {
    const { response_code } = await caller.sendCard({ ...textNotice, action_menu, task_id: 't' });
    expect((await update({ response_code })).errcode).toBe(40058);
  });

  const many = <T>(length: number, item: T): T[] => Array.from({ length }, () => item);
  const row = { keyname: '行', value: '值' };
  const wrongCards: [what: string, errcode: number, card: Record<string, unknown>][] = [
    ['no type', 42031, { main_title, card_action }],
    ['an unknown type', 42031, { ...textNotice, card_type: 'image_notice' }],
    ['neither title nor subtitle', 41016, { card_type: 'text_notice', card_action }],
    ['no card_action', 42045, { card_type: 'text_notice', main_title }],
    ['a card_action that leads nowhere', 42045, { ...textNotice, card_action: { type: 0 } }],
    ['a card_action without URL', 42028, { ...textNotice, card_action: { type: 1 } }],
    ['a card_action without appid', 42030, { ...textNotice, card_action: { type: 2, pagepath: 'p' } }],
    ['a type of action in a string', 40058, { ...textNotice, card_action: { type: '1', url: 'u' } }],
    ['a source colour of 4', 40058, { ...textNotice, source: { desc_color: 4 } }],
    ['an empty action_menu', 40058, { ...textNotice, task_id: 't', action_menu: {} }],
    ['a null where an object belongs', 40058, { ...textNotice, quote_area: null }],
    ['a menu and no task_id', 42014, { ...textNotice, action_menu }],
    ['a task_id of other letters', 42014, { ...buttons, task_id: '任务' }],
    ['a task_id of 129 bytes', 42014, { ...buttons, task_id: 'x'.repeat(129) }],
    [
      'two menu entries with one key',
      42051,
      { ...textNotice, task_id: 't', action_menu: { action_list: many(2, { text: 'a', key: 'k' }) } },
    ],
    ['a menu entry without key', 42019, { ...textNotice, task_id: 't', action_menu: { action_list: [{ text: 'a' }] } }],
    ['a quote without URL', 42028, { ...textNotice, quote_area: { type: 1 } }],
    ['seven rows', 42035, { ...textNotice, horizontal_content_list: many(7, row) }],
    ['a row without keyname', 42027, { ...textNotice, horizontal_content_list: [{ value: 'v' }] }],
    ['a row of type 1 without URL', 42028, { ...textNotice, horizontal_content_list: [{ ...row, type: 1 }] }],
    ['a row of type 2 without media', 42029, { ...textNotice, horizontal_content_list: [{ ...row, type: 2 }] }],
    [
      'a row with unknown media',
      40007,
      { ...textNotice, horizontal_content_list: [{ ...row, type: 2, media_id: 'm' }] },
    ],
    ['a row of type 3 without user', 42050, { ...textNotice, horizontal_content_list: [{ ...row, type: 3 }] }],
    ['four jumps', 42042, { ...textNotice, jump_list: many(4, { title: 'a' }) }],
    ['a jump without title', 42033, { ...textNotice, jump_list: [{ type: 0 }] }],
    ['a news notice without picture', 42044, { ...newsNotice, card_image: undefined }],
    ['a picture without URL', 42044, { ...newsNotice, card_image: {} }],
    ['a picture wider than 2.25', 40058, { ...newsNotice, card_image: { url: 'u', aspect_ratio: 2.3 } }],
    ['five vertical rows', 42036, { ...newsNotice, vertical_content_list: many(5, { title: 'a' }) }],
    ['a vertical row without title', 42033, { ...newsNotice, vertical_content_list: [{ desc: 'a' }] }],
    ['a news notice without title', 41016, { ...newsNotice, main_title: { desc: 'd' } }],
    ['no buttons', 40058, { ...buttons, button_list: [] }],
    ['a button without text', 42038, { ...buttons, button_list: [{ key: 'k' }] }],
    ['a button without key', 42039, { ...buttons, button_list: [{ text: 'a' }] }],
    ['two buttons with one key', 42039, { ...buttons, button_list: many(2, { text: 'a', key: 'k' }) }],
    ['a button key of 1025 bytes', 42039, { ...buttons, button_list: [{ text: 'a', key: 'k'.repeat(1025) }] }],
    ['a link button without URL', 42028, { ...buttons, button_list: [{ text: 'a', type: 1 }] }],
    ['a button style of 5', 40058, { ...buttons, button_list: [{ text: 'a', key: 'k', style: 5 }] }],
    ['a selection without options', 42037, { ...buttons, button_selection: { question_key: 'q' } }],
    ['a vote without checkbox', 40063, { ...vote, checkbox: undefined }],
    [
      'a vote with 21 options',
      42037,
      { ...vote, checkbox: { question_key: 'q', option_list: many(21, option_list[0]) } },
    ],
    [
      'an option without id',
      42040,
      { ...vote, checkbox: { question_key: 'q', option_list: [{ text: 'a', is_checked: false }] } },
    ],
    ['an option without text', 42041, { ...vote, checkbox: { question_key: 'q', option_list: [{ id: '1' }] } }],
    [
      'a vote option without is_checked',
      40063,
      { ...vote, checkbox: { question_key: 'q', option_list: [{ id: '1', text: 'a' }] } },
    ],
    ['a vote without question_key', 42043, { ...vote, checkbox: { option_list } }],
    ['a submit button without text', 42049, { ...vote, submit_button: { key: 'k' } }],
    ['a submit button without key', 42046, { ...vote, submit_button: { text: 'a' } }],
    ['four selectors', 42047, { ...multiple, select_list: many(4, multiple.select_list[0]) }],
    ['two selectors with one key', 42043, { ...multiple, select_list: many(2, multiple.select_list[0]) }],
  ];
  it.each(wrongCards)('refuses a card with %s with code %i', async (_what, errcode, card) => {
    expect((await caller.sendCard(card)).errcode).toBe(errcode);
    expect(platform.ledger.messages()).toEqual([]);
  });
});
