import { TextField } from '../../../../inbound/fields.js';
import { ApiSchema } from '../../../../openapi/openapi.decorators.js';
import type { MessageType } from '../../../message-catalog.js';
import { MESSAGE_PAGE } from './page.js';

@ApiSchema({ description: '语音消息的内容。Content of a voice message.' })
export class DingTalkVoiceContent {
  @TextField({
    description: { zh: '上传语音得到的 media_id', en: 'media_id of an uploaded voice recording' },
    example: '@lATPDfJ6V8nGyS3OFcYnVs4',
  })
  media_id: string;

  @TextField({
    pattern: {
      expression: /^(?:[1-9]|[1-5]\d)$/,
      means: { zh: '必须是文本形式的 1 到 59 的整数', en: 'must be a whole number from 1 to 59, given as text' },
    },
    description: { zh: '语音时长（秒），1 到 59，文本形式', en: 'Length in seconds, 1 to 59, as text' },
    example: '10',
  })
  duration: string;
}

export const voiceMessage: MessageType = {
  msgtype: 'voice',
  title: { zh: '语音消息', en: 'Voice message' },
  source: MESSAGE_PAGE,
  content: DingTalkVoiceContent,
  examples: [
    {
      name: 'voice',
      summary: { zh: '值班语音提醒', en: 'A voice reminder for the person on call' },
      message: { msgtype: 'voice', voice: { media_id: '@lATPDfJ6V8nGyS3OFcYnVs4', duration: '10' } },
    },
  ],
};
