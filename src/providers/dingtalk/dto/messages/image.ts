import { TextField } from '../../../../inbound/fields.js';
import { ApiSchema } from '../../../../openapi/openapi.decorators.js';
import type { MessageType } from '../../../message-catalog.js';
import { MESSAGE_PAGE } from './page.js';

@ApiSchema({ description: '图片消息的内容。Content of an image message.' })
export class DingTalkImageContent {
  @TextField({
    description: { zh: '上传图片得到的 media_id', en: 'media_id of an uploaded image' },
    example: '@lADPDfJ6V8nGxRbNAfTNAlg',
  })
  media_id: string;
}

export const imageMessage: MessageType = {
  msgtype: 'image',
  title: { zh: '图片消息', en: 'Image message' },
  source: MESSAGE_PAGE,
  content: DingTalkImageContent,
  examples: [
    {
      name: 'image',
      summary: { zh: '监控截图', en: 'A screenshot of a dashboard' },
      message: { msgtype: 'image', image: { media_id: '@lADPDfJ6V8nGxRbNAfTNAlg' } },
    },
  ],
};
