import { textMember } from '../../answer-members.js';
import { rootMessage } from '../../message-field.js';
import type { Operation } from '../../provider.contract.js';
import {
  appchatCreateComplaints,
  AppchatCreateDto,
  AppchatGetDto,
  appchatSendComplaints,
  AppchatSendDto,
  AppchatUpdateDto,
} from '../dto/appchat.dto.js';
import { appchatMessages } from '../dto/messages.js';
import { saysYes, warningOf, WECOM_TOKEN } from '../wecom.answers.js';
import type { WeComApp } from '../wecom.settings.js';
import { carriesMedia, MEDIA_LIFE_SECONDS } from './media.operations.js';
import { qyapiPost } from './qyapi.js';

/** Group chats that the app made; the app's visible range must be the root department. */

export const appchatCreate: Operation<AppchatCreateDto, WeComApp> = {
  id: 'appchat.create',
  effect: 'manage',
  title: { zh: '创建群聊', en: 'Create a group chat' },
  failure: { zh: '创建会话失败', en: 'The group chat was not created' },
  source: 'https://developer.work.weixin.qq.com/document/path/90245',
  input: AppchatCreateDto,
  data: { type: 'string', description: 'chatid', example: 'wrOgQhDgAAMYQiS5ol9G7gK9JVAAAA' },
  check: appchatCreateComplaints,
  render: ({ name, owner, userlist, chatid }) =>
    qyapiPost('/cgi-bin/appchat/create', { name, owner, userlist, chatid }),
  succeeded: saysYes('chatid'),
  result: (answer) => ({ data: answer.body.chatid ?? null, outcome: 'sent', receipt: textMember(answer, 'chatid') }),
  examples: [
    {
      name: 'group',
      summary: { zh: '三人群', en: 'A group of three' },
      input: { name: '订单系统值班群', owner: 'zhangsan', userlist: ['zhangsan', 'lisi', 'wangwu'] },
    },
  ],
};

export const appchatUpdate: Operation<AppchatUpdateDto, WeComApp> = {
  id: 'appchat.update',
  effect: 'manage',
  title: { zh: '修改群聊', en: 'Update a group chat' },
  failure: { zh: '修改会话失败', en: 'The group chat was not updated' },
  source: 'https://developer.work.weixin.qq.com/document/path/98913',
  input: AppchatUpdateDto,
  data: { nullable: true, example: null },
  render: ({ chatid, name, owner, add_user_list, del_user_list }) =>
    qyapiPost('/cgi-bin/appchat/update', { chatid, name, owner, add_user_list, del_user_list }),
  succeeded: saysYes(),
  result: () => ({ data: null, outcome: 'sent' }),
  examples: [
    {
      name: 'members',
      summary: { zh: '改名并加人', en: 'Rename and add a member' },
      input: { chatid: 'wrOgQhDgAAMYQiS5ol9G7gK9JVAAAA', name: '订单系统值班群（夜间）', add_user_list: ['lisi'] },
    },
  ],
};

export const appchatGet: Operation<AppchatGetDto, WeComApp> = {
  id: 'appchat.get',
  effect: 'read',
  title: { zh: '查询群聊', en: 'Read a group chat' },
  failure: { zh: '查询会话失败', en: 'The group chat could not be read' },
  source: 'https://developer.work.weixin.qq.com/document/path/98914',
  input: AppchatGetDto,
  data: { type: 'object', description: 'chat_info', additionalProperties: true },
  render: ({ chatid }) => ({
    method: 'GET',
    base: 'qyapi',
    path: '/cgi-bin/appchat/get',
    query: { chatid },
    token: WECOM_TOKEN,
  }),
  succeeded: saysYes('chat_info'),
  result: ({ body }) => ({ data: body.chat_info ?? null, outcome: 'sent' }),
  examples: [
    {
      name: 'chatid',
      summary: { zh: '按 chatid', en: 'By chatid' },
      input: { chatid: 'wrOgQhDgAAMYQiS5ol9G7gK9JVAAAA' },
    },
  ],
};

export const appchatSend: Operation<AppchatSendDto, WeComApp> = {
  id: 'appchat.send',
  effect: 'send',
  title: { zh: '发送群聊消息', en: 'Send a message to a group chat' },
  failure: { zh: '群消息发送失败', en: 'The group message was not sent' },
  source: 'https://developer.work.weixin.qq.com/document/path/90248',
  input: AppchatSendDto,
  messages: appchatMessages,
  // The platform gives no id for a group message, so there is none to give on and nothing to recall.
  data: { nullable: true, example: null },
  check: appchatSendComplaints,
  goodForSeconds: (input) => (carriesMedia(rootMessage(input)) ? MEDIA_LIFE_SECONDS : undefined),
  broadcasts: (input) => mentionsEverybody(rootMessage(input)),
  render: (input) =>
    qyapiPost('/cgi-bin/appchat/send', { chatid: input.chatid, ...rootMessage(input), safe: input.safe }),
  succeeded: saysYes(),
  result: (answer) => ({ data: null, outcome: 'sent', warning: warningOf(answer) }),
  examples: appchatMessages.examples.map(({ name, summary, message }) => ({
    name,
    summary,
    input: { chatid: 'wrOgQhDgAAMYQiS5ol9G7gK9JVAAAA', ...message } as unknown as AppchatSendDto,
  })),
};

function mentionsEverybody(message: Record<string, unknown>): boolean {
  const { mentioned_list: mentioned } = (message[String(message.msgtype)] ?? {}) as { mentioned_list?: unknown };
  return Array.isArray(mentioned) && mentioned.includes('@all');
}
