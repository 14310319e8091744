import { TextField } from '../../../../inbound/fields.js';
import { ApiSchema } from '../../../../openapi/openapi.decorators.js';
import type { MessageType } from '../../../message-catalog.js';
import { APPCHAT_PAGE, MESSAGE_PAGE, TEXT_BYTES } from './page.js';

@ApiSchema({
  description: 'Markdown 消息的内容；微信插件中不显示。Content of a Markdown message, which WeChat does not show.',
})
export class WeComMarkdownContent {
  @TextField({
    maxBytes: TEXT_BYTES,
    description: {
      zh: 'Markdown 正文，最多 2048 字节：标题、加粗、链接、行内代码、引用、<font color="info|comment|warning">；群聊中可用 <@userid> 提醒成员',
      en: 'The Markdown text, at most 2048 bytes: headings, bold, links, inline code, quotes and <font color="info|comment|warning">; in group chats <@userid> mentions a member',
    },
    example: '### 发布完成\n> 版本：<font color="info">v2.3.1</font>',
  })
  content: string;
}

export const markdownMessage: MessageType = {
  msgtype: 'markdown',
  title: { zh: 'Markdown 消息', en: 'Markdown message' },
  source: MESSAGE_PAGE,
  content: WeComMarkdownContent,
  examples: [
    {
      name: 'markdown',
      summary: { zh: '发布通知', en: 'A deployment' },
      message: {
        msgtype: 'markdown',
        markdown: {
          content: [
            '### 支付服务 v2.3.1 已发布',
            '> 环境：<font color="warning">生产</font>',
            '> 负责人：李四',
            '> 结果：<font color="info">成功</font>，用时 3 分 12 秒',
            '',
            '如有异常，请按[回滚手册](https://wiki.example.com/rollback)操作。',
          ].join('\n'),
        },
      },
    },
  ],
};

export const appchatMarkdownMessage: MessageType = {
  ...markdownMessage,
  source: APPCHAT_PAGE,
  examples: [
    {
      name: 'markdown',
      summary: { zh: '发布通知并提醒负责人', en: 'A deployment that mentions the person in charge' },
      message: {
        msgtype: 'markdown',
        markdown: {
          content:
            '### 会员中心 v5.0.0 发布失败\n> 阶段：<font color="warning">数据库迁移</font>\n请 <@lisi> 确认是否回滚。',
        },
      },
    },
  ],
};
