import { TextField, TextListField } from '../../../../inbound/fields.js';
import { ApiSchema } from '../../../../openapi/openapi.decorators.js';
import type { MessageType } from '../../../message-catalog.js';
import { APPCHAT_PAGE, MESSAGE_PAGE, TEXT_BYTES } from './page.js';

@ApiSchema({ description: '文本消息的内容。Content of a text message.' })
export class WeComTextContent {
  @TextField({
    maxBytes: TEXT_BYTES,
    description: {
      zh: '消息内容，最多 2048 字节，可换行，可含 <a href> 链接',
      en: 'The text, at most 2048 bytes; line breaks and <a href> links are shown',
    },
    example: '【告警】订单服务响应超时',
  })
  content: string;
}

@ApiSchema({ description: '群聊文本消息的内容。Content of a text message to a group chat.' })
export class WeComAppchatTextContent {
  @TextField({
    maxBytes: TEXT_BYTES,
    description: {
      zh: '消息内容，最多 2048 字节；可用 <@userid> 提醒成员',
      en: 'The text, at most 2048 bytes; <@userid> mentions a member',
    },
    example: '【告警】订单服务响应超时，请 <@zhangsan> 处理',
  })
  content: string;

  @TextListField({
    required: false,
    description: {
      zh: '要提醒的成员的 userid，@all 提醒所有人',
      en: 'userids of the members to mention; @all mentions all',
    },
    example: ['zhangsan'],
  })
  mentioned_list?: string[];
}

export const textMessage: MessageType = {
  msgtype: 'text',
  title: { zh: '文本消息', en: 'Text message' },
  source: MESSAGE_PAGE,
  content: WeComTextContent,
  examples: [
    {
      name: 'text',
      summary: { zh: '告警通知', en: 'An alert' },
      message: {
        msgtype: 'text',
        text: {
          content:
            '【告警】订单服务 order-api 最近 5 分钟错误率 3.2%，超过阈值 1%。\n请值班同学查看<a href="https://monitor.example.com/alerts/7781">监控面板</a>并尽快处理。',
        },
      },
    },
  ],
};

export const appchatTextMessage: MessageType = {
  msgtype: 'text',
  title: { zh: '文本消息', en: 'Text message' },
  source: APPCHAT_PAGE,
  content: WeComAppchatTextContent,
  examples: [
    {
      name: 'text',
      summary: { zh: '告警并提醒值班人', en: 'An alert that mentions the person on call' },
      message: {
        msgtype: 'text',
        text: {
          content: '【告警】支付网关连接池使用率 95%，请值班同学尽快处理。',
          mentioned_list: ['zhangsan'],
        },
      },
    },
  ],
};
