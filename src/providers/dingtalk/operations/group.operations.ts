import { textMember } from '../../answer-members.js';
import type { Operation } from '../../provider.contract.js';
import { answersWith, hasText } from '../dingtalk.answers.js';
import type { DingTalkApp } from '../dingtalk.settings.js';
import { ChatConvertDto, GroupCreateDto, GroupUpdateDto } from '../dto/group.dto.js';
import { newApiPost } from './new-api.js';
import { given } from './old-api.js';

/** Groups of the new API; every app may ask for the permission. */

export const groupCreate: Operation<GroupCreateDto, DingTalkApp> = {
  id: 'group.create',
  effect: 'manage',
  title: { zh: '创建群会话（新版）', en: 'Create a group (new API)' },
  failure: { zh: '创建会话失败', en: 'The group was not created' },
  source: 'https://open.dingtalk.com/document/development/create-common-group-new-version-v2',
  input: GroupCreateDto,
  data: {
    type: 'object',
    properties: {
      openConversationId: { type: 'string', nullable: true, description: 'for messages of the app robot' },
      chatid: { type: 'string', nullable: true, description: 'for group/update; the platform means to give it up' },
      conversationTag: { type: 'integer', nullable: true },
    },
    example: {
      openConversationId: 'cid6KeBBLoveMJOGXoYKF5x7EeiodoA==',
      chatid: 'chat3a7c2e9f51d04b86',
      conversationTag: 2,
    },
  },
  render: ({ extidlist, ...rest }) => newApiPost('/v1.0/im/group/create', { ...rest, extidlist: given(extidlist) }),
  succeeded: answersWith((body) => hasText('openConversationId')(body) || hasText('chatid')(body)),
  result: (answer) => {
    const openConversationId = textMember(answer, 'openConversationId');
    const chatid = textMember(answer, 'chatid');
    return {
      data: {
        openConversationId: openConversationId ?? null,
        chatid: chatid ?? null,
        conversationTag: answer.body.conversationTag ?? null,
      },
      outcome: 'sent',
      receipt: openConversationId ?? chatid,
    };
  },
  examples: [
    {
      name: 'group',
      summary: { zh: '三人群', en: 'A group of three' },
      input: { name: '订单系统值班群', owner: 'manager4220', useridlist: ['manager4220', 'zhangsan', 'lisi'] },
    },
    {
      name: 'switches',
      summary: { zh: '新成员可看历史消息', en: 'New members may read the history' },
      input: {
        name: '支付系统值班群',
        owner: 'manager4220',
        useridlist: ['manager4220', 'zhangsan'],
        conversationTag: 2,
        managementOptions: { showHistoryType: 1, mentionAllAuthority: 1 },
      },
    },
  ],
};

export const groupUpdate: Operation<GroupUpdateDto, DingTalkApp> = {
  id: 'group.update',
  effect: 'manage',
  title: { zh: '修改群会话（新版）', en: 'Update a group (new API)' },
  failure: { zh: '修改会话失败', en: 'The group was not updated' },
  source: 'https://open.dingtalk.com/document/development/api-updategroup',
  input: GroupUpdateDto,
  data: { nullable: true, example: null },
  render: ({ add_useridlist, del_useridlist, add_extidlist, del_extidlist, ...rest }) =>
    newApiPost('/v1.0/im/group/update', {
      ...rest,
      add_useridlist: given(add_useridlist),
      del_useridlist: given(del_useridlist),
      add_extidlist: given(add_extidlist),
      del_extidlist: given(del_extidlist),
    }),
  succeeded: answersWith(({ success }) => success === true || success === 'true'),
  result: () => ({ data: null, outcome: 'sent' }),
  examples: [
    {
      name: 'members',
      summary: { zh: '改名并加人', en: 'Rename and add a member' },
      input: { chatid: 'chat3a7c2e9f51d04b86', name: '订单系统值班群（夜间）', add_useridlist: ['lisi'] },
    },
  ],
};

export const chatConvert: Operation<ChatConvertDto, DingTalkApp> = {
  id: 'chat.convert',
  effect: 'read',
  title: { zh: 'chatid 转换为 openConversationId', en: 'Turn a chatid into an openConversationId' },
  failure: { zh: '转换会话 id 失败', en: 'The chatid could not be turned into an openConversationId' },
  source: 'https://open.dingtalk.com/document/development/obtain-group-openconversationid',
  input: ChatConvertDto,
  data: { type: 'string', description: 'openConversationId', example: 'cid6KeBBLoveMJOGXoYKF5x7EeiodoA==' },
  render: ({ chatid }) => newApiPost(`/v1.0/im/chat/${encodeURIComponent(chatid)}/convertToOpenConversationId`, {}),
  succeeded: answersWith(hasText('openConversationId')),
  result: ({ body }) => ({ data: body.openConversationId, outcome: 'sent' }),
  examples: [
    { name: 'chatid', summary: { zh: '按 chatid', en: 'By chatid' }, input: { chatid: 'chat3a7c2e9f51d04b86' } },
  ],
};
