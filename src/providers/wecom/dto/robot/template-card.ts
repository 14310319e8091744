import type { Complaint } from '../../../delivery-error.js';
import type { ContentRules, MessageType } from '../../../message-catalog.js';
import { isObject } from '../messages/card/rules.js';
import { newsNoticeCard } from '../messages/card/news-notice.js';
import { textNoticeCard } from '../messages/card/text-notice.js';
import { WeComTemplateCardContent } from '../messages/template-card.js';
import { ROBOT_PAGE } from './page.js';

/** Cards that need an application behind them: somebody has to hear about the press. */
const APP_CARDS = new Set<unknown>(['button_interaction', 'vote_interaction', 'multiple_interaction']);

/** Notices alone, without a menu; a news notice needs its large picture here. */
export const robotTemplateCardMessage: MessageType = {
  msgtype: 'template_card',
  title: { zh: '模板卡片消息', en: 'Template card' },
  source: ROBOT_PAGE,
  content: WeComTemplateCardContent,
  check: typeComplaints,
  variants: {
    member: 'card_type',
    contents: { text_notice: withoutMenu(textNoticeCard.sent), news_notice: withPicture(newsNoticeCard.sent) },
  },
  examples: [
    {
      name: 'template_card-text_notice',
      summary: { zh: '文本通知卡片：磁盘告警', en: 'Text notice: a disk alert' },
      message: {
        msgtype: 'template_card',
        template_card: {
          card_type: 'text_notice',
          source: { icon_url: 'https://static.example.com/icons/monitor.png', desc: '监控平台', desc_color: 2 },
          main_title: { title: '数据库磁盘告警', desc: '预计 6 小时后写满' },
          emphasis_content: { title: '91%', desc: '磁盘使用率' },
          sub_title_text: '请值班同学在 30 分钟内响应。',
          horizontal_content_list: [
            { keyname: '主机', value: 'db-prod-02' },
            { type: 1, keyname: '面板', value: '点击查看', url: 'https://monitor.example.com/alerts/7781' },
          ],
          jump_list: [{ type: 1, title: '查看监控面板', url: 'https://monitor.example.com/alerts/7781' }],
          card_action: { type: 1, url: 'https://monitor.example.com/alerts/7781' },
        },
      },
    },
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
          vertical_content_list: [{ title: '积分可以转赠好友', desc: '每人每天可转赠三次。' }],
          card_action: { type: 1, url: 'https://wiki.example.com/release/v5' },
        },
      },
    },
  ],
};

/** A type that is documented for applications only; one that nobody documents is the platform's to judge. */
function typeComplaints(card: Record<string, unknown>, path: string): readonly Complaint[] {
  if (!APP_CARDS.has(card.card_type)) return [];
  const message = {
    zh: '机器人只能发送 text_notice 和 news_notice',
    en: 'a robot sends text_notice and news_notice only',
  };
  return [{ path: `${path}.card_type`, message }];
}

function withoutMenu({ content, check }: ContentRules): ContentRules {
  return {
    content,
    check: (card, path) => {
      if (!isObject(card.action_menu)) return check?.(card, path) ?? [];
      return [
        { path: `${path}.action_menu`, message: { zh: '机器人的卡片没有菜单', en: 'a robot’s card has no menu' } },
      ];
    },
  };
}

function withPicture(rules: ContentRules): ContentRules {
  const { content, check } = withoutMenu(rules);
  return {
    content,
    check: (card, path) => {
      if (isObject(card.card_image)) return check?.(card, path) ?? [];
      const message = { zh: '机器人的图文卡片必须有大图', en: 'is required in a robot’s news notice' };
      return [{ path: `${path}.card_image`, message }];
    },
  };
}
