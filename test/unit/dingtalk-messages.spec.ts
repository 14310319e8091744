import 'reflect-metadata';
import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { describe, expect, it } from 'vitest';
import { flattenErrors } from '../../src/inbound/complaints.js';
import type { DtoClass } from '../../src/inbound/fields.js';
import { ChatCreateDto, ChatGetDto, ChatSendDto, ChatUpdateDto } from '../../src/providers/dingtalk/dto/chat.dto.js';
import { MediaUploadDto } from '../../src/providers/dingtalk/dto/media.dto.js';
import { dingtalkMessages } from '../../src/providers/dingtalk/dto/messages.js';
import {
  RecallDto,
  recalledTask,
  TaskDto,
  WorkNoticeDto,
  workNoticeComplaints,
} from '../../src/providers/dingtalk/dto/work-notice.dto.js';
import { identityMembers, ignoresUnknownMembers, messageMember } from '../../src/providers/message-field.js';

const DOCUMENTED = ['text', 'image', 'voice', 'file', 'link', 'oa', 'markdown', 'action_card'];
const LINK = 'https://example.com/a';

/** The content of a type's first example, changed; `undefined` removes a member. */
function message(msgtype: string, changes: Record<string, unknown>): Record<string, unknown> {
  const example = dingtalkMessages.types.find((type) => type.msgtype === msgtype)?.examples[0];
  const content = Object.assign({}, example?.message[msgtype], changes);
  return { msgtype, [msgtype]: JSON.parse(JSON.stringify(content)) };
}

function paths(value: unknown): string[] {
  return dingtalkMessages.check(value, 'msg').complaints.map((complaint) => complaint.path);
}

