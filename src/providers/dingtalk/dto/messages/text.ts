import { TextField } from '../../../../inbound/fields.js';
import { ApiSchema } from '../../../../openapi/openapi.decorators.js';
import type { MessageType } from '../../../message-catalog.js';
import { MESSAGE_PAGE } from './page.js';

@ApiSchema({ description: '文本消息的内容。Content of a text message.' })
export class DingTalkTextContent {
  // 5000 characters is the cap of error 34016; the 2048 bytes of the whole message are reached earlier.
  @TextField({
    maxChars: 5000,
    advisedChars: 500,
    description: { zh: '消息内容，建议 500 个字符以内', en: 'The text; the platform advises at most 500 characters' },
    example: '【告警】订单服务响应超时',
  })
  content: string;
}

export const textMessage: MessageType = {
  msgtype: 'text',
  title: { zh: '文本消息', en: 'Text message' },
  source: MESSAGE_PAGE,
  content: DingTalkTextContent,
  examples: [
    {
      name: 'text',
      summary: { zh: '告警通知', en: 'An alert' },
      message: {
        msgtype: 'text',
        text: { content: '【告警】订单服务 order-api 最近 5 分钟错误率 3.2%，超过阈值 1%，请值班同学尽快处理。' },
      },
    },
  ],
};
