import 'reflect-metadata';
import { describe, expect, it } from 'vitest';
import { validate } from '../../src/inbound/validation.pipe.js';
import { identityMembers, rootMessage } from '../../src/providers/message-field.js';
import { MediaUploadDto } from '../../src/providers/wecom/dto/media.dto.js';
import {
  messageSendAdvice,
  messageSendComplaints,
  MessageSendDto,
  RecallDto,
} from '../../src/providers/wecom/dto/message.dto.js';
import { cardReplacements } from '../../src/providers/wecom/dto/messages.js';
import { updateCardComplaints, UpdateCardDto } from '../../src/providers/wecom/dto/update-card.dto.js';
import { messageSend } from '../../src/providers/wecom/operations/message.operations.js';
import { between, card, many, message, NOTE, read, type Members } from '../support/wecom-messages.js';

describe(MessageSendDto.name, () => {
  it('carries the message exactly as it came', () => {
    const text = { content: '甲', later: { a: [1, null] } };
    const { dto } = read(MessageSendDto, { touser: 'zhangsan|lisi', msgtype: 'text', text, safe: 1 });
    expect(dto).toMatchObject({ touser: ['zhangsan', 'lisi'], safe: 1 });
    expect(rootMessage(dto as MessageSendDto)).toEqual({ msgtype: 'text', text });
    expect(rootMessage(dto as MessageSendDto).text).toBe(text);
    expect(Object.keys(dto as MessageSendDto)).toEqual(['touser', 'safe']);
  });

  it('carries no message unless it was validated', () => {
    expect(() => rootMessage(new MessageSendDto())).toThrow('MessageSendDto carries no message');
  });

  it.each([
    ['a misspelt member', { touser: 'a', saef: 1, ...NOTE }, ['saef']],
    ['the content of another type', { touser: 'a', ...NOTE, markdown: { content: '甲' } }, ['markdown']],
    [
      'the content under another name',
      { touser: 'a', msgtype: 'text', markdown: { content: '甲' } },
      ['markdown', 'text'],
    ],
    ['members of group chats', { touser: 'a', ...NOTE, chatid: 'c' }, ['chatid']],
    ['wrong content beside a wrong member', { safe: 3, msgtype: 'text', text: {} }, ['safe', 'text.content']],
  ])('refuses %s by name', (_what, body, expected) => {
    expect(read(MessageSendDto, body).wrong).toEqual(expected);
  });

  it.each([
    [{ text: { content: '甲' } }, '消息类型无效: [msgtype]', 'msgtype'],
    [{ msgtype: 1, text: { content: '甲' } }, '消息类型无效: [msgtype]', 'msgtype'],
    [{ msgtype: 'Text!', markdown: { content: '甲' } }, '消息类型无效: [msgtype]', 'msgtype'],
    [{ msgtype: 'text' }, '消息内容无效: [text]', 'text'],
    [{ msgtype: 'text', text: '甲' }, '消息内容无效: [text]', 'text'],
    [{ msgtype: 'text', text: { content: '' } }, '消息内容无效: [text]', 'text.content'],
    [{ msgtype: 'later' }, '消息内容无效: [later]', 'later'],
  ])('says what is wrong with the message %o', (body, sentence, path) => {
    const { wrong, details } = read(MessageSendDto, { touser: 'a', ...body });
    expect(wrong).toEqual([path]);
    expect(details?.sentence?.zh).toBe(sentence);
  });

  it('passes an unknown type with its own content object, and nothing beside it', () => {
    const later = { any: 1 };
    expect(rootMessage(validate(MessageSendDto, { touser: 'a', msgtype: 'later', later }))).toEqual({
      msgtype: 'later',
      later,
    });
    expect(read(MessageSendDto, { touser: 'a', msgtype: 'later', later, other: {} }).wrong).toEqual(['other']);
  });

  it.each(['touser', 'safe', 'agentid', 'enable_duplicate_check'])(
    'does not take its own member %s for content',
    (msgtype) => {
      const { wrong, details } = read(MessageSendDto, { toparty: '1', msgtype, [msgtype]: { a: 1 } });
      expect(wrong).toContain('msgtype');
      expect(details?.complaints?.length).toBeLessThanOrEqual(2);
    },
  );

  it('is not fooled by inherited or hostile names', () => {
    expect(read(MessageSendDto, { touser: 'a', msgtype: 'constructor' }).wrong).toEqual(['constructor']);
    const hostile: Members = JSON.parse('{"touser":"a","msgtype":"__proto__","__proto__":{"content":"x"}}');
    expect(read(MessageSendDto, hostile).wrong).toContain('msgtype');
    expect(read(MessageSendDto, JSON.parse('{"__proto__":{"msgtype":"text","text":{"content":"x"}}}')).wrong).toContain(
      'msgtype',
    );
  });

  it.each([
    ['1001 people', { touser: many(1001, (i) => `u${i}`) }, 'touser'],
    ['101 departments', { toparty: many(101, (i) => i).join('|') }, 'toparty'],
    ['101 tags', { totag: many(101, (i) => i) }, 'totag'],
    ['safe 3', { safe: 3 }, 'safe'],
    ['safe as text', { safe: '1' }, 'safe'],
    ['enable_id_trans as boolean', { enable_id_trans: true }, 'enable_id_trans'],
    ['enable_duplicate_check 2', { enable_duplicate_check: 2 }, 'enable_duplicate_check'],
    ['an interval of 0', { duplicate_check_interval: 0 }, 'duplicate_check_interval'],
    ['an interval over four hours', { duplicate_check_interval: 14_401 }, 'duplicate_check_interval'],
  ])('refuses %s', (_what, changes, member) => {
    expect(read(MessageSendDto, { ...NOTE, ...changes }).wrong).toEqual([member]);
  });

  it('takes 1000 people, 100 departments and 100 tags, as lists or joined', () => {
    const body = {
      touser: many(1000, (i) => `u${i}`).join('|'),
      toparty: many(100, (i) => i),
      totag: '1 | 2',
      ...NOTE,
    };
    expect(read(MessageSendDto, body).wrong).toEqual([]);
    expect(validate(MessageSendDto, body).totag).toEqual(['1', '2']);
  });

  it('takes agentid from the app', () => {
    expect(identityMembers(MessageSendDto)).toEqual([{ member: 'agentid', setting: 'agentId' }]);
    expect(read(MessageSendDto, { touser: 'a', agentid: 1000002, ...NOTE }).wrong).toEqual([]);
  });
});

