import { ObjectListField, TextField } from '../../../../inbound/fields.js';
import { ApiSchema } from '../../../../openapi/openapi.decorators.js';
import type { MessageType } from '../../../message-catalog.js';
import { CLICK_LINK } from '../messages/page.js';
import { ROBOT_PAGE } from './page.js';

/** `messageURL` and `picURL` here; in a link message the same things are called `messageUrl` and `picUrl`. */
@ApiSchema({ description: '自定义机器人 feedCard 的一条。One link of a feed card of a custom robot.' })
export class DingTalkRobotFeedLink {
  @TextField({ description: { zh: '标题', en: 'Title' }, example: '双十一压测报告' })
  title: string;

  @TextField({
    pattern: CLICK_LINK,
    description: { zh: '点击后打开的地址', en: 'Address opened by a click' },
    example: 'https://wiki.example.com/reports/1111',
  })
  messageURL: string;

  @TextField({
    description: { zh: '图片的地址', en: 'Address of the picture' },
    example: 'https://static.example.com/reports/1111.png',
  })
  picURL: string;
}

@ApiSchema({ description: '自定义机器人 feedCard 消息的内容。Content of a feed card of a custom robot.' })
export class DingTalkRobotFeedCardContent {
  @ObjectListField(() => DingTalkRobotFeedLink, {
    min: 1,
    description: { zh: '一条或多条链接', en: 'One link or more' },
  })
  links: DingTalkRobotFeedLink[];
}

export const robotFeedCardMessage: MessageType = {
  msgtype: 'feedCard',
  title: { zh: 'feedCard 消息', en: 'Feed card' },
  source: ROBOT_PAGE,
  content: DingTalkRobotFeedCardContent,
  examples: [
    {
      name: 'feedCard',
      summary: { zh: '两篇报告', en: 'Two reports' },
      message: {
        msgtype: 'feedCard',
        feedCard: {
          links: [
            {
              title: '双十一压测报告',
              messageURL: 'https://wiki.example.com/reports/1111',
              picURL: 'https://static.example.com/reports/1111.png',
            },
            {
              title: '容量规划（四季度）',
              messageURL: 'https://wiki.example.com/reports/q4',
              picURL: 'https://static.example.com/reports/q4.png',
            },
          ],
        },
      },
    },
  ],
};
