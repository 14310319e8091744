import { ChoiceField, NumberField, ObjectField, ObjectListField, TextField } from '../../../../../inbound/fields.js';
import { ApiSchema } from '../../../../../openapi/openapi.decorators.js';
import type { Complaint } from '../../../../delivery-error.js';
import { CLICK_LINK } from '../page.js';
import type { Card } from './card.js';
import { NoticeFrame } from './frames.js';
import { OptionalCardLink, WeComCardTitle } from './parts.js';
import { isObject, LINK_TARGETS, menuTaskComplaints, sharedComplaints, targetComplaints } from './rules.js';

@ApiSchema({ description: '大图。A large picture.' })
export class WeComCardImage {
  @TextField({
    pattern: CLICK_LINK,
    description: { zh: '图片的地址', en: 'Address of the picture' },
    example: 'https://static.example.com/release/v5.png',
  })
  url: string;

  @NumberField({
    required: false,
    min: 1.3,
    max: 2.25,
    description: { zh: '宽高比，1.3 到 2.25，默认 1.3', en: 'Width over height, 1.3 to 2.25, 1.3 by default' },
    example: 2.25,
  })
  aspect_ratio?: number;
}

@ApiSchema({ description: '左图右文。A picture with text beside it.' })
export class WeComCardImageText extends OptionalCardLink {
  @TextField({
    pattern: CLICK_LINK,
    description: { zh: '图片的地址', en: 'Address of the picture' },
    example: 'https://static.example.com/release/v5-small.png',
  })
  image_url: string;

  @TextField({ required: false, empty: true, description: { zh: '标题', en: 'Title' }, example: '积分商城改版' })
  title?: string;

  @TextField({
    required: false,
    empty: true,
    description: { zh: '描述', en: 'Description' },
    example: '首页加载时间减少一半',
  })
  desc?: string;
}

@ApiSchema({ description: '二级内容的一段。A paragraph below the picture.' })
export class WeComCardParagraph {
  @TextField({
    advisedChars: 38,
    description: { zh: '标题，建议 38 个字以内', en: 'Title, best up to 38 characters' },
    example: '积分可以转赠好友',
  })
  title: string;

  @TextField({
    required: false,
    empty: true,
    advisedChars: 160,
    description: { zh: '正文，建议 160 个字以内', en: 'Text, best up to 160 characters' },
    example: '每人每天可转赠三次。',
  })
  desc?: string;
}

@ApiSchema({
  description:
    '图文展示卡片；card_image 与 image_text_area 至少填一个。A news notice; card_image or image_text_area is needed.',
})
export class WeComNewsNoticeCard extends NoticeFrame {
  @ChoiceField({ values: ['news_notice'], description: { zh: '卡片类型', en: 'Type of the card' } })
  card_type: 'news_notice';

  @ObjectField(() => WeComCardTitle, { description: { zh: '一级标题', en: 'Main title' } })
  main_title: WeComCardTitle;

  @ObjectField(() => WeComCardImage, { required: false, description: { zh: '大图', en: 'A large picture' } })
  card_image?: WeComCardImage;

  @ObjectField(() => WeComCardImageText, { required: false, description: { zh: '左图右文', en: 'Picture with text' } })
  image_text_area?: WeComCardImageText;

  @ObjectListField(() => WeComCardParagraph, {
    required: false,
    max: 4,
    description: { zh: '二级内容，最多 4 段', en: 'Paragraphs, at most 4' },
  })
  vertical_content_list?: WeComCardParagraph[];
}

export const newsNoticeCard: Card = {
  sent: {
    content: WeComNewsNoticeCard,
    check: (card, path) => [...complaints(card, path), ...menuTaskComplaints(card, path)],
  },
  replacing: { content: WeComNewsNoticeCard, check: complaints },
  examples: [
    {
      name: 'template_card-news_notice',
      summary: { zh: '图文展示卡片：版本发布', en: 'News notice: a release' },
      message: {
        msgtype: 'template_card',
        template_card: {
          card_type: 'news_notice',
          source: { desc: '发布平台', desc_color: 3 },
          main_title: { title: '会员中心 v5.0.0 已上线', desc: '2026年10月12日 22:40' },
          card_image: { url: 'https://static.example.com/release/v5.png', aspect_ratio: 2.25 },
          image_text_area: {
            type: 1,
            url: 'https://wiki.example.com/release/v5',
            title: '积分商城改版',
            desc: '首页加载时间减少一半',
            image_url: 'https://static.example.com/release/v5-small.png',
          },
          vertical_content_list: [{ title: '积分可以转赠好友', desc: '每人每天可转赠三次。' }],
          horizontal_content_list: [{ keyname: '负责人', value: '李四' }],
          jump_list: [{ type: 2, title: '打开小程序体验', appid: 'wx123123123123123', pagepath: '/pages/points' }],
          card_action: { type: 1, url: 'https://wiki.example.com/release/v5' },
        },
      },
    },
  ],
};

function complaints(card: Record<string, unknown>, path: string): readonly Complaint[] {
  const missing: Complaint = {
    path,
    message: { zh: 'card_image 与 image_text_area 至少填一个', en: 'needs card_image or image_text_area' },
  };
  return [
    ...(isObject(card.card_image) || isObject(card.image_text_area) ? [] : [missing]),
    ...targetComplaints(card.image_text_area, LINK_TARGETS, `${path}.image_text_area`),
    ...sharedComplaints(card, path),
  ];
}
