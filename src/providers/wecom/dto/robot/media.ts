import { TextField } from '../../../../inbound/fields.js';
import { ApiSchema } from '../../../../openapi/openapi.decorators.js';
import type { MessageType } from '../../../message-catalog.js';
import { ROBOT_PAGE } from './page.js';

@ApiSchema({ description: '群机器人文件或语音消息的内容。Content of a file or voice message of a group robot.' })
export class WeComRobotMediaContent {
  @TextField({
    description: {
      zh: '同一机器人用 robot/upload 得到的 media_id，三天内有效',
      en: 'media_id from robot/upload by the same robot; it lives three days',
    },
    example: '3gZrobotFile7Kd2mXq9RtB5wLnC8sHjPe4',
  })
  media_id: string;
}

export const robotFileMessage: MessageType = {
  msgtype: 'file',
  title: { zh: '文件消息', en: 'File message' },
  source: ROBOT_PAGE,
  content: WeComRobotMediaContent,
  examples: [
    {
      name: 'file',
      summary: { zh: '巡检报告', en: 'An inspection report' },
      message: { msgtype: 'file', file: { media_id: '3gZrobotFile7Kd2mXq9RtB5wLnC8sHjPe4' } },
    },
  ],
};

export const robotVoiceMessage: MessageType = {
  msgtype: 'voice',
  title: { zh: '语音消息', en: 'Voice message' },
  source: ROBOT_PAGE,
  content: WeComRobotMediaContent,
  examples: [
    {
      name: 'voice',
      summary: { zh: '语音播报', en: 'A spoken announcement' },
      message: { msgtype: 'voice', voice: { media_id: '3gZrobotVoice2Kd7mXq9RtB5wLnC8sHjPe4' } },
    },
  ],
};
