import { TextField } from '../../../../inbound/fields.js';
import { ApiSchema } from '../../../../openapi/openapi.decorators.js';
import type { MessageType } from '../../../message-catalog.js';
import { ROBOT_PAGE } from './page.js';

@ApiSchema({ description: '自定义机器人 Markdown 消息的内容。Content of a Markdown message of a custom robot.' })
export class DingTalkRobotMarkdownContent {
  @TextField({
    description: {
      zh: '会话列表和通知中显示的标题，正文里看不到',
      en: 'Title shown in the list of conversations and in the notification, not in the message itself',
    },
    example: '发布完成：支付服务 v2.3.1',
  })
  title: string;

  @TextField({
    description: {
      zh: 'Markdown 正文；整个请求最多 20000 字节',
      en: 'The Markdown text; the whole request may have 20,000 bytes',
    },
    example: '### 发布完成\n- 服务：支付服务\n- 版本：v2.3.1',
  })
  text: string;
}

export const robotMarkdownMessage: MessageType = {
  msgtype: 'markdown',
  title: { zh: 'Markdown 消息', en: 'Markdown message' },
  source: ROBOT_PAGE,
  content: DingTalkRobotMarkdownContent,
  examples: [
    {
      name: 'markdown',
      summary: { zh: '发布通知', en: 'A deployment' },
      message: {
        msgtype: 'markdown',
        markdown: {
          title: '发布完成：支付服务 v2.3.1',
          text: '### 支付服务 v2.3.1 已发布\n- 环境：**生产**\n- 负责人：李四\n\n> 如有异常，请按[回滚手册](https://wiki.example.com/rollback)操作。',
        },
      },
    },
  ],
};