describe('dingtalkMessages', () => {
  it('knows exactly the documented types', () => {
    expect(dingtalkMessages.types.map((type) => type.msgtype).toSorted()).toEqual(DOCUMENTED.toSorted());
  });

  it.each(dingtalkMessages.examples)('example $name is valid, fits and raises no advice', (example) => {
    expect(dingtalkMessages.check(example.message, 'msg')).toEqual({ complaints: [] });
    expect(Buffer.byteLength(JSON.stringify(example.message))).toBeLessThanOrEqual(2048);
    expect(dingtalkMessages.advice({ ...example.message }, 'msg')).toEqual([]);
  });

  it('has an example of both forms of action_card, and no name twice', () => {
    const names = dingtalkMessages.examples.map((example) => example.name);
    expect(names).toContain('action_card-single');
    expect(names).toContain('action_card-multi');
    expect(new Set(names).size).toBe(names.length);
  });

  const button = { title: '同意', action_url: LINK };
  const multi = { single_title: undefined, single_url: undefined, btn_orientation: '0', btn_json_list: [button] };
  const head = { bgcolor: 'FF3296FA', text: '提醒' };

  const refused: [type: string, what: string, changes: Record<string, unknown>, path: string][] = [
    ['text', 'content missing', { content: undefined }, 'content'],
    ['text', 'content null', { content: null }, 'content'],
    ['text', 'content empty', { content: '' }, 'content'],
    ['text', 'content a number', { content: 1 }, 'content'],
    ['text', 'content an object', { content: {} }, 'content'],
    ['text', 'content over 5000 characters', { content: '文'.repeat(5001) }, 'content'],
    ['image', 'media_id missing', { media_id: undefined }, 'media_id'],
    ['image', 'media_id a list', { media_id: ['@a'] }, 'media_id'],
    ['voice', 'media_id missing', { media_id: undefined }, 'media_id'],
    ['voice', 'duration missing', { duration: undefined }, 'duration'],
    ...['0', '60', '-1', '1.5', '', '１０', '10\n', '10s', 10].map(
      (duration): [string, string, Record<string, unknown>, string] => [
        'voice',
        `duration ${JSON.stringify(duration)}`,
        { duration },
        'duration',
      ],
    ),
    ['file', 'media_id missing', { media_id: undefined }, 'media_id'],
    ['file', 'media_id empty', { media_id: '' }, 'media_id'],
    ...['messageUrl', 'picUrl', 'title', 'text'].map((member): [string, string, Record<string, unknown>, string] => [
      'link',
      `${member} missing`,
      { [member]: undefined },
      member,
    ]),
    ['link', 'messageUrl without a scheme', { messageUrl: 'example.com' }, 'messageUrl'],
    ['link', 'messageUrl a script', { messageUrl: 'JavaScript:alert(1)' }, 'messageUrl'],
    ['link', 'message_url instead of messageUrl', { messageUrl: undefined, message_url: LINK }, 'messageUrl'],
    ['markdown', 'title missing', { title: undefined }, 'title'],
    ['markdown', 'title over 64 characters', { title: '题'.repeat(65) }, 'title'],
    ['markdown', 'text missing', { text: undefined }, 'text'],
    ['markdown', 'text over 5000 characters', { text: 'x'.repeat(5001) }, 'text'],
    ['oa', 'message_url missing', { message_url: undefined }, 'message_url'],
    ['oa', 'pc_message_url a script', { pc_message_url: 'data:text/html,x' }, 'pc_message_url'],
    ['oa', 'head missing', { head: undefined }, 'head'],
    ['oa', 'head a text', { head: '提醒' }, 'head'],
    ['oa', 'head a list', { head: [head] }, 'head'],
    ['oa', 'head text missing', { head: { bgcolor: 'FF3296FA' } }, 'head.text'],
    ...['0xFFBBBB', '0xFF3296FA', 'FF3296F', 'red', ''].map(
      (bgcolor): [string, string, Record<string, unknown>, string] => [
        'oa',
        `head bgcolor ${JSON.stringify(bgcolor)}`,
        { head: { ...head, bgcolor } },
        'head.bgcolor',
      ],
    ),
    ['oa', 'body missing', { body: undefined }, 'body'],
    ['oa', 'form an object', { body: { form: { key: '姓名', value: '张三' } } }, 'body.form'],
    ['oa', 'form with a text', { body: { form: ['姓名'] } }, 'body.form'],
    ['oa', 'form value a number', { body: { form: [{ key: '甲' }, { value: 3 }] } }, 'body.form[1].value'],
    ['oa', 'rich num a number', { body: { rich: { num: 3 } } }, 'body.rich.num'],
    ['oa', 'status_bar a text', { status_bar: '待审批' }, 'status_bar'],
    ['oa', 'status_bg a name', { status_bar: { status_bg: 'red' } }, 'status_bar.status_bg'],
    ['action_card', 'markdown missing', { markdown: undefined }, 'markdown'],
    ['action_card', 'title over 64 characters', { title: '题'.repeat(65) }, 'title'],
    ['action_card', 'single_title over 20 characters', { single_title: '看'.repeat(21) }, 'single_title'],
    ['action_card', 'single_url over 500 characters', { single_url: `${LINK}${'x'.repeat(500)}` }, 'single_url'],
    ['action_card', 'single_url missing', { single_url: undefined }, 'single_url'],
    ['action_card', 'single_title missing', { single_title: undefined }, 'single_title'],
    ['action_card', 'single_title empty', { single_title: '' }, 'single_title'],
    ['action_card', 'no button at all', { single_title: undefined, single_url: undefined }, ''],
    ['action_card', 'both forms', { ...multi, single_title: '查看', single_url: LINK }, ''],
    ['action_card', 'orientation missing', { ...multi, btn_orientation: undefined }, 'btn_orientation'],
    ['action_card', 'orientation "2"', { ...multi, btn_orientation: '2' }, 'btn_orientation'],
    ['action_card', 'orientation a number', { ...multi, btn_orientation: 1 }, 'btn_orientation'],
    ['action_card', 'no buttons', { ...multi, btn_json_list: undefined }, 'btn_json_list'],
    ['action_card', 'an empty list of buttons', { ...multi, btn_json_list: [] }, 'btn_json_list'],
    ['action_card', 'buttons as JSON text', { ...multi, btn_json_list: '[]' }, 'btn_json_list'],
    ['action_card', 'a button null', { ...multi, btn_json_list: [button, null] }, 'btn_json_list'],
    [
      'action_card',
      'button title over 20 characters',
      { ...multi, btn_json_list: [button, { ...button, title: '好'.repeat(21) }] },
      'btn_json_list[1].title',
    ],
    [
      'action_card',
      'action_url over 700 characters',
      { ...multi, btn_json_list: [{ ...button, action_url: `${LINK}${'x'.repeat(700)}` }] },
      'btn_json_list[0].action_url',
    ],
    [
      'action_card',
      'buttons over 1000 characters in total',
      { ...multi, btn_json_list: [1, 2].map(() => ({ ...button, action_url: `${LINK}${'x'.repeat(500)}` })) },
      'btn_json_list',
    ],
  ];

  it.each(refused)('%s: refuses %s', (msgtype, _what, changes, path) => {
    const verdict = dingtalkMessages.check(message(msgtype, changes), 'msg');
    const expected = path === '' ? `msg.${msgtype}` : `msg.${msgtype}.${path}`;
    expect(verdict.complaints.map((complaint) => complaint.path)).toEqual([expected]);
    expect(verdict.sentence).toEqual({
      zh: `消息内容无效: [${msgtype}]`,
      en: `Invalid message content: [${msgtype}]`,
    });
  });

  const accepted: [type: string, what: string, changes: Record<string, unknown>][] = [
    ['voice', 'duration 1', { duration: '1' }],
    ['voice', 'duration 59', { duration: '59' }],
    ['link', 'a web address as picture', { picUrl: 'https://example.com/a.png' }],
    ['link', "DingTalk's own link form", { messageUrl: 'dingtalk://dingtalkclient/page/link?url=https%3A%2F%2Fa.cn' }],
    ['link', 'a link into a mini program', { messageUrl: 'eapp://pages/index/index' }],
    ['markdown', 'a title of 64 characters outside the BMP', { title: '𠮷'.repeat(64) }],
    ['oa', 'an empty body', { body: {} }],
    ['oa', 'seven lines of a form', { body: { form: Array.from({ length: 7 }, () => ({ key: '甲', value: '' })) } }],
    ['oa', 'a status bar', { status_bar: { status_value: '待审批', status_bg: '0xFFF65E5E' } }],
    ['action_card', 'no title', { title: undefined }],
    ['action_card', 'the other form written out empty', { btn_orientation: '', btn_json_list: [] }],
    ['action_card', 'the single form written out empty', { ...multi, single_title: '', single_url: null }],
  ];

  it.each(accepted)('%s: accepts %s', (msgtype, _what, changes) => {
    expect(paths(message(msgtype, changes))).toEqual([]);
  });

  it.each(['text', 'image', 'voice', 'file', 'link', 'oa', 'markdown', 'action_card'])(
    '%s: refuses content that is missing or not an object',
    (msgtype) => {
      const other = msgtype === 'text' ? { markdown: { title: '甲', text: '乙' } } : { text: { content: '甲' } };
      for (const content of [undefined, null, 'x', 1, true, []]) {
        const verdict = dingtalkMessages.check({ msgtype, ...other, [msgtype]: content }, 'msg');
        expect(verdict.complaints.map((complaint) => complaint.path)).toEqual([`msg.${msgtype}`]);
        expect(verdict.sentence?.zh).toBe(`消息内容无效: [${msgtype}]`);
      }
    },
  );

  it.each([
    ['a number', 1],
    ['null', null],
    ['an object', { text: 'x' }],
    ['a list', ['text']],
    ['"msgtype"', 'msgtype'],
    ['"__proto__"', '__proto__'],
    ['an empty text', ''],
    ['a text with a space', 'text '],
    ['100 kB', 'x'.repeat(100_000)],
    ['nothing', undefined],
  ])('refuses %s as msgtype and quotes nothing of it', (_what, msgtype) => {
    const verdict = dingtalkMessages.check({ msgtype, text: { content: '甲' } }, 'msg');
    expect(verdict.complaints.map((complaint) => complaint.path)).toEqual(['msg.msgtype']);
    expect(verdict.sentence?.zh).toBe('消息类型无效: [msgtype]');
    expect(JSON.stringify(verdict).length).toBeLessThan(1000);
  });

  it.each(['constructor', 'toString', 'hasOwnProperty'])(
    'does not take an inherited %s for a content object',
    (name) => {
      const verdict = dingtalkMessages.check({ msgtype: name }, 'msg');
      expect(verdict.complaints.map((complaint) => complaint.path)).toEqual([`msg.${name}`]);
      expect(verdict.sentence?.zh).toBe(`消息内容无效: [${name}]`);
    },
  );

  it('refuses an own __proto__ member posing as the message', () => {
    expect(paths(JSON.parse('{"__proto__":{"msgtype":"text","text":{"content":"甲"}}}'))).toEqual(['msg.msgtype']);
  });

  it.each([
    ['a list', []],
    ['a text', 'text'],
    ['null', null],
    ['nothing', undefined],
    ['a number', 1],
  ])('refuses %s as the message', (_what, value) => {
    const verdict = dingtalkMessages.check(value, 'msg');
    expect(verdict.complaints.map((complaint) => complaint.path)).toEqual(['msg']);
    expect(verdict.sentence?.zh).toBe('消息类型无效: [msgtype]');
  });

  it('passes a type it does not know, if it has a content object of its own', () => {
    expect(paths({ msgtype: 'calendar_card', calendar_card: { anything: [1, { a: null }] } })).toEqual([]);
    expect(paths({ msgtype: 'calendar_card', text: { content: '甲' } })).toEqual(['msg.calendar_card']);
  });

  it('leaves members it does not know untouched, wherever they stand', () => {
    const value: unknown = JSON.parse(
      `{"msgtype":"oa","extra":{"a":[1]},"oa":{"message_url":"${LINK}","newer":true,"constructor":1,"__proto__":{"x":1},
        "head":{"bgcolor":"ff3296fa","text":"甲","later":{}},"body":{"toString":"y","form":[{"key":"k","value":"v","z":0}]}}}`,
    );
    const before = JSON.stringify(value);
    expect(paths(value)).toEqual([]);
    expect(JSON.stringify(value)).toBe(before);
  });

  it('counts the 2048 bytes of the whole message in UTF-8', () => {
    const frame = Buffer.byteLength(JSON.stringify({ msgtype: 'text', text: { content: '' } }));
    const room = 2048 - frame;
    const content = '告'.repeat(Math.floor(room / 3)) + 'x'.repeat(room % 3);
    expect(paths({ msgtype: 'text', text: { content } })).toEqual([]);

    const verdict = dingtalkMessages.check({ msgtype: 'text', text: { content: `${content}x` } }, 'msg');
    expect(verdict.complaints.map((complaint) => complaint.path)).toEqual(['msg']);
    expect(verdict.complaints[0]?.message.zh).toContain('2049');
    expect(verdict.sentence?.zh).toBe('消息内容无效: [text]');
  });

  it('counts unknown members and unknown types among the 2048 bytes', () => {
    expect(paths({ msgtype: 'text', text: { content: '甲' }, extra: 'x'.repeat(2048) })).toEqual(['msg']);
    expect(paths({ msgtype: 'later', later: { x: 'x'.repeat(2048) } })).toEqual(['msg']);
  });

  it.each([
    ['text', { content: '文'.repeat(501) }, 'content'],
    ['link', { title: '题'.repeat(101) }, 'title'],
    ['link', { text: '述'.repeat(501) }, 'text'],
    ['action_card', { markdown: 'x'.repeat(1001) }, 'markdown'],
  ])('%s: passes more than the platform advises, and names it', (msgtype, changes, member) => {
    const value = message(msgtype, changes);
    expect(paths(value)).toEqual([]);
    expect(dingtalkMessages.advice(value, 'msg').map((advice) => advice.path)).toEqual([`msg.${msgtype}.${member}`]);
  });
});

