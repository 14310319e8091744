import { textMember } from '../../answer-members.js';
import { rootMessage } from '../../message-field.js';
import type { Operation } from '../../provider.contract.js';
import { answersWith, hasText } from '../dingtalk.answers.js';
import type { DingTalkApp } from '../dingtalk.settings.js';
import {
  groupSendComplaints,
  msgParamText,
  OtoSendDto,
  otoSendAdvice,
  RobotGroupSendDto,
} from '../dto/app-robot.dto.js';
import { appRobotMessages } from '../dto/app-robot-messages.js';
import { newApiPost, robotCodeAdvice } from './new-api.js';
import { LEFT_OUT, leftOut, reachedOf } from './reached-people.js';

/** Messages of an app's robot: to people, one by one, and to groups that it is in. */

const LIST_OF_IDS = { type: 'array', items: { type: 'string' } } as const;

export const robotOtoSend: Operation<OtoSendDto, DingTalkApp> = {
  id: 'robot-oto.send',
  effect: 'send',
  title: { zh: '机器人发送单聊消息', en: 'Send one-to-one messages of the app robot' },
  failure: { zh: '单聊消息发送失败', en: 'The one-to-one message was not sent' },
  source: 'https://open.dingtalk.com/document/development/chatbots-send-one-on-one-chat-messages-in-batches',
  input: OtoSendDto,
  messages: appRobotMessages,
  data: {
    type: 'object',
    properties: {
      processQueryKey: { type: 'string', nullable: true, description: 'for query and recall' },
      outcome: { type: 'string', enum: ['sent', 'partial'] },
      ...Object.fromEntries(LEFT_OUT.map((list) => [list, LIST_OF_IDS])),
    },
    example: {
      processQueryKey: 'KPwbSyBAQGvZ2uHkqjWNwVhNbSY7aXdAGkRhWgZUaJg=',
      outcome: 'partial',
      invalidStaffIdList: ['lisi'],
      flowControlledStaffIdList: [],
      filteredStaffIdList: [],
    },
  },
  advise: (input, app) => [...otoSendAdvice(input), ...robotCodeAdvice(app)],
  recipients: ({ userIds }) => userIds,
  render: (input, { settings }) =>
    newApiPost('/v1.0/robot/oToMessages/batchSend', {
      robotCode: settings.robotCode,
      userIds: input.userIds,
      msgKey: rootMessage(input).msgKey,
      msgParam: msgParamText(input),
    }),
  succeeded: answersWith((body) => hasText('processQueryKey')(body) || leftOut(body).size > 0),
  result: reachedOf,
  examples: appRobotMessages.examples.map(({ name, summary, message }) => ({
    name,
    summary,
    input: { userIds: ['manager4220', 'zhangsan'], ...message } as unknown as OtoSendDto,
  })),
};

export const robotGroupSend: Operation<RobotGroupSendDto, DingTalkApp> = {
  id: 'robot-group.send',
  effect: 'send',
  title: { zh: '机器人发送群聊消息', en: 'Send a message of the app robot to a group' },
  failure: { zh: '群消息发送失败', en: 'The group message was not sent' },
  source: 'https://open.dingtalk.com/document/development/the-robot-sends-a-group-message',
  input: RobotGroupSendDto,
  messages: appRobotMessages,
  data: {
    type: 'string',
    description: 'processQueryKey, for query and recall',
    example: 'KPwbSyBAQGvZ2uHkqjWNwVhNbSY7aXdAGkRhWgZUaJg=',
  },
  check: groupSendComplaints,
  advise: (_input, app) => robotCodeAdvice(app),
  render: (input, { settings }) =>
    newApiPost('/v1.0/robot/groupMessages/send', {
      robotCode: settings.robotCode,
      openConversationId: input.openConversationId,
      coolAppCode: input.coolAppCode,
      msgKey: rootMessage(input).msgKey,
      msgParam: msgParamText(input),
    }),
  succeeded: answersWith(hasText('processQueryKey')),
  result: (answer) => ({
    data: answer.body.processQueryKey,
    outcome: 'sent',
    receipt: textMember(answer, 'processQueryKey'),
  }),
  examples: appRobotMessages.examples.map(({ name, summary, message }) => ({
    name,
    summary,
    input: { openConversationId: 'cid6KeBBLoveMJOGXoYKF5x7EeiodoA==', ...message } as unknown as RobotGroupSendDto,
  })),
};
