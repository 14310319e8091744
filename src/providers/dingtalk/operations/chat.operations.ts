import { textMember } from '../../answer-members.js';
import type { Operation } from '../../provider.contract.js';
import { OLD_API_TOKEN, saysYes } from '../dingtalk.answers.js';
import type { DingTalkApp } from '../dingtalk.settings.js';
import { ChatCreateDto, ChatGetDto, ChatSendDto, ChatUpdateDto } from '../dto/chat.dto.js';
import { dingtalkMessages } from '../dto/messages.js';
import { given, oldApiPost } from './old-api.js';

/** Group chats of the old API. The platform has closed them to new apps, all but reading; old ones keep them. */

/** What to use where the platform says that an app may not. */
const GROUP_ROUTES = {
  create: {
    zh: '旧版 chat/create 已对新应用关闭，请改用 POST /v1/dd/group/create（权限点 qyapi_chat_manage）',
    en: 'The platform has closed chat/create to new apps: use POST /v1/dd/group/create (permission point qyapi_chat_manage)',
  },
  update: {
    zh: '旧版 chat/update 已对新应用关闭，请改用 POST /v1/dd/group/update（权限点 qyapi_chat_manage）',
    en: 'The platform has closed chat/update to new apps: use POST /v1/dd/group/update (permission point qyapi_chat_manage)',
  },
  send: {
    zh: '旧版 chat/send 已对新应用关闭，请改用 POST /v1/dd/robot/group/send（权限点 qyapi_robot_sendmsg，机器人需在群里；用 POST /v1/dd/group/create 建群）',
    en: 'The platform has closed chat/send to new apps: use POST /v1/dd/robot/group/send (permission point qyapi_robot_sendmsg, and the robot has to be in the group; groups are made by POST /v1/dd/group/create)',
  },
} as const;

export const chatCreate: Operation<ChatCreateDto, DingTalkApp> = {
  id: 'chat.create',
  effect: 'manage',
  title: { zh: '创建群会话', en: 'Create a group' },
  failure: { zh: '创建会话失败', en: 'The group was not created' },
  source: 'https://open.dingtalk.com/document/development/session-management-creates-groups',
  input: ChatCreateDto,
  closed: GROUP_ROUTES.create,
  data: { type: 'string', description: 'chatid', example: 'chat3a7c2e9f51d04b86' },
  render: ({ name, owner, useridlist, ...switches }) =>
    oldApiPost('/chat/create', { name, owner, useridlist, ...switches }),
  succeeded: saysYes,
  result: (answer) => ({ data: answer.body.chatid ?? null, outcome: 'sent', receipt: textMember(answer, 'chatid') }),
  examples: [
    {
      name: 'group',
      summary: { zh: '三人群', en: 'A group of three' },
      input: { name: '订单系统值班群', owner: 'manager4220', useridlist: ['manager4220', 'zhangsan', 'lisi'] },
    },
  ],
};

export const chatUpdate: Operation<ChatUpdateDto, DingTalkApp> = {
  id: 'chat.update',
  effect: 'manage',
  title: { zh: '修改群会话', en: 'Update a group' },
  failure: { zh: '修改会话失败', en: 'The group was not updated' },
  source: 'https://open.dingtalk.com/document/development/modify-a-group-session',
  input: ChatUpdateDto,
  closed: GROUP_ROUTES.update,
  data: { nullable: true, example: null },
  render: ({ add_useridlist, del_useridlist, add_extidlist, del_extidlist, ...rest }) =>
    oldApiPost('/chat/update', {
      ...rest,
      add_useridlist: given(add_useridlist),
      del_useridlist: given(del_useridlist),
      add_extidlist: given(add_extidlist),
      del_extidlist: given(del_extidlist),
    }),
  succeeded: saysYes,
  result: () => ({ data: null, outcome: 'sent' }),
  examples: [
    {
      name: 'members',
      summary: { zh: '改名并加人', en: 'Rename and add a member' },
      input: { chatid: 'chat3a7c2e9f51d04b86', name: '订单系统值班群（夜间）', add_useridlist: ['lisi'] },
    },
  ],
};

export const chatGet: Operation<ChatGetDto, DingTalkApp> = {
  id: 'chat.get',
  effect: 'read',
  title: { zh: '查询群会话', en: 'Read a group' },
  failure: { zh: '查询会话失败', en: 'The group could not be read' },
  source: 'https://open.dingtalk.com/document/development/obtain-a-group-session',
  input: ChatGetDto,
  data: { type: 'object', description: 'chat_info', additionalProperties: true },
  render: ({ chatid }) => ({ method: 'GET', base: 'oapi', path: '/chat/get', query: { chatid }, token: OLD_API_TOKEN }),
  succeeded: saysYes,
  result: ({ body }) => ({ data: body.chat_info ?? null, outcome: 'sent' }),
  examples: [
    { name: 'chatid', summary: { zh: '按 chatid', en: 'By chatid' }, input: { chatid: 'chat3a7c2e9f51d04b86' } },
  ],
};

export const chatSend: Operation<ChatSendDto, DingTalkApp> = {
  id: 'chat.send',
  effect: 'send',
  title: { zh: '发送群消息', en: 'Send a message to a group' },
  failure: { zh: '群消息发送失败', en: 'The group message was not sent' },
  source: 'https://open.dingtalk.com/document/development/send-group-messages',
  input: ChatSendDto,
  closed: GROUP_ROUTES.send,
  messages: dingtalkMessages,
  data: { type: 'string', description: 'messageId', example: 'msgBzrjIgPjxkqhfFnCSTUKXpQ==' },
  render: ({ chatid, msg }) => oldApiPost('/chat/send', { chatid, msg }),
  succeeded: saysYes,
  result: (answer) => ({
    data: answer.body.messageId ?? null,
    outcome: 'sent',
    receipt: textMember(answer, 'messageId'),
  }),
  examples: dingtalkMessages.examples.map(({ name, summary, message }) => ({
    name,
    summary,
    input: { chatid: 'chat3a7c2e9f51d04b86', msg: message },
  })),
};
