import { TextField } from '../../../../inbound/fields.js';
import { ApiSchema } from '../../../../openapi/openapi.decorators.js';
import type { MessageType } from '../../../message-catalog.js';
import { MESSAGE_PAGE } from './page.js';

@ApiSchema({ description: '语音消息的内容。Content of a voice message.' })
export class WeComVoiceContent {
  @TextField({
    description: {
      zh: '上传语音得到的 media_id，三天内有效',
      en: 'media_id of an uploaded recording; it lives three days',
    },
    example: '2VoiceMq7Jr0xKd5wYtN8bHc4LfSgPz1',
  })
  media_id: string;
}

export const voiceMessage: MessageType = {
  msgtype: 'voice',
  title: { zh: '语音消息', en: 'Voice message' },
  source: MESSAGE_PAGE,
  content: WeComVoiceContent,
  examples: [
    {
      name: 'voice',
      summary: { zh: '值班语音提醒', en: 'A voice reminder for the person on call' },
      message: { msgtype: 'voice', voice: { media_id: '2VoiceMq7Jr0xKd5wYtN8bHc4LfSgPz1' } },
    },
  ],
};
