import { TextField } from '../../../../inbound/fields.js';
import { ApiSchema } from '../../../../openapi/openapi.decorators.js';
import type { MessageType } from '../../../message-catalog.js';
import { ROBOT_PAGE } from './page.js';

@ApiSchema({ description: '群机器人 Markdown 消息的内容。Content of a Markdown message of a group robot.' })
export class WeComRobotMarkdownContent {
  @TextField({
    description: {
      zh: 'Markdown 正文，最多 4096 字节（更长见 overlong）：标题、加粗、链接、行内代码、引用、<font color="info|comment|warning">、<@userid>',
      en: 'The Markdown text, at most 4096 bytes (for more see overlong): headings, bold, links, inline code, quotes, <font color="info|comment|warning"> and <@userid>',
    },
    example: '### 发布完成\n> 版本：<font color="info">v2.3.1</font>',
  })
  content: string;
}

@ApiSchema({ description: '群机器人 markdown_v2 消息的内容。Content of a markdown_v2 message of a group robot.' })
export class WeComRobotMarkdownV2Content {
  @TextField({
    description: {
      zh: 'Markdown 正文，最多 4096 字节（更长见 overlong）：还支持斜体、列表、图片、分割线、代码块和表格，不支持颜色和 <@userid>',
      en: 'The Markdown text, at most 4096 bytes (for more see overlong): italics, lists, images, rules, code blocks and tables as well, but neither colours nor <@userid>',
    },
    example: '| 服务 | 状态 |\n| :--- | :--- |\n| 支付 | 正常 |',
  })
  content: string;
}

export const robotMarkdownMessage: MessageType = {
  msgtype: 'markdown',
  title: { zh: 'Markdown 消息', en: 'Markdown message' },
  source: ROBOT_PAGE,
  content: WeComRobotMarkdownContent,
  examples: [
    {
      name: 'markdown',
      summary: { zh: '发布失败，提醒负责人', en: 'A failed deployment that mentions the person in charge' },
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

export const robotMarkdownV2Message: MessageType = {
  msgtype: 'markdown_v2',
  title: { zh: 'Markdown 消息（第二版）', en: 'Markdown message, second version' },
  source: ROBOT_PAGE,
  content: WeComRobotMarkdownV2Content,
  examples: [
    {
      name: 'markdown_v2',
      summary: { zh: '带表格的日报', en: 'A daily report with a table' },
      message: {
        msgtype: 'markdown_v2',
        markdown_v2: {
          content: [
            '# 日报 *10 月 12 日*',
            '| 服务 | 可用率 | 备注 |',
            '| :--- | ---: | :--- |',
            '| 支付网关 | 99.98% | 正常 |',
            '| 订单服务 | 99.41% | 14:05 抖动 3 分钟 |',
            '---',
            '1. 扩容 order-api 到 6 个实例',
            '2. 复盘会议 15:00',
          ].join('\n'),
        },
      },
    },
  ],
};
