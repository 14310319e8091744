import 'reflect-metadata';
import { describe, expect, it } from 'vitest';
import { adviceOn } from '../../src/inbound/advice.js';
import { validate } from '../../src/inbound/validation.pipe.js';
import { rootMessageCatalog } from '../../src/providers/message-field.js';
import {
  AppchatCreateDto,
  appchatCreateComplaints,
  AppchatGetDto,
  AppchatSendDto,
  appchatSendComplaints,
  AppchatUpdateDto,
} from '../../src/providers/wecom/dto/appchat.dto.js';
import { appchatMessages } from '../../src/providers/wecom/dto/messages.js';
import { between, card, many, message, NOTE, read } from '../support/wecom-messages.js';

describe(AppchatCreateDto.name, () => {
  const body = { name: '值班群', owner: 'zhangsan', userlist: ['zhangsan', 'lisi'], chatid: 'oncall1' };

  it('takes members as a list or joined', () => {
    expect(validate(AppchatCreateDto, { userlist: 'zhangsan|lisi' }).userlist).toEqual(['zhangsan', 'lisi']);
    expect(read(AppchatCreateDto, { ...body, userlist: many(2000, (i) => `u${i}`) }).wrong).toEqual([]);
  });

  it.each([
    ['no members', { userlist: undefined }, 'userlist'],
    ['one member', { userlist: ['zhangsan'] }, 'userlist'],
    ['2001 members', { userlist: many(2001, (i) => `u${i}`) }, 'userlist'],
    ['an empty name', { name: '' }, 'name'],
    ['a chatid of 33 characters', { chatid: 'x'.repeat(33) }, 'chatid'],
    ['a chatid with a dash', { chatid: 'on-call' }, 'chatid'],
    ['an unknown member', { useridlist: [] }, 'useridlist'],
  ])('refuses %s', (_what, changes, member) => {
    expect(read(AppchatCreateDto, { ...body, ...changes }).wrong).toEqual([member]);
  });

  it('names a name that the platform will cut', () => {
    const dto = validate(AppchatCreateDto, { ...body, name: '群'.repeat(51) });
    expect(adviceOn(AppchatCreateDto, { ...dto }, '').map(({ path }) => path)).toEqual(['name']);
    expect(adviceOn(AppchatCreateDto, { ...dto, name: '群'.repeat(50) }, '')).toEqual([]);
  });

  it('wants the owner among the members, whatever the case', () => {
    expect(between(AppchatCreateDto, appchatCreateComplaints, body)).toEqual([]);
    expect(between(AppchatCreateDto, appchatCreateComplaints, { ...body, owner: 'ZhangSan' })).toEqual([]);
    expect(between(AppchatCreateDto, appchatCreateComplaints, { ...body, owner: null })).toEqual([]);
    expect(between(AppchatCreateDto, appchatCreateComplaints, { ...body, owner: 'wangwu' })).toEqual(['owner']);
  });
});

describe(AppchatUpdateDto.name, () => {
  it('needs only the chatid and refuses unknown members by name', () => {
    const full = { chatid: 'c', name: '群', owner: 'a', add_user_list: ['b', 'c'], del_user_list: 'd|e' };
    expect(read(AppchatUpdateDto, { chatid: 'c' }).wrong).toEqual([]);
    expect(validate(AppchatUpdateDto, full).del_user_list).toEqual(['d', 'e']);
    expect(read(AppchatUpdateDto, { name: '群' }).wrong).toEqual(['chatid']);
    expect(read(AppchatUpdateDto, { chatid: 'c', add_useridlist: ['b'] }).wrong).toEqual(['add_useridlist']);
    expect(read(AppchatUpdateDto, { chatid: 'c', add_user_list: {} }).wrong).toEqual(['add_user_list']);
  });
});

describe(AppchatGetDto.name, () => {
  it('needs one chatid', () => {
    expect(read(AppchatGetDto, { chatid: 'c' }).wrong).toEqual([]);
    expect(read(AppchatGetDto, {}).wrong).toEqual(['chatid']);
    expect(read(AppchatGetDto, { chatid: ['c', 'd'] }).wrong).toEqual(['chatid']);
  });
});

describe(AppchatSendDto.name, () => {
  it('needs a chatid and a message of its catalog', () => {
    expect(read(AppchatSendDto, { chatid: 'c', ...NOTE, safe: 1 }).wrong).toEqual([]);
    expect(read(AppchatSendDto, NOTE).wrong).toEqual(['chatid']);
    expect(read(AppchatSendDto, { chatid: 'c' }).wrong).toEqual(['msgtype']);
    expect(rootMessageCatalog(AppchatSendDto)).toBe(appchatMessages);
  });

  it.each([
    ['safe 2', { ...NOTE, safe: 2 }, ['safe']],
    ['recipients', { ...NOTE, touser: 'a' }, ['touser']],
    ['a check for duplicates', { ...NOTE, enable_duplicate_check: 1 }, ['enable_duplicate_check']],
    ['a template card', card('text_notice', {}), ['msgtype']],
  ])('refuses %s', (_what, changes, expected) => {
    expect(read(AppchatSendDto, { chatid: 'c', ...changes }).wrong).toEqual(expected);
  });

  it('refuses a confidential news', () => {
    const news = message('news', {}, appchatMessages);
    expect(between(AppchatSendDto, appchatSendComplaints, { chatid: 'c', ...news, safe: 1 })).toEqual(['safe']);
    expect(between(AppchatSendDto, appchatSendComplaints, { chatid: 'c', ...news, safe: 0 })).toEqual([]);
  });
});
