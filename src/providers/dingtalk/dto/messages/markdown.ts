import { TextField } from '../../../../inbound/fields.js';
import { ApiSchema } from '../../../../openapi/openapi.decorators.js';
import type { MessageType } from '../../../message-catalog.js';
import { MESSAGE_PAGE } from './page.js';

@ApiSchema({ description: 'Markdown 消息的内容。Content of a Markdown message.' })
export class DingTalkMarkdownContent {
  // 64 characters: error 34016, https://open.dingtalk.com/document/development/server-api-error-codes-1
  @TextField({
    maxChars: 64,
    description: {
      zh: '会话列表和通知中显示的标题',
      en: 'Title shown in the list of conversations and in the notification',
    },
    example: '发布完成：支付服务 v2.3.1',
  })
  title: string;

  // 5000 characters is the documented allowance; the 2048 bytes of the whole message are reached earlier.
  @TextField({
    maxChars: 5000,
    description: {
      zh: 'Markdown 正文：标题、引用、加粗、斜体、链接、图片、列表；表格和代码块不在平台的清单里',
      en: 'The Markdown text: headings, quotes, bold, italic, links, images, lists; tables and code blocks are not on the platform’s list',
    },
    example: '### 发布完成\n- 服务：支付服务\n- 版本：v2.3.1',
  })
  text: string;
}

export const markdownMessage: MessageType = {
  msgtype: 'markdown',
  title: { zh: 'Markdown 消息', en: 'Markdown message' },
  source: MESSAGE_PAGE,
  content: DingTalkMarkdownContent,
  examples: [
    {
      name: 'markdown',
      summary: { zh: '发布通知', en: 'A deployment' },
      message: {
        msgtype: 'markdown',
        markdown: {
          title: '发布完成：支付服务 v2.3.1',
          text: [
            '### 支付服务 v2.3.1 已发布',
            '- 环境：**生产**',
            '- 负责人：李四',
            '- 变更：修复退款金额的舍入误差',
            '',
            '> 如有异常，请按[回滚手册](https://wiki.example.com/rollback)操作。',
          ].join('\n'),
        },
      },
    },
  ],
};
