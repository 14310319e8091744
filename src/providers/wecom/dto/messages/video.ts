import { TextField } from '../../../../inbound/fields.js';
import { ApiSchema } from '../../../../openapi/openapi.decorators.js';
import type { MessageType } from '../../../message-catalog.js';
import { MESSAGE_PAGE } from './page.js';

@ApiSchema({ description: '视频消息的内容。Content of a video message.' })
export class WeComVideoContent {
  @TextField({
    description: {
      zh: '上传视频得到的 media_id，三天内有效',
      en: 'media_id of an uploaded video; it lives three days',
    },
    example: '1VideoTz6Gx3sBn9cQwE4mUkRj8LhYp0',
  })
  media_id: string;

  @TextField({
    required: false,
    empty: true,
    advisedBytes: 128,
    cuts: true,
    description: { zh: '标题，超过 128 字节会被截断', en: 'Title; the platform cuts it after 128 bytes' },
    example: '机房巡检录像',
  })
  title?: string;

  @TextField({
    required: false,
    empty: true,
    advisedBytes: 512,
    cuts: true,
    description: { zh: '描述，超过 512 字节会被截断', en: 'Description; the platform cuts it after 512 bytes' },
    example: '三号机房 10 月 12 日例行巡检',
  })
  description?: string;
}

export const videoMessage: MessageType = {
  msgtype: 'video',
  title: { zh: '视频消息', en: 'Video message' },
  source: MESSAGE_PAGE,
  content: WeComVideoContent,
  examples: [
    {
      name: 'video',
      summary: { zh: '巡检录像', en: 'A recording of an inspection' },
      message: {
        msgtype: 'video',
        video: {
          media_id: '1VideoTz6Gx3sBn9cQwE4mUkRj8LhYp0',
          title: '机房巡检录像',
          description: '三号机房 10 月 12 日例行巡检，共 42 秒',
        },
      },
    },
  ],
};
