import { ChoiceField, ObjectListField, TextField, type TextOptions } from '../../../../../inbound/fields.js';
import { ApiSchema } from '../../../../../openapi/openapi.decorators.js';
import { CLICK_LINK } from '../page.js';

/**
 * The parts that several card types share. Lengths in 字 are advice about what is shown; lengths in bytes are limits.
 *
 * @see https://developer.work.weixin.qq.com/document/path/90236
 */

/** Keys come back in the callback of a click. */
export const CALLBACK_KEY = { maxBytes: 1024 } as const;

export const TASK_ID = {
  maxBytes: 128,
  pattern: {
    expression: /^[0-9A-Za-z_\-@]+$/,
    means: { zh: '只能由数字、字母和 _-@ 组成', en: 'may have digits, letters and _-@ only' },
  },
  description: {
    zh: '任务 id，同一应用内不可重复，最多 128 字节，由数字、字母和 _-@ 组成',
    en: 'Id of the task, unique in the app: at most 128 bytes of digits, letters and _-@',
  },
  example: 'release-500@20261012',
} as const satisfies TextOptions;

/** Where a click leads. Which member is needed depends on `type`. */
export abstract class CardLink {
  @TextField({
    required: false,
    empty: true,
    pattern: CLICK_LINK,
    description: { zh: '打开的地址，type 为 1 时必填', en: 'Address that is opened, required when type is 1' },
    example: 'https://monitor.example.com/alerts/7781',
  })
  url?: string;

  @TextField({
    required: false,
    empty: true,
    description: {
      zh: '与应用关联的小程序的 appid，type 为 2 时必填',
      en: 'appid of a mini program bound to the app, required when type is 2',
    },
  })
  appid?: string;

  @TextField({
    required: false,
    empty: true,
    description: { zh: '小程序的页面', en: 'Page of the mini program' },
  })
  pagepath?: string;
}

/** A part of a card that opens something only if it says so. */
export abstract class OptionalCardLink extends CardLink {
  @ChoiceField({
    required: false,
    values: [0, 1, 2],
    description: {
      zh: '点击事件：0 无，1 打开地址，2 打开小程序',
      en: 'A click opens: 0 nothing, 1 url, 2 mini program',
    },
    example: 1,
  })
  type?: 0 | 1 | 2;
}

@ApiSchema({ description: '卡片来源。Where a card comes from.' })
export class WeComCardSource {
  @TextField({
    required: false,
    empty: true,
    pattern: CLICK_LINK,
    description: { zh: '来源图片的地址，建议 72×72', en: 'Address of the icon, best 72×72' },
    example: 'https://static.example.com/icons/monitor.png',
  })
  icon_url?: string;

  @TextField({
    required: false,
    empty: true,
    advisedChars: 20,
    description: { zh: '来源描述，建议 20 个字以内', en: 'Name of the source, best up to 20 characters' },
    example: '监控平台',
  })
  desc?: string;

  @ChoiceField({
    required: false,
    values: [0, 1, 2, 3],
    description: { zh: '文字颜色：0 灰，1 黑，2 红，3 绿', en: 'Colour: 0 grey, 1 black, 2 red, 3 green' },
    example: 2,
  })
  desc_color?: 0 | 1 | 2 | 3;
}

@ApiSchema({ description: '菜单的一项。One entry of the menu.' })
export class WeComCardActionItem {
  @TextField({ description: { zh: '文案', en: 'Label' }, example: '不再推送' })
  text: string;

  @TextField({
    ...CALLBACK_KEY,
    description: {
      zh: '回调中的 key，最多 1024 字节，不可重复',
      en: 'Key in the callback, at most 1024 bytes, unique',
    },
    example: 'mute',
  })
  key: string;
}

@ApiSchema({
  description: '卡片右上角的菜单；应用须配置回调地址。Menu of a card; the app must have a callback address.',
})
export class WeComCardActionMenu {
  @TextField({ required: false, empty: true, description: { zh: '描述', en: 'Description' }, example: '更多操作' })
  desc?: string;

