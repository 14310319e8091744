import { TextField } from '../../../../inbound/fields.js';
import { ApiSchema } from '../../../../openapi/openapi.decorators.js';
import type { MessageType } from '../../../message-catalog.js';
import { ROBOT_PAGE } from './page.js';

@ApiSchema({ description: '自定义机器人文本消息的内容。Content of a text message of a custom robot.' })
export class DingTalkRobotTextContent {
  @TextField({
    description: {
      zh: '消息内容；整个请求最多 20000 字节',
      en: 'The text; the whole request may have 20,000 bytes',
    },
    example: '【告警】订单服务响应超时',
  })
  content: string;
}

export const robotTextMessage: MessageType = {
  msgtype: 'text',
  title: { zh: '文本消息', en: 'Text message' },
  source: ROBOT_PAGE,
  content: DingTalkRobotTextContent,
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