/** Validates as the pipe does, unknown members refused. */
function read<T extends object>(dto: DtoClass<T>, body: object): { value: T; wrong: string[] } {
  const value = plainToInstance(dto, body);
  const errors = validateSync(value, { whitelist: true, forbidNonWhitelisted: !ignoresUnknownMembers(dto) });
  return { value, wrong: flattenErrors(errors).map((complaint) => complaint.path) };
}

const NOTE = { msgtype: 'text', text: { content: '系统今晚 22:00 升级' } };

describe(ChatCreateDto.name, () => {
  const body = { name: '值班群', owner: 'zhangsan', useridlist: ['zhangsan', 'lisi'] };

  it('takes members as a list, as text with commas and as numbers', () => {
    expect(read(ChatCreateDto, body).value.useridlist).toEqual(['zhangsan', 'lisi']);
    expect(read(ChatCreateDto, { ...body, useridlist: 'zhangsan, lisi,' }).value.useridlist).toEqual([
      'zhangsan',
      'lisi',
    ]);
    const numbers = read(ChatCreateDto, { ...body, owner: 1001, useridlist: [1001, 1002] });
    expect(numbers.value).toMatchObject({ owner: '1001', useridlist: ['1001', '1002'] });
    expect(numbers.wrong).toEqual([]);
  });

  it('ignores unknown members, as system A does', () => {
    expect(read(ChatCreateDto, { ...body, icon: 'x' }).wrong).toEqual([]);
  });

  it.each([
    ['no name', { name: undefined }, 'name'],
    ['an empty name', { name: '' }, 'name'],
    ['a name of 21 characters', { name: '群'.repeat(21) }, 'name'],
    ['no owner', { owner: undefined }, 'owner'],
    ['no members', { useridlist: undefined }, 'useridlist'],
    ['an empty list', { useridlist: '' }, 'useridlist'],
    ['41 members', { useridlist: Array.from({ length: 41 }, (_, i) => `u${i}`) }, 'useridlist'],
    ['a switch of 2', { searchable: 2 }, 'searchable'],
    ['a switch as text', { chatBannedType: '1' }, 'chatBannedType'],
    ['a switch as boolean', { validationType: true }, 'validationType'],
  ])('refuses %s', (_what, changes, member) => {
    expect(read(ChatCreateDto, { ...body, ...changes }).wrong).toEqual([member]);
  });

  it('accepts a name of 20 characters, 40 members and every switch', () => {
    const full = {
      name: '群'.repeat(20),
      owner: 'u0',
      useridlist: Array.from({ length: 40 }, (_, i) => `u${i}`).join(','),
      showHistoryType: 1,
      searchable: 0,
      validationType: 1,
      mentionAllAuthority: 0,
      managementType: 1,
      chatBannedType: 0,
    };
    expect(read(ChatCreateDto, full).wrong).toEqual([]);
  });
});