describe(messageSendComplaints.name, () => {
  const news = message('news', {});
  const mpnews = message('mpnews', {});

  it.each<[string, Members, string[]]>([
    ['nobody', { ...NOTE }, ['touser']],
    ['empty lists', { ...NOTE, touser: '', toparty: [], totag: null }, ['touser']],
    ['one person', { ...NOTE, touser: 'a' }, []],
    ['departments', { ...NOTE, toparty: [2] }, []],
    ['tags beside null', { ...NOTE, touser: null, totag: '7' }, []],
    ['everybody', { ...NOTE, touser: '@all' }, []],
    ['everybody and somebody', { ...NOTE, touser: '@all|a' }, ['touser']],
    ['a mini program notice for everybody', { ...message('miniprogram_notice', {}), touser: '@all' }, ['touser']],
    ['a confidential text', { ...NOTE, touser: 'a', safe: 1 }, []],
    ['a text inside the company', { ...NOTE, touser: 'a', safe: 2 }, ['safe']],
    ['mpnews inside the company', { ...mpnews, touser: 'a', safe: 2 }, []],
    ['an open news', { ...news, touser: 'a', safe: 0 }, []],
    ['a confidential news', { ...news, touser: 'a', safe: 1 }, ['safe']],
    ['an unknown type inside the company', { msgtype: 'later', later: {}, touser: 'a', safe: 2 }, []],
  ])('%s', (_what, body, expected) => {
    expect(between(MessageSendDto, messageSendComplaints, body)).toEqual(expected);
  });
});

describe(messageSendAdvice.name, () => {
  it.each<[string, Members, string[]]>([
    ['nothing', { ...NOTE, touser: 'a', safe: 1 }, []],
    ['a department beside everybody', { ...NOTE, touser: '@all', toparty: '2', totag: '' }, ['toparty']],
    ['a confidential card', { ...card('text_notice', {}), touser: 'a', safe: 1 }, ['safe']],
    ['a confidential unknown type', { msgtype: 'later', later: {}, touser: 'a', safe: 1 }, []],
  ])('%s', (_what, body, expected) => {
    expect(between(MessageSendDto, messageSendAdvice, body)).toEqual(expected);
  });
});

describe(RecallDto.name, () => {
  it('needs a msgid and nothing else', () => {
    expect(read(RecallDto, { msgid: 'm-1' }).wrong).toEqual([]);
    for (const msgid of [undefined, '', 1, ['m']]) expect(read(RecallDto, { msgid }).wrong).toEqual(['msgid']);
    expect(read(RecallDto, { msgid: 'm', agentid: 1 }).wrong).toEqual(['agentid']);
  });
});

