import { BooleanField, IdListField, ObjectField, TextField } from '../../../inbound/fields.js';
import { ApiSchema } from '../../../openapi/openapi.decorators.js';
import { RootMessage } from '../../message-field.js';
import { customRobotMessages } from './custom-robot-messages.js';

/** People in one `atUserIds`; https://open.dingtalk.com/document/development/robot-message-type */
const MENTIONED_AT_MOST = 50;

@ApiSchema({ name: 'DingTalkRobotAt', description: '提到谁。Who is mentioned.' })
export class DingTalkRobotAtDto {
  @IdListField({
    required: false,
    separator: ',',
    description: { zh: '被提到的人的手机号', en: 'Mobile numbers of the people mentioned' },
    example: ['13800001111'],
  })
  atMobiles?: string[];

  @IdListField({
    required: false,
    separator: ',',
    max: MENTIONED_AT_MOST,
    description: { zh: '被提到的人的 userid', en: 'userids of the people mentioned' },
    example: ['zhangsan'],
  })
  atUserIds?: string[];

  @BooleanField({
    required: false,
    description: { zh: '提到所有人，需要 scope: broadcast', en: 'Mentions everybody; needs the scope broadcast' },
  })
  isAtAll?: boolean;
}

/**
 * Body of `POST /v1/dd/robot/send`: the message beside `at`, exactly as the platform's webhook takes it.
 *
 * @see https://open.dingtalk.com/document/development/custom-robots-send-group-messages
 */
@ApiSchema({
  name: 'DingTalkRobotSendDto',
  description: '自定义机器人发送群消息。Sends a message with a custom robot.',
})
@RootMessage(customRobotMessages)
export class CustomRobotSendDto {
  @ObjectField(() => DingTalkRobotAtDto, {
    required: false,
    description: {
      zh: '提到谁；正文里缺少的 @ 会补上。text、markdown 有效，actionCard 只认 userid',
      en: 'Who is mentioned; an @ that the text lacks is added. For text and markdown; in an actionCard userids only',
    },
  })
  at?: DingTalkRobotAtDto;

  @TextField({
    required: false,
    maxBytes: 128,
    description: {
      zh: '幂等键：平台只收一次；异步发送时自动填写',
      en: 'Idempotency key of the platform, which takes it once; filled in for asynchronous messages',
    },
    example: 'alert-7781-firing',
  })
  msgUuid?: string;
}
