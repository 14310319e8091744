import { TextField } from '../../../../inbound/fields.js';
import { ApiSchema } from '../../../../openapi/openapi.decorators.js';
import { robotMessage } from './page.js';

@ApiSchema({ description: 'sampleMarkdown 的 msgParam。msgParam of sampleMarkdown.' })
export class DingTalkSampleMarkdownParam {
  @TextField({
    description: { zh: '会话列表和通知中显示的标题', en: 'Title in the list of conversations and in the notification' },
    example: '发布完成',
  })
  title: string;

  @TextField({
    description: { zh: 'Markdown 正文', en: 'Markdown text' },
    example: '### 发布完成\n- 服务：会员中心',
  })
  text: string;
}

export const sampleMarkdown = robotMessage(
  'sampleMarkdown',
  { zh: 'Markdown', en: 'Markdown' },
  DingTalkSampleMarkdownParam,
  { zh: '发布结果', en: 'The result of a release' },
  { title: '发布完成：会员中心 v5.0.0', text: '### 会员中心 v5.0.0 已上线\n- 耗时：6 分钟\n- 回滚点：**v4.9.3**' },
);
