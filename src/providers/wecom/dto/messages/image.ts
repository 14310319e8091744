import { TextField } from '../../../../inbound/fields.js';
import { ApiSchema } from '../../../../openapi/openapi.decorators.js';
import type { MessageType } from '../../../message-catalog.js';
import { MESSAGE_PAGE } from './page.js';

@ApiSchema({ description: '图片消息的内容。Content of an image message.' })
export class WeComImageContent {
  @TextField({
    description: {
      zh: '上传图片得到的 media_id，三天内有效',
      en: 'media_id of an uploaded image; it lives three days',
    },
    example: '3GQm1ZkXn8Ff0uYwRr5bLVh2aPdTeKs7',
  })
  media_id: string;
}

export const imageMessage: MessageType = {
  msgtype: 'image',
  title: { zh: '图片消息', en: 'Image message' },
  source: MESSAGE_PAGE,
  content: WeComImageContent,
  examples: [
    {
      name: 'image',
      summary: { zh: '监控截图', en: 'A screenshot of a dashboard' },
      message: { msgtype: 'image', image: { media_id: '3GQm1ZkXn8Ff0uYwRr5bLVh2aPdTeKs7' } },
    },
  ],
};
