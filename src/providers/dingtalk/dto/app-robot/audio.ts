import { TextField } from '../../../../inbound/fields.js';
import { ApiSchema } from '../../../../openapi/openapi.decorators.js';
import { robotMessage } from './page.js';

@ApiSchema({ description: 'sampleAudio 的 msgParam。msgParam of sampleAudio.' })
export class DingTalkSampleAudioParam {
  @TextField({
    description: { zh: '上传语音得到的 media_id，ogg 或 amr', en: 'media_id of an uploaded recording, ogg or amr' },
    example: '@lATPDfJ6V8nGyS3OFcYnVs4',
  })
  mediaId: string;

  @TextField({
    pattern: {
      expression: /^[1-9]\d{0,8}$/,
      means: { zh: '必须是文本形式的毫秒数，如 "3000"', en: 'must be milliseconds, given as text, like "3000"' },
    },
    description: { zh: '时长（毫秒），文本形式', en: 'Length in milliseconds, as text' },
    example: '3000',
  })
  duration: string;
}

export const sampleAudio = robotMessage(
  'sampleAudio',
  { zh: '语音', en: 'Recording' },
  DingTalkSampleAudioParam,
  { zh: '值班语音提醒', en: 'A voice reminder for the person on call' },
  { mediaId: '@lATPDfJ6V8nGyS3OFcYnVs4', duration: '3000' },
);
