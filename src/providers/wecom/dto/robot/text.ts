import { TextField, TextListField } from '../../../../inbound/fields.js';
import { ApiSchema } from '../../../../openapi/openapi.decorators.js';
import type { MessageType } from '../../../message-catalog.js';
import { ROBOT_PAGE } from './page.js';

@ApiSchema({ description: '群机器人文本消息的内容。Content of a text message of a group robot.' })
export class WeComRobotTextContent {
  @TextField({
    description: {
      zh: '消息内容，最多 2048 字节（更长见 overlong）；可用 <@userid> 提醒成员',
      en: 'The text, at most 2048 bytes (for more see overlong); <@userid> mentions a member',
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

  @TextListField({
    required: false,
    description: {
      zh: '要提醒的成员的手机号，@all 提醒所有人',
      en: 'Mobile numbers of the members to mention; @all mentions all',
    },
    example: ['13800001111'],
  })
  mentioned_mobile_list?: string[];
}

export const robotTextMessage: MessageType = {
  msgtype: 'text',
  title: { zh: '文本消息', en: 'Text message' },
  source: ROBOT_PAGE,
  content: WeComRobotTextContent,
  examples: [
    {
      name: 'text',
      summary: { zh: '告警并提醒值班人', en: 'An alert that mentions the person on call' },
      message: {
        msgtype: 'text',
        text: {
          content: '【告警】支付网关连接池使用率 95%，请值班同学尽快处理。',
          mentioned_list: ['zhangsan'],
          mentioned_mobile_list: ['13800001111'],
        },
      },
    },
  ],
};