describe(ChatUpdateDto.name, () => {
  it('needs only the chatid and refuses unknown members by name', () => {
    expect(read(ChatUpdateDto, { chatid: 'chat1' }).wrong).toEqual([]);
    expect(read(ChatUpdateDto, { chatid: 'chat1', nmae: 'x' }).wrong).toEqual(['nmae']);
    expect(read(ChatUpdateDto, { name: 'x' }).wrong).toEqual(['chatid']);
  });

  it.each([
    ['41 new members', { add_useridlist: Array.from({ length: 41 }, (_, i) => `u${i}`) }, 'add_useridlist'],
    ['an unknown kind of owner', { ownerType: 'boss' }, 'ownerType'],
    ['isBan as text', { isBan: 'false' }, 'isBan'],
    ['a switch of -1', { managementType: -1 }, 'managementType'],
  ])('refuses %s', (_what, changes, member) => {
    expect(read(ChatUpdateDto, { chatid: 'chat1', ...changes }).wrong).toEqual([member]);
  });
});

describe(ChatGetDto.name, () => {
  it('needs one chatid', () => {
    expect(read(ChatGetDto, { chatid: 'chat1' }).wrong).toEqual([]);
    expect(read(ChatGetDto, {}).wrong).toEqual(['chatid']);
    expect(read(ChatGetDto, { chatid: ['chat1', 'chat2'] }).wrong).toEqual(['chatid']);
  });
});

