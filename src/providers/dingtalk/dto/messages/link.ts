import { TextField } from '../../../../inbound/fields.js';
import { ApiSchema } from '../../../../openapi/openapi.decorators.js';
import type { MessageType } from '../../../message-catalog.js';
import { CLICK_LINK, MESSAGE_PAGE } from './page.js';

/** The only type whose members are camelCase: `messageUrl`, `picUrl`. */
@ApiSchema({ description: '链接消息的内容，成员名为驼峰式。Content of a link message; its members are camelCase.' })
export class DingTalkLinkContent {
  @TextField({
    pattern: CLICK_LINK,
    description: { zh: '点击消息后打开的地址', en: 'Address opened by a click on the message' },
    example: 'https://ci.example.com/builds/1024',
  })
  messageUrl: string;

  // The platform's own sample is a media_id, so this is not checked as an address.
  @TextField({
    description: { zh: '图片的地址或 media_id', en: 'Address or media_id of the picture' },
    example: '@lADPDfJ6V8nGxRbNAfTNAlg',
  })
  picUrl: string;

  // Error 34016 names 64 characters for a title, but this page advises 100 for links: so 64 cannot bind here.
  @TextField({
    advisedChars: 100,
    description: { zh: '标题，建议 100 个字符以内', en: 'Title; the platform advises at most 100 characters' },
    example: '构建 #1024 成功',
  })
  title: string;

  @TextField({
    advisedChars: 500,
    description: { zh: '描述，建议 500 个字符以内', en: 'Description; the platform advises at most 500 characters' },
    example: '分支 main，用时 3 分 12 秒',
  })
  text: string;
}

export const linkMessage: MessageType = {
  msgtype: 'link',
  title: { zh: '链接消息', en: 'Link message' },
  source: MESSAGE_PAGE,
  content: DingTalkLinkContent,
  examples: [
    {
      name: 'link',
      summary: { zh: '构建结果', en: 'The result of a build' },
      message: {
        msgtype: 'link',
        link: {
          messageUrl: 'https://ci.example.com/builds/1024',
          picUrl: '@lADPDfJ6V8nGxRbNAfTNAlg',
          title: '构建 #1024 成功',
          text: '分支 main，提交人 张三，用时 3 分 12 秒，全部 286 个用例通过。',
        },
      },
    },
  ],
};
