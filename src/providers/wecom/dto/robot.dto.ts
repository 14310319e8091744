import { ChoiceField } from '../../../inbound/fields.js';
import { ApiProperty, ApiSchema } from '../../../openapi/openapi.decorators.js';
import { RootMessage } from '../../message-field.js';
import { robotMessages } from './robot-messages.js';

/**
 * Body of `POST /v1/wecom/robot/send`: the message, exactly as the platform's webhook takes it.
 *
 * @see https://developer.work.weixin.qq.com/document/path/99110
 */
@ApiSchema({ name: 'WeComRobotSendDto', description: '群机器人发送消息。Sends a message with a group robot.' })
@RootMessage(robotMessages)
export class RobotSendDto {}

/** Kinds of media that a robot stores. */
export const ROBOT_MEDIA_TYPES = ['file', 'voice'] as const;

/** Fields of the multipart form of `POST /v1/wecom/robot/upload`. */
@ApiSchema({
  name: 'WeComRobotUploadDto',
  description:
    '上传机器人的文件，media_id 三天内有效，只有该机器人能用。Uploads a file for a robot; its media_id lives three days and serves that robot alone.',
})
export class RobotUploadDto {
  @ChoiceField({
    values: ROBOT_MEDIA_TYPES,
    description: {
      zh: '类型：文件 20 MB，语音 2 MB、60 秒（AMR）',
      en: 'Kind of media: file of 20 MB, voice of 2 MB and 60 s (AMR)',
    },
    example: 'file',
  })
  type: (typeof ROBOT_MEDIA_TYPES)[number];

  /** Only for the OpenAPI document: the file part is read by the upload interceptor and is never a field of the form. */
  @ApiProperty({
    type: 'string',
    format: 'binary',
    description: '文件，大于 5 字节；文件名会显示给群成员。The file, of more than 5 bytes; the group sees its name.',
  })
  media: unknown;
}