describe(ChatSendDto.name, () => {
  it('needs a chatid, carries a message of the catalog and ignores unknown members', () => {
    expect(read(ChatSendDto, { chatid: 'chat1', msg: NOTE, agent: 1 }).wrong).toEqual([]);
    expect(read(ChatSendDto, { msg: NOTE }).wrong).toEqual(['chatid']);
    expect(messageMember(ChatSendDto)).toEqual({ member: 'msg', catalog: dingtalkMessages });
  });
});

describe(WorkNoticeDto.name, () => {
  it('takes lists with commas, counts empty texts as absent and ignores unknown members', () => {
    const { value, wrong } = read(WorkNoticeDto, {
      userid_list: 'zhangsan,lisi',
      dept_id_list: '',
      msg: NOTE,
      token: 'x',
    });
    expect(wrong).toEqual([]);
    expect(value).toMatchObject({ userid_list: ['zhangsan', 'lisi'], dept_id_list: [] });
    expect(workNoticeComplaints(value)).toEqual([]);
  });

  it.each([
    ['101 people', { userid_list: Array.from({ length: 101 }, (_, i) => `u${i}`).join(',') }, 'userid_list'],
    ['21 departments', { dept_id_list: Array.from({ length: 21 }, (_, i) => i + 1) }, 'dept_id_list'],
    ['to_all_user as text', { to_all_user: 'true' }, 'to_all_user'],
    ['an object as list', { userid_list: {} }, 'userid_list'],
  ])('refuses %s', (_what, changes, member) => {
    expect(read(WorkNoticeDto, { msg: NOTE, ...changes }).wrong).toEqual([member]);
  });

  it('takes agent_id from the app', () => {
    for (const dto of [WorkNoticeDto, TaskDto, RecallDto]) {
      expect(identityMembers(dto)).toEqual([{ member: 'agent_id', setting: 'agentId' }]);
    }
  });
});

