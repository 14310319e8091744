import { TextField } from '../../../../inbound/fields.js';
import { ApiSchema } from '../../../../openapi/openapi.decorators.js';
import { CLICK_LINK } from '../messages/page.js';
import { robotMessage } from './page.js';

@ApiSchema({ description: 'sampleLink 的 msgParam。msgParam of sampleLink.' })
export class DingTalkSampleLinkParam {
  @TextField({ description: { zh: '标题', en: 'Title' }, example: '构建 #1024 成功' })
  title: string;

  @TextField({ description: { zh: '描述', en: 'Description' }, example: '分支 main，用时 3 分 12 秒' })
  text: string;

  // Robots with a webhook may do without a picture; of these nobody says that they may not.
  @TextField({
    required: false,
    empty: true,
    description: { zh: '图片的地址或 media_id', en: 'Address or media_id of the picture' },
    example: '@lADPDfJ6V8nGxRbNAfTNAlg',
  })
  picUrl?: string;

  @TextField({
    pattern: CLICK_LINK,
    description: { zh: '点击消息后打开的地址', en: 'Address opened by a click on the message' },
    example: 'https://ci.example.com/builds/1024',
  })
  messageUrl: string;
}

export const sampleLink = robotMessage(
  'sampleLink',
  { zh: '链接', en: 'Link' },
  DingTalkSampleLinkParam,
  { zh: '构建结果', en: 'The result of a build' },
  {
    title: '构建 #1024 成功',
    text: '分支 main，提交人 张三，用时 3 分 12 秒，全部 286 个用例通过。',
    picUrl: '@lADPDfJ6V8nGxRbNAfTNAlg',
    messageUrl: 'https://ci.example.com/builds/1024',
  },
);
