import { ObjectListField, TextField } from '../../../../inbound/fields.js';
import { ApiSchema } from '../../../../openapi/openapi.decorators.js';
import type { Complaint } from '../../../delivery-error.js';
import type { MessageType } from '../../../message-catalog.js';
import { isFilled, objectsIn } from './card/rules.js';
import { ADDRESS_LENGTH, APPCHAT_PAGE, MESSAGE_PAGE, WEB_ADDRESS } from './page.js';

/** What an article of an application message and of a group chat have in common. */
abstract class NewsArticleText {
  @TextField({
    advisedBytes: 128,
    cuts: true,
    description: { zh: '标题，超过 128 字节会被截断', en: 'Title; the platform cuts it after 128 bytes' },
    example: '十月安全公告',
  })
  title: string;

  @TextField({
    required: false,
    empty: true,
    advisedBytes: 512,
    cuts: true,
    description: { zh: '描述，超过 512 字节会被截断', en: 'Description; the platform cuts it after 512 bytes' },
    example: '请在本周五前完成密码更换',
  })
  description?: string;

  @TextField({
    required: false,
    empty: true,
    ...ADDRESS_LENGTH,
    pattern: WEB_ADDRESS,
    description: {
      zh: '图片地址，JPG 或 PNG，大图 1068×455，小图 150×150',
      en: 'Address of the picture, JPG or PNG, best 1068×455 or 150×150',
    },
    example: 'https://static.example.com/security/october.png',
  })
  picurl?: string;
}

@ApiSchema({
  description:
    '图文消息的一条：url，或 appid 和 pagepath，至少填一种，小程序优先。One article: url, or appid and pagepath; the mini program wins.',
})
export class WeComNewsArticle extends NewsArticleText {
  @TextField({
    required: false,
    empty: true,
    ...ADDRESS_LENGTH,
    pattern: WEB_ADDRESS,
    description: { zh: '点击后打开的地址，http 或 https 开头', en: 'Address opened by a click, http or https' },
    example: 'https://intranet.example.com/news/20261012',
  })
  url?: string;

  @TextField({
    required: false,
    empty: true,
    description: {
      zh: '与应用关联的小程序的 appid，与 pagepath 同时填写',
      en: 'appid of a mini program bound to the app, together with pagepath',
    },
    example: 'wx123123123123123',
  })
  appid?: string;

  @TextField({
    required: false,
    empty: true,
    maxBytes: 128,
    description: {
      zh: '小程序页面，最多 128 字节，与 appid 同时填写',
      en: 'Page of the mini program, at most 128 bytes, together with appid',
    },
    example: 'pages/index?id=20261012',
  })
  pagepath?: string;
}

@ApiSchema({
  description: '群聊图文消息的一条，只能跳转网页。One article in a group chat, which opens web pages only.',
})
export class WeComAppchatNewsArticle extends NewsArticleText {
  @TextField({
    ...ADDRESS_LENGTH,
    pattern: WEB_ADDRESS,
    description: {
      zh: '点击后打开的地址，群聊中必填，不支持小程序',
      en: 'Address opened by a click, required in group chats, where there are no mini programs',
    },
    example: 'https://intranet.example.com/news/20261012',
  })
  url: string;
}

@ApiSchema({ description: '图文消息的内容。Content of a news message.' })
export class WeComNewsContent {
  @ObjectListField(() => WeComNewsArticle, {
    min: 1,
    max: 8,
    description: { zh: '1 到 8 条图文', en: '1 to 8 articles' },
  })
  articles: WeComNewsArticle[];
}

@ApiSchema({ description: '群聊图文消息的内容。Content of a news message to a group chat.' })
export class WeComAppchatNewsContent {
  @ObjectListField(() => WeComAppchatNewsArticle, {
    min: 1,
    max: 8,
    description: { zh: '1 到 8 条图文', en: '1 to 8 articles' },
  })
  articles: WeComAppchatNewsArticle[];
}

const announcement = {
  title: '十月安全公告：请更换密码',
  description: '即日起密码有效期改为 90 天，请在本周五前完成更换。',
  url: 'https://intranet.example.com/news/20261012',
  picurl: 'https://static.example.com/security/october.png',
};

export const newsMessage: MessageType = {
  msgtype: 'news',
  title: { zh: '图文消息', en: 'News message' },
  source: MESSAGE_PAGE,
  content: WeComNewsContent,
  check: newsComplaints,
  examples: [
    {
      name: 'news',
      summary: { zh: '公告', en: 'An announcement' },
      message: { msgtype: 'news', news: { articles: [announcement] } },
    },
    {
      name: 'news-miniprogram',
      summary: { zh: '跳转小程序的公告', en: 'An announcement that opens a mini program' },
      message: {
        msgtype: 'news',
        news: {
          articles: [
            {
              title: '体检预约已开放',
              description: '请在 10 月 31 日前选择时间和医院。',
              appid: 'wx123123123123123',
              pagepath: 'pages/checkup/index?year=2026',
            },
          ],
        },
      },
    },
  ],
};

export const appchatNewsMessage: MessageType = {
  msgtype: 'news',
  title: { zh: '图文消息', en: 'News message' },
  source: APPCHAT_PAGE,
  content: WeComAppchatNewsContent,
  examples: [
    {
      name: 'news',
      summary: { zh: '公告', en: 'An announcement' },
      message: { msgtype: 'news', news: { articles: [announcement] } },
    },
  ],
};

function newsComplaints(content: Record<string, unknown>, path: string): readonly Complaint[] {
  return objectsIn(content.articles).flatMap((article, index) =>
    articleComplaints(article, `${path}.articles[${index}]`),
  );
}

function articleComplaints(article: Record<string, unknown>, path: string): readonly Complaint[] {
  const appid = isFilled(article.appid);
  const pagepath = isFilled(article.pagepath);
  if (appid !== pagepath) {
    const [missing, present] = appid ? ['pagepath', 'appid'] : ['appid', 'pagepath'];
    return [
      {
        path: `${path}.${missing}`,
        message: { zh: `必须与 ${present} 同时填写`, en: `is required together with ${present}` },
      },
    ];
  }
  if (appid || isFilled(article.url)) return [];
  return [
    {
      path: `${path}.url`,
      message: {
        zh: '必须填写 url，或 appid 和 pagepath',
        en: 'is required, or else appid and pagepath',
      },
    },
  ];
}
