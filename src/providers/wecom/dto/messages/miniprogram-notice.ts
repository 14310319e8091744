import { BooleanField, ObjectListField, TextField } from '../../../../inbound/fields.js';
import { ApiSchema } from '../../../../openapi/openapi.decorators.js';
import type { MessageType } from '../../../message-catalog.js';
import { MESSAGE_PAGE } from './page.js';

// The page gives lengths in 汉字 and does not say how other characters count or what happens beyond: so they are advice.

@ApiSchema({ description: '通知的一行；键和值都为空时忽略。One line; without key and value it is ignored.' })
export class WeComMiniProgramNoticeItem {
  @TextField({
    required: false,
    empty: true,
    advisedChars: 10,
    description: { zh: '名称，10 个汉字以内', en: 'Label, up to 10 characters' },
    example: '会议室',
  })
  key?: string;

  @TextField({
    required: false,
    empty: true,
    advisedChars: 30,
    description: { zh: '值，30 个汉字以内', en: 'Value, up to 30 characters' },
    example: '3 楼 302',
  })
  value?: string;
}

@ApiSchema({
  description:
    '小程序通知的内容；应用须绑定小程序，不能发给 @all。Content of a mini program notice; the app must be bound to the mini program, and @all is not possible.',
})
export class WeComMiniProgramNoticeContent {
  @TextField({
    description: { zh: '与应用关联的小程序的 appid', en: 'appid of the mini program bound to the app' },
    example: 'wx123123123123123',
  })
  appid: string;

  @TextField({
    required: false,
    empty: true,
    maxBytes: 1024,
    description: {
      zh: '点击后打开的小程序页面，最多 1024 字节；不填则不跳转',
      en: 'Page opened by a click, at most 1024 bytes; without it nothing opens',
    },
    example: 'pages/booking?id=20261012',
  })
  page?: string;

  @TextField({
    advisedChars: 12,
    description: { zh: '标题，4 到 12 个汉字', en: 'Title, 4 to 12 characters' },
    example: '会议室预订成功',
  })
  title: string;

  @TextField({
    required: false,
    empty: true,
    advisedChars: 12,
    description: { zh: '描述，4 到 12 个汉字', en: 'Description, 4 to 12 characters' },
    example: '10月12日 14:00',
  })
  description?: string;

  @BooleanField({
    required: false,
    description: { zh: '是否放大第一行', en: 'Is the first line emphasised' },
    example: true,
  })
  emphasis_first_item?: boolean;

  @ObjectListField(() => WeComMiniProgramNoticeItem, {
    required: false,
    max: 10,
    description: { zh: '内容，最多 10 行', en: 'The lines, at most 10' },
  })
  content_item?: WeComMiniProgramNoticeItem[];
}

export const miniProgramNoticeMessage: MessageType = {
  msgtype: 'miniprogram_notice',
  title: { zh: '小程序通知消息', en: 'Mini program notice' },
  source: MESSAGE_PAGE,
  content: WeComMiniProgramNoticeContent,
  examples: [
    {
      name: 'miniprogram_notice',
      summary: { zh: '会议室预订', en: 'A booked meeting room' },
      message: {
        msgtype: 'miniprogram_notice',
        miniprogram_notice: {
          appid: 'wx123123123123123',
          page: 'pages/booking?id=20261012',
          title: '会议室预订成功',
          description: '10月12日 14:00',
          emphasis_first_item: true,
          content_item: [
            { key: '会议室', value: '3 楼 302' },
            { key: '会议时间', value: '10月12日 14:00 至 15:30' },
            { key: '参会人', value: '张三、李四' },
          ],
        },
      },
    },
  ],
};
