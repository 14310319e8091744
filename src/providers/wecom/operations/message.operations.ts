import { createHash } from 'node:crypto';
import { textMember } from '../../answer-members.js';
import { rootMessage } from '../../message-field.js';
import type { Operation, PlatformRequest } from '../../provider.contract.js';
import type { RepeatableRequest } from '../../repeatable-request.js';
import { EVERYBODY, messageSendAdvice, messageSendComplaints, MessageSendDto, RecallDto } from '../dto/message.dto.js';
import { wecomMessages } from '../dto/messages.js';
import { updateCardComplaints, UpdateCardDto } from '../dto/update-card.dto.js';
import { leftOut, saysYes } from '../wecom.answers.js';
import type { WeComApp } from '../wecom.settings.js';
import { carriesMedia, MEDIA_LIFE_SECONDS } from './media.operations.js';
import { agentId, joined, qyapiPost } from './qyapi.js';
import { reached, reachedOf } from './reached-people.js';

/** Department with everybody in it. */
const ROOT_DEPARTMENT = '1';

const LIST_OF_IDS = { type: 'array', items: { type: 'string' } } as const;

/** Longest interval of the platform's duplicate check, seconds. */
const LONGEST_CHECK = 14_400;
/**
 * How much shorter an interval may be, seconds: not so much that it would end before a message does that lives for
 * `delivery.ttl`, 3 h 20 min by default, and whose last attempt takes two minutes, which is the longest deadline.
 */
const CHECK_SPREAD = 2_280;

/**
 * Switches on the platform's duplicate check, so that a repeat of this delivery reaches people once. The check compares
 * the whole request: the interval, different for each delivery, keeps two alerts of equal text apart. The caller's own
 * check wins.
 * @see https://developer.work.weixin.qq.com/document/path/90236
 */
function withDuplicateCheck(request: PlatformRequest, deliveryId: string): RepeatableRequest | undefined {
  const body = JSON.parse(request.body ?? '{}') as Record<string, unknown>;
  if (body.enable_duplicate_check !== undefined || body.duplicate_check_interval !== undefined) return undefined;
  const spread = createHash('sha256').update(deliveryId).digest().readUInt32BE() % CHECK_SPREAD;
  const interval = LONGEST_CHECK - spread;
  return {
    request: {
      ...request,
      body: JSON.stringify({ ...body, enable_duplicate_check: 1, duplicate_check_interval: interval }),
    },
    forSeconds: interval,
  };
}

/** Messages of an app to members, departments and tags. */
export const messageSend: Operation<MessageSendDto, WeComApp> = {
  id: 'message.send',
  effect: 'send',
  title: { zh: '发送应用消息', en: 'Send a message of the app' },
  failure: { zh: '应用消息发送失败', en: 'The app message was not sent' },
  source: 'https://developer.work.weixin.qq.com/document/path/90236',
  input: MessageSendDto,
  messages: wecomMessages,
  data: {
    type: 'object',
    properties: {
      msgid: { type: 'string', nullable: true },
      response_code: { type: 'string', nullable: true, description: 'only for cards that can be updated' },
      outcome: { type: 'string', enum: ['sent', 'partial'] },
      invaliduser: LIST_OF_IDS,
      invalidparty: LIST_OF_IDS,
      invalidtag: LIST_OF_IDS,
      unlicenseduser: LIST_OF_IDS,
    },
    example: {
      msgid: 'vcT8gGc-7dFb4bxT35ONjBDz901sLlXPZw1DAMC_Gc26qRpK',
      response_code: null,
      outcome: 'partial',
      invaliduser: ['lisi'],
      invalidparty: [],
      invalidtag: [],
      unlicenseduser: [],
    },
  },
  check: messageSendComplaints,
  advise: messageSendAdvice,
  recipients: ({ touser = [] }) => touser.filter((user) => user !== EVERYBODY),
  goodForSeconds: (input) => (carriesMedia(rootMessage(input)) ? MEDIA_LIFE_SECONDS : undefined),
  asRepeatable: withDuplicateCheck,
  broadcasts: ({ touser = [], toparty = [] }) => touser.includes(EVERYBODY) || toparty.includes(ROOT_DEPARTMENT),
  render: (input, app) =>
    qyapiPost('/cgi-bin/message/send', {
      touser: joined(input.touser),
      toparty: joined(input.toparty),
      totag: joined(input.totag),
      agentid: agentId(app),
      ...rootMessage(input),
      safe: input.safe,
      enable_id_trans: input.enable_id_trans,
      enable_duplicate_check: input.enable_duplicate_check,
      duplicate_check_interval: input.duplicate_check_interval,
    }),
  succeeded: saysYes('msgid'),
  result: (answer, request) => {
    const msgid = textMember(answer, 'msgid');
    const data = { msgid: msgid ?? null, response_code: textMember(answer, 'response_code') ?? null };
    return reachedOf(answer, request, data, msgid);
  },
  examples: wecomMessages.examples.map(({ name, summary, message }) => ({
    name,
    summary,
    input: { touser: ['zhangsan', 'lisi'], ...message } as unknown as MessageSendDto,
  })),
};

/** Takes a message back, within 24 hours. */
export const messageRecall: Operation<RecallDto, WeComApp> = {
  id: 'message.recall',
  effect: 'manage',
  title: { zh: '撤回应用消息', en: 'Recall a message of the app' },
  failure: { zh: '应用消息撤回失败', en: 'The app message was not recalled' },
  source: 'https://developer.work.weixin.qq.com/document/path/94867',
  input: RecallDto,
  data: { nullable: true, example: null },
  render: ({ msgid }) => qyapiPost('/cgi-bin/message/recall', { msgid }),
  succeeded: saysYes(),
  result: () => ({ data: null, outcome: 'sent' }),
  examples: [
    {
      name: 'msgid',
      summary: { zh: '按 msgid', en: 'By msgid' },
      input: { msgid: 'vcT8gGc-7dFb4bxT35ONjBDz901sLlXPZw1DAMC_Gc26qRpK' },
    },
  ],
};

/** Changes a template card that was sent. Its recipients are lists on the platform, unlike those of sending. */
export const cardUpdate: Operation<UpdateCardDto, WeComApp> = {
  id: 'message.update-card',
  effect: 'manage',
  title: { zh: '更新模板卡片', en: 'Update a template card' },
  failure: { zh: '模板卡片更新失败', en: 'The template card was not updated' },
  source: 'https://developer.work.weixin.qq.com/document/path/94888',
  input: UpdateCardDto,
  data: {
    type: 'object',
    properties: { outcome: { type: 'string', enum: ['sent', 'partial'] }, invaliduser: LIST_OF_IDS },
    example: { outcome: 'sent', invaliduser: [] },
  },
  check: updateCardComplaints,
  broadcasts: (input) => input.atall === 1,
  render: ({ agentid: _agentid, partyids, tagids, ...rest }, app) =>
    qyapiPost('/cgi-bin/message/update_template_card', {
      ...rest,
      partyids: partyids?.map(Number),
      tagids: tagids?.map(Number),
      agentid: agentId(app),
    }),
  succeeded: saysYes(),
  result: (answer) => reached(answer, { invaliduser: leftOut(answer, 'invaliduser') }, {}),
  examples: [
    {
      name: 'button',
      summary: { zh: '把按钮置灰', en: 'Grey out the button' },
      input: { userids: ['zhangsan'], response_code: 'RESPONSECODE', button: { replace_name: '已处理' } },
    },
  ],
};
