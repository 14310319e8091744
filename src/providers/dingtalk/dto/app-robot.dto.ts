import { byteLength, IdField, IdListField, IntegerField, TextField } from '../../../inbound/fields.js';
import { ApiSchema } from '../../../openapi/openapi.decorators.js';
import type { Complaint } from '../../delivery-error.js';
import { FromApp, rootMessage, RootMessage } from '../../message-field.js';
import { appRobotMessages } from './app-robot-messages.js';

/** Recipients of one call: the page says 20, the platform's own error text 100. */
const ADVISED_PEOPLE = 20;
const MOST_PEOPLE = 100;

/** Messages that one call takes back. */
const RECALLED_AT_ONCE = 20;

/** `msgParam` in a group, UTF-8 bytes of its JSON text. Of one-to-one messages no figure is published. */
const PARAM_BYTES = 15_000;

const QUERY_KEY = {
  description: { zh: '发送时返回的 processQueryKey', en: 'processQueryKey that sending answered' },
  example: 'KPwbSyBAQGvZ2uHkqjWNwVhNbSY7aXdAGkRhWgZUaJg=',
} as const;

const CONVERSATION = {
  description: {
    zh: '群的 openConversationId；只有 chatid 时先用 GET /v1/dd/chat/open-conversation-id 转换',
    en: 'openConversationId of the group; GET /v1/dd/chat/open-conversation-id turns a chatid into it',
  },
  example: 'cid6KeBBLoveMJOGXoYKF5x7EeiodoA==',
} as const;

/**
 * Body of `POST /v1/dd/robot/oto/send`.
 *
 * @see https://open.dingtalk.com/document/development/chatbots-send-one-on-one-chat-messages-in-batches
 */
@ApiSchema({
  description:
    '机器人单聊消息；msgParam 可以是对象，也可以是平台要求的 JSON 文本。A one-to-one message of the app robot; msgParam may be the object or its JSON text.',
})
@RootMessage(appRobotMessages)
export class OtoSendDto {
  @FromApp('robotCode')
  robotCode?: string | number;

  @IdListField({
    separator: ',',
    max: MOST_PEOPLE,
    description: {
      zh: `接收人的 userid，平台建议每次最多 ${ADVISED_PEOPLE} 个`,
      en: `userids of the recipients; the platform advises at most ${ADVISED_PEOPLE} in one call`,
    },
    example: ['manager4220', 'zhangsan'],
  })
  userIds: string[];
}

/**
 * Body of `POST /v1/dd/robot/group/send`.
 *
 * @see https://open.dingtalk.com/document/development/the-robot-sends-a-group-message
 */
@ApiSchema({
  description:
    '机器人群聊消息；机器人必须已在群里，msgParam 可以是对象，也可以是平台要求的 JSON 文本。A message of the app robot to a group that it is in; msgParam may be the object or its JSON text.',
})
@RootMessage(appRobotMessages)
export class RobotGroupSendDto {
  @FromApp('robotCode')
  robotCode?: string | number;

  @IdField(CONVERSATION)
  openConversationId: string;

  @TextField({
    required: false,
    description: {
      zh: '酷应用编码，只有机器人随酷应用入群时需要',
      en: 'Code of the cool app, only where the robot joined the group with one',
    },
    example: 'COOLAPP-1-101BD0A5',
  })
  coolAppCode?: string;
}

/**
 * Body of `POST /v1/dd/robot/oto/query`.
 *
 * @see https://open.dingtalk.com/document/development/chatbot-batch-query-the-read-status-of-messages
 */
@ApiSchema({ description: '单聊消息的已读情况，24 小时内。Who has read a one-to-one message, for 24 hours.' })
export class OtoQueryDto {
  @FromApp('robotCode')
  robotCode?: string | number;

  @IdField(QUERY_KEY)
  processQueryKey: string;
}

/**
 * Body of `POST /v1/dd/robot/group/query`.
 *
 * @see https://open.dingtalk.com/document/development/chatbot-queries-the-read-status-of-a-message
 */
@ApiSchema({ description: '群聊消息的发送和已读情况。How a group message was sent, and who has read it.' })
export class RobotGroupQueryDto {
  @FromApp('robotCode')
  robotCode?: string | number;

  @IdField({ ...CONVERSATION, required: false })
  openConversationId?: string;

  @IdField(QUERY_KEY)
  processQueryKey: string;

  @IntegerField({
    required: false,
    min: 1,
    max: 200,
    description: { zh: '每页人数，最多 200', en: 'People a page, at most 200' },
    example: 200,
  })
  maxResults?: number;

  @TextField({
    required: false,
    description: { zh: '上一页答复中的 nextToken', en: 'nextToken of the page before' },
  })
  nextToken?: string;
}

/**
 * Body of `POST /v1/dd/robot/oto/recall`.
 *
 * @see https://open.dingtalk.com/document/development/batch-message-recall-chat
 */
@ApiSchema({ description: '撤回单聊消息，24 小时内。Takes one-to-one messages back, within 24 hours.' })
export class OtoRecallDto {
  @FromApp('robotCode')
  robotCode?: string | number;

  @IdListField({ ...QUERY_KEY, separator: ',', max: RECALLED_AT_ONCE, example: [QUERY_KEY.example] })
  processQueryKeys: string[];
}

/**
 * Body of `POST /v1/dd/robot/group/recall`. The page names no largest number.
 *
 * @see https://open.dingtalk.com/document/development/enterprise-chatbot-withdraws-internal-group-messages
 */
@ApiSchema({ description: '撤回群聊消息。Takes messages to a group back.' })
export class RobotGroupRecallDto {
  @FromApp('robotCode')
  robotCode?: string | number;

  @IdField(CONVERSATION)
  openConversationId: string;

  @IdListField({ ...QUERY_KEY, separator: ',', example: [QUERY_KEY.example] })
  processQueryKeys: string[];
}

/** `msgParam` as the platform wants it: text that came as text is not touched. */
export function msgParamText(request: object): string {
  const { msgParam } = rootMessage(request);
  return typeof msgParam === 'string' ? msgParam : JSON.stringify(msgParam);
}

/** The content of a group message is limited. */
export function groupSendComplaints(request: RobotGroupSendDto): readonly Complaint[] {
  const message = beyondParamBytes(request);
  return message ? [{ path: 'msgParam', message }] : [];
}

/** More than the page says: passed on, since the platform's own error text says otherwise. */
export function otoSendAdvice(request: OtoSendDto): readonly Complaint[] {
  const people = request.userIds.length;
  const long = beyondParamBytes(request);
  return [
    ...(people > ADVISED_PEOPLE
      ? [
          {
            path: 'userIds',
            message: {
              zh: `平台建议每次不超过 ${ADVISED_PEOPLE} 个，现为 ${people}`,
              en: `the platform advises at most ${ADVISED_PEOPLE} in one call, got ${people}`,
            },
          },
        ]
      : []),
    ...(long ? [{ path: 'msgParam', message: long }] : []),
  ];
}

function beyondParamBytes(request: object): Complaint['message'] | undefined {
  const bytes = byteLength(msgParamText(request));
  if (bytes <= PARAM_BYTES) return undefined;
  return {
    zh: `最多 ${PARAM_BYTES} 字节（UTF-8 JSON），现为 ${bytes}`,
    en: `at most ${PARAM_BYTES} bytes as UTF-8 JSON, got ${bytes}`,
  };
}