  @ObjectListField(() => WeComCardActionItem, {
    min: 1,
    max: 3,
    description: { zh: '1 到 3 项，key 不可重复', en: '1 to 3 entries with different keys' },
  })
  action_list: WeComCardActionItem[];
}

@ApiSchema({ description: '引用。A quotation.' })
export class WeComCardQuoteArea extends OptionalCardLink {
  @TextField({ required: false, empty: true, description: { zh: '标题', en: 'Title' }, example: '处理建议' })
  title?: string;

  @TextField({
    required: false,
    empty: true,
    description: { zh: '引用的文字', en: 'The quoted text' },
    example: '先清理过期日志，再扩容数据盘',
  })
  quote_text?: string;
}

@ApiSchema({ description: '名称和值的一行。A row of label and value.' })
export class WeComCardRow {
  @ChoiceField({
    required: false,
    values: [0, 1, 2, 3],
    description: {
      zh: '点击事件：0 无，1 打开地址，2 下载附件，3 打开成员详情',
      en: 'A click opens: 0 nothing, 1 url, 2 a file, 3 a member',
    },
    example: 0,
  })
  type?: 0 | 1 | 2 | 3;

  @TextField({
    advisedChars: 5,
    description: { zh: '名称，建议 5 个字以内', en: 'Label, best up to 5 characters' },
    example: '主机',
  })
  keyname: string;

  @TextField({
    required: false,
    empty: true,
    advisedChars: 30,
    description: {
      zh: '值，建议 30 个字以内；type 为 2 时是带扩展名的文件名',
      en: 'Value, best up to 30 characters; the name of the file with its extension when type is 2',
    },
    example: 'db-prod-02',
  })
  value?: string;

  @TextField({
    required: false,
    empty: true,
    pattern: CLICK_LINK,
    description: { zh: '打开的地址，type 为 1 时必填', en: 'Address that is opened, required when type is 1' },
  })
  url?: string;

  @TextField({
    required: false,
    empty: true,
    description: { zh: '附件的 media_id，type 为 2 时必填', en: 'media_id of the file, required when type is 2' },
  })
  media_id?: string;

  @TextField({
    required: false,
    empty: true,
    description: { zh: '成员的 userid，type 为 3 时必填', en: 'userid of the member, required when type is 3' },
  })
  userid?: string;
}

@ApiSchema({ description: '卡片下方的跳转。A jump below the card.' })
export class WeComCardJump extends OptionalCardLink {
  @TextField({
    advisedChars: 18,
    description: { zh: '文案，建议 18 个字以内', en: 'Label, best up to 18 characters' },
    example: '查看监控面板',
  })
  title: string;
}

@ApiSchema({ description: '点击整张卡片的跳转。What a click on the whole card opens.' })
export class WeComCardAction extends CardLink {
  @ChoiceField({
    values: [1, 2],
    description: { zh: '1 打开地址，2 打开小程序', en: '1 url, 2 mini program' },
    example: 1,
  })
  type: 1 | 2;
}

@ApiSchema({ description: '点击整张卡片的跳转，可以没有。What a click on the whole card opens, if anything.' })
export class WeComCardOptionalAction extends OptionalCardLink {}

@ApiSchema({ description: '一级标题。Main title.' })
export class WeComCardTitle {
  @TextField({
    advisedChars: 36,
    description: { zh: '标题，建议 36 个字以内', en: 'Title, best up to 36 characters' },
    example: '会员中心 v5.0.0 申请上线',
  })
  title: string;

  @TextField({
    required: false,
    empty: true,
    advisedChars: 44,
    description: { zh: '辅助信息，建议 44 个字以内', en: 'Additional text, best up to 44 characters' },
    example: '申请人：张三',
  })
  desc?: string;
}