describe(workNoticeComplaints.name, () => {
  const bar = message('oa', { status_bar: { status_value: '待审批', status_bg: '0xFFF65E5E' } });
  const empty = message('oa', { status_bar: { status_value: '', status_bg: '' } });
  const people = (count: number) => Array.from({ length: count }, (_, i) => `u${i}`);

  it.each<[string, Partial<WorkNoticeDto>, string[]]>([
    ['nobody', { msg: NOTE }, ['userid_list']],
    ['empty lists', { msg: NOTE, userid_list: [], dept_id_list: [] }, ['userid_list']],
    ['to_all_user false alone', { msg: NOTE, to_all_user: false }, ['userid_list']],
    ['people', { msg: NOTE, userid_list: ['a'] }, []],
    ['departments', { msg: NOTE, dept_id_list: ['1'] }, []],
    ['everybody', { msg: NOTE, to_all_user: true }, []],
    ['a status bar for 5', { msg: bar, userid_list: people(5) }, []],
    ['a status bar for 6', { msg: bar, userid_list: people(6) }, ['userid_list']],
    ['a status bar for a department', { msg: bar, userid_list: ['a'], dept_id_list: ['1'] }, ['dept_id_list']],
    ['a status bar for everybody', { msg: bar, to_all_user: true }, ['to_all_user']],
    ['an empty status bar for 6', { msg: empty, userid_list: people(6) }, []],
    ['an OA message without a bar for everybody', { msg: message('oa', {}), to_all_user: true }, []],
    ['the content of another type', { msg: { ...bar, ...NOTE }, to_all_user: true }, []],
  ])('%s', (_what, dto, expected) => {
    const complaints = workNoticeComplaints(Object.assign(new WorkNoticeDto(), dto));
    expect(complaints.map((complaint) => complaint.path)).toEqual(expected);
  });
});

describe(TaskDto.name, () => {
  it.each([
    [256271667526, '256271667526'],
    ['256271667526', '256271667526'],
  ])('keeps %o as text', (task_id, text) => {
    const { value, wrong } = read(TaskDto, { task_id });
    expect(wrong).toEqual([]);
    expect(value.task_id).toBe(text);
  });

  it.each([undefined, null, '', 'abc', '0', '-5', 1.5, '12 ', {}, ['1']])('refuses %o', (task_id) => {
    expect(read(TaskDto, { task_id }).wrong).toEqual(['task_id']);
  });

  it('refuses unknown members by name', () => {
    expect(read(TaskDto, { task_id: 1, taskid: 1 }).wrong).toEqual(['taskid']);
  });
});

describe(RecallDto.name, () => {
  it.each([{ task_id: 256271667526 }, { msg_task_id: '256271667526' }, { task_id: null, msg_task_id: 256271667526 }])(
    'accepts either name: %o',
    (body) => {
      const { value, wrong } = read(RecallDto, body);
      expect(wrong).toEqual([]);
      expect(recalledTask(value)).toBe('256271667526');
    },
  );

  it('refuses both names, and neither', () => {
    expect(read(RecallDto, { task_id: 1, msg_task_id: 1 }).wrong).toEqual(['task_id']);
    expect(read(RecallDto, {}).wrong).toEqual(['task_id']);
    expect(read(RecallDto, { msg_task_id: 'x' }).wrong).toEqual(['msg_task_id']);
  });
});

describe(MediaUploadDto.name, () => {
  it('takes the four kinds of media', () => {
    for (const type of ['image', 'voice', 'video', 'file']) expect(read(MediaUploadDto, { type }).wrong).toEqual([]);
    for (const type of [undefined, '', 'Image', 'exe', 1])
      expect(read(MediaUploadDto, { type }).wrong).toEqual(['type']);
  });
});
