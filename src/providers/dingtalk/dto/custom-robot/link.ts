import { TextField } from '../../../../inbound/fields.js';
import { ApiSchema } from '../../../../openapi/openapi.decorators.js';
import type { MessageType } from '../../../message-catalog.js';
import { CLICK_LINK } from '../messages/page.js';
import { ROBOT_PAGE } from './page.js';

/** `messageUrl` and `picUrl` here; in a feed card the same things are called `messageURL` and `picURL`. */
@ApiSchema({ description: '自定义机器人链接消息的内容。Content of a link message of a custom robot.' })
export class DingTalkRobotLinkContent {
  @TextField({ description: { zh: '标题', en: 'Title' }, example: '构建 #1024 成功' })
  title: string;

  @TextField({
    description: { zh: '描述，过长时只显示开头', en: 'Description; only its beginning is shown when it is long' },
    example: '分支 main，用时 3 分 12 秒',
  })
  text: string;

  @TextField({
    pattern: CLICK_LINK,
    description: { zh: '点击消息后打开的地址', en: 'Address opened by a click on the message' },
    example: 'https://ci.example.com/builds/1024',
  })
  messageUrl: string;

  @TextField({
    required: false,
    empty: true,
    description: { zh: '图片的地址', en: 'Address of the picture' },
    example: 'https://static.example.com/ci/green.png',
  })
  picUrl?: string;
}

export const robotLinkMessage: MessageType = {
  msgtype: 'link',
  title: { zh: '链接消息', en: 'Link message' },
  source: ROBOT_PAGE,
  content: DingTalkRobotLinkContent,
  examples: [
    {
      name: 'link',
      summary: { zh: '构建结果', en: 'The result of a build' },
      message: {
        msgtype: 'link',
        link: {
          title: '构建 #1024 成功',
          text: '分支 main，提交人 张三，用时 3 分 12 秒，全部 286 个用例通过。',
          messageUrl: 'https://ci.example.com/builds/1024',
          picUrl: 'https://static.example.com/ci/green.png',
        },
      },
    },
  ],
};
