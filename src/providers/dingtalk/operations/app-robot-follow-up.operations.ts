import { DeliveryError } from '../../delivery-error.js';
import type { Operation, OperationResult, PlatformAnswer } from '../../provider.contract.js';
import { answersWith, hasText } from '../dingtalk.answers.js';
import type { DingTalkApp } from '../dingtalk.settings.js';
import { OtoQueryDto, OtoRecallDto, RobotGroupQueryDto, RobotGroupRecallDto } from '../dto/app-robot.dto.js';
import { newApiGet, newApiPost, robotCodeAdvice } from './new-api.js';

/** The rest of the life of the app robot's messages: who has read them, and taking them back. */

const KEY = 'KPwbSyBAQGvZ2uHkqjWNwVhNbSY7aXdAGkRhWgZUaJg=';
const CONVERSATION = 'cid6KeBBLoveMJOGXoYKF5x7EeiodoA==';
const BY_KEY = { zh: '按 processQueryKey', en: 'By processQueryKey' } as const;
const STATUS = { type: 'string', enum: ['SUCCESS', 'RECALLED', 'PROCESSING'] } as const;

const RECALLED = {
  type: 'object',
  properties: {
    successResult: { type: 'array', items: { type: 'string' }, description: 'keys of what was taken back' },
    failedResult: {
      type: 'object',
      additionalProperties: { type: 'string' },
      description: 'keys of what was not, each with its reason',
    },
  },
  example: { successResult: [KEY], failedResult: {} },
} as const;

export const robotOtoQuery: Operation<OtoQueryDto, DingTalkApp> = {
  id: 'robot-oto.query',
  effect: 'read',
  title: { zh: '单聊消息的已读情况', en: 'Who has read a one-to-one message' },
  failure: { zh: '查询已读情况失败', en: 'Who has read the message could not be learnt' },
  source: 'https://open.dingtalk.com/document/development/chatbot-batch-query-the-read-status-of-messages',
  input: OtoQueryDto,
  data: {
    type: 'object',
    properties: {
      sendStatus: STATUS,
      messageReadInfoList: { type: 'array', items: { type: 'object', additionalProperties: true } },
    },
    example: {
      sendStatus: 'SUCCESS',
      messageReadInfoList: [{ name: '张三', userId: 'zhangsan', readStatus: 'READ', readTimestamp: 1788912000000 }],
    },
  },
  advise: (_input, app) => robotCodeAdvice(app),
  render: ({ processQueryKey }, { settings }) =>
    newApiGet('/v1.0/robot/oToMessages/readStatus', { robotCode: settings.robotCode, processQueryKey }),
  succeeded: answersWith(hasText('sendStatus')),
  result: ({ body }) => ({
    data: { sendStatus: body.sendStatus, messageReadInfoList: body.messageReadInfoList ?? [] },
    outcome: 'sent',
  }),
  examples: [{ name: 'key', summary: BY_KEY, input: { processQueryKey: KEY } }],
};

export const robotOtoRecall: Operation<OtoRecallDto, DingTalkApp> = {
  id: 'robot-oto.recall',
  effect: 'manage',
  title: { zh: '撤回单聊消息', en: 'Recall one-to-one messages' },
  failure: { zh: '单聊消息撤回失败', en: 'The one-to-one messages were not recalled' },
  source: 'https://open.dingtalk.com/document/development/batch-message-recall-chat',
  input: OtoRecallDto,
  data: RECALLED,
  advise: (_input, app) => robotCodeAdvice(app),
  // The platform writes otoMessages here and oToMessages elsewhere.
  render: ({ processQueryKeys }, { settings }) =>
    newApiPost('/v1.0/robot/otoMessages/batchRecall', { robotCode: settings.robotCode, processQueryKeys }),
  succeeded: answersWith(({ successResult }) => Array.isArray(successResult)),
  result: recalledOf,
  examples: [{ name: 'key', summary: BY_KEY, input: { processQueryKeys: [KEY] } }],
};

export const robotGroupQuery: Operation<RobotGroupQueryDto, DingTalkApp> = {
  id: 'robot-group.query',
  effect: 'read',
  title: { zh: '群聊消息的已读情况', en: 'Who has read a group message of the app robot' },
  failure: { zh: '查询已读情况失败', en: 'Who has read the message could not be learnt' },
  source: 'https://open.dingtalk.com/document/development/chatbot-queries-the-read-status-of-a-message',
  input: RobotGroupQueryDto,
  data: {
    type: 'object',
    properties: {
      sendStatus: STATUS,
      readUserIds: { type: 'array', items: { type: 'string' } },
      hasMore: { type: 'boolean' },
      nextToken: { type: 'string', nullable: true },
    },
    example: { sendStatus: 'SUCCESS', readUserIds: ['zhangsan'], hasMore: false, nextToken: null },
  },
  advise: (_input, app) => robotCodeAdvice(app),
  render: ({ openConversationId, processQueryKey, maxResults, nextToken }, { settings }) =>
    newApiPost('/v1.0/robot/groupMessages/query', {
      robotCode: settings.robotCode,
      openConversationId,
      processQueryKey,
      maxResults,
      nextToken,
    }),
  succeeded: answersWith(hasText('sendStatus')),
  result: ({ body: { sendStatus, readUserIds, hasMore, nextToken } }) => ({
    data: { sendStatus, readUserIds: readUserIds ?? [], hasMore: hasMore ?? false, nextToken: nextToken ?? null },
    outcome: 'sent',
  }),
  examples: [
    {
      name: 'key',
      summary: BY_KEY,
      input: { openConversationId: CONVERSATION, processQueryKey: KEY, maxResults: 200 },
    },
  ],
};

export const robotGroupRecall: Operation<RobotGroupRecallDto, DingTalkApp> = {
  id: 'robot-group.recall',
  effect: 'manage',
  title: { zh: '撤回群聊消息', en: 'Recall group messages of the app robot' },
  failure: { zh: '群聊消息撤回失败', en: 'The group messages were not recalled' },
  source: 'https://open.dingtalk.com/document/development/enterprise-chatbot-withdraws-internal-group-messages',
  input: RobotGroupRecallDto,
  data: RECALLED,
  advise: (_input, app) => robotCodeAdvice(app),
  render: ({ openConversationId, processQueryKeys }, { settings }) =>
    newApiPost('/v1.0/robot/groupMessages/recall', {
      robotCode: settings.robotCode,
      openConversationId,
      processQueryKeys,
    }),
  succeeded: answersWith(({ successResult }) => Array.isArray(successResult)),
  result: recalledOf,
  examples: [{ name: 'key', summary: BY_KEY, input: { openConversationId: CONVERSATION, processQueryKeys: [KEY] } }],
};

/**
 * What was taken back, and what was not.
 * @throws DeliveryError kind `rejected` when it was nothing
 */
function recalledOf({ body }: PlatformAnswer): OperationResult {
  const successResult = body.successResult as readonly unknown[];
  const failedResult = (body.failedResult ?? {}) as Readonly<Record<string, unknown>>;
  const failed = Object.keys(failedResult).length;
  if (failed > 0 && successResult.length === 0) {
    throw new DeliveryError('rejected', {
      provider: 'dingtalk',
      reason: 'nothing-recalled',
      data: { successResult, failedResult },
      hint: {
        zh: '没有一条被撤回：见 data 中每条的原因；只能撤回本机器人 24 小时内发送的消息',
        en: 'Nothing was recalled: data has the reason of each; only messages of this robot can be, within 24 hours',
      },
    });
  }
  return { data: { successResult, failedResult }, outcome: failed > 0 ? 'partial' : 'sent' };
}