describe(UpdateCardDto.name, () => {
  const button = { response_code: 'r', button: { replace_name: '已处理' } };
  const replacement = cardReplacements.examples[0]?.message.template_card as Members;

  it('carries a new card exactly as it came', () => {
    const template_card = { ...replacement, later: [1] };
    const dto = validate(UpdateCardDto, { response_code: 'r', userids: ['a'], template_card });
    expect(dto.template_card).toBe(template_card);
    expect(updateCardComplaints(dto)).toEqual([]);
  });

  it.each([
    ['a task of the new card left out', { ...replacement, task_id: undefined }],
    [
      'a vote without a button that submits',
      {
        ...(card('vote_interaction', { submit_button: undefined, task_id: undefined }).template_card as Members),
        replace_text: '已结束',
      },
    ],
    ['a notice with a menu but no task', card('text_notice', { task_id: undefined }).template_card],
    ['an unknown card type', { card_type: 'later' }],
  ])('accepts %s', (_what, template_card) => {
    expect(read(UpdateCardDto, { response_code: 'r', template_card }).wrong).toEqual([]);
  });

  it.each<[string, Members, string[]]>([
    ['no response_code', { button: button.button }, ['response_code']],
    ['a button without name', { response_code: 'r', button: {} }, ['button.replace_name']],
    ['a card as text', { response_code: 'r', template_card: '{}' }, ['template_card']],
    ['a card without type', { response_code: 'r', template_card: {} }, ['template_card.card_type']],
    [
      'a wrong card',
      { response_code: 'r', template_card: { ...replacement, button_list: [] } },
      ['template_card.button_list'],
    ],
    ['1001 people', { ...button, userids: many(1001, (i) => `u${i}`) }, ['userids']],
    ['101 departments', { ...button, partyids: many(101, (i) => i) }, ['partyids']],
    ['101 tags', { ...button, tagids: many(101, (i) => i) }, ['tagids']],
    ['a department that is no number', { ...button, partyids: [2, 'x'] }, ['partyids']],
    ['atall as boolean', { ...button, atall: true }, ['atall']],
    ['an unknown member', { ...button, touser: 'a' }, ['touser']],
  ])('refuses %s', (_what, body, expected) => {
    expect(read(UpdateCardDto, body).wrong).toEqual(expected);
  });

  it('wants exactly one of button and template_card', () => {
    expect(between(UpdateCardDto, updateCardComplaints, button)).toEqual([]);
    expect(between(UpdateCardDto, updateCardComplaints, { ...button, template_card: null })).toEqual([]);
    expect(between(UpdateCardDto, updateCardComplaints, { response_code: 'r' })).toEqual(['button']);
    expect(between(UpdateCardDto, updateCardComplaints, { ...button, template_card: replacement })).toEqual(['button']);
  });

  it('takes ids of departments as numbers or text, and agentid from the app', () => {
    const dto = validate(UpdateCardDto, { ...button, partyids: [2, '3'], tagids: '7|8', agentid: '1000002', atall: 1 });
    expect(dto).toMatchObject({ partyids: ['2', '3'], tagids: ['7', '8'] });
    expect(identityMembers(UpdateCardDto)).toEqual([{ member: 'agentid', setting: 'agentId' }]);
  });
});

describe(MediaUploadDto.name, () => {
  it('takes the four kinds of media', () => {
    const of = (type: unknown) => read(MediaUploadDto, { type }).wrong;
    for (const type of ['image', 'voice', 'video', 'file']) expect(of(type)).toEqual([]);
    for (const type of [undefined, '', 'Image', 'exe', 1]) expect(of(type)).toEqual(['type']);
  });
});

describe('the duplicate check of an asynchronous message', () => {
  it('tells how long it lasts: never shorter than the default life and the longest attempt', () => {
    const request = { method: 'POST', base: 'qyapi', path: '/cgi-bin/message/send', body: '{}' } as const;
    for (let n = 0; n < 5_000; n += 1) {
      const { request: changed, forSeconds = 0 } = messageSend.asRepeatable?.(request, `dlv_${n}`) ?? { request };
      expect(JSON.parse(changed.body ?? '')).toMatchObject({ duplicate_check_interval: forSeconds });
      expect(forSeconds).toBeGreaterThanOrEqual(12_000 + 120);
      expect(forSeconds).toBeLessThanOrEqual(14_400);
    }
  });
});
