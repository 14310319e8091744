import { ObjectListField, TextField } from '../../../../inbound/fields.js';
import { ApiSchema } from '../../../../openapi/openapi.decorators.js';
import type { MessageType } from '../../../message-catalog.js';
import { MESSAGE_PAGE } from './page.js';

/** 666 K; whether K is 1000 or 1024 is not documented, so only what exceeds the larger is refused. */
const ARTICLE_BYTES = 666 * 1024;

@ApiSchema({ description: '存储在企业微信的一条图文。One article that is stored in WeCom.' })
export class WeComMpNewsArticle {
  @TextField({
    advisedBytes: 128,
    cuts: true,
    description: { zh: '标题，超过 128 字节会被截断', en: 'Title; the platform cuts it after 128 bytes' },
    example: '三季度运维报告',
  })
  title: string;

  @TextField({
    description: { zh: '缩略图的 media_id', en: 'media_id of the thumbnail' },
    example: '3ThumbLw5Pz8cXr2nVq7KyHb4GdMsJf0',
  })
  thumb_media_id: string;

  @TextField({
    maxBytes: ARTICLE_BYTES,
    advisedBytes: 666_000,
    description: { zh: '正文，支持 HTML，最多 666 KB', en: 'The article as HTML, at most 666 KB' },
    example: '<p>三季度可用率 99.97%</p>',
  })
  content: string;

  @TextField({
    required: false,
    empty: true,
    maxBytes: 64,
    description: { zh: '作者，最多 64 字节', en: 'Author, at most 64 bytes' },
    example: '基础架构组',
  })
  author?: string;

  @TextField({
    required: false,
    empty: true,
    description: { zh: '“阅读原文”打开的地址', en: 'Address behind “read the original”' },
    example: 'https://wiki.example.com/ops/2026q3',
  })
  content_source_url?: string;

  @TextField({
    required: false,
    empty: true,
    advisedBytes: 512,
    cuts: true,
    description: { zh: '摘要，超过 512 字节会被截断', en: 'Summary; the platform cuts it after 512 bytes' },
    example: '可用率、故障复盘与下季度计划',
  })
  digest?: string;
}

@ApiSchema({ description: '图文消息（mpnews）的内容。Content of an mpnews message.' })
export class WeComMpNewsContent {
  @ObjectListField(() => WeComMpNewsArticle, {
    min: 1,
    max: 8,
    description: { zh: '1 到 8 条图文', en: '1 to 8 articles' },
  })
  articles: WeComMpNewsArticle[];
}

export const mpNewsMessage: MessageType = {
  msgtype: 'mpnews',
  title: { zh: '图文消息（mpnews）', en: 'News message stored in WeCom' },
  source: MESSAGE_PAGE,
  content: WeComMpNewsContent,
  examples: [
    {
      name: 'mpnews',
      summary: { zh: '季度报告', en: 'A quarterly report' },
      message: {
        msgtype: 'mpnews',
        mpnews: {
          articles: [
            {
              title: '三季度运维报告',
              thumb_media_id: '3ThumbLw5Pz8cXr2nVq7KyHb4GdMsJf0',
              author: '基础架构组',
              content_source_url: 'https://wiki.example.com/ops/2026q3',
              content: '<h2>可用率</h2><p>核心服务 99.97%，较上季度提高 0.02 个百分点。</p>',
              digest: '可用率、故障复盘与下季度计划',
            },
          ],
        },
      },
    },
  ],
};
