import { ChoiceField, ObjectField, TextField } from '../../../../../inbound/fields.js';
import { ApiSchema } from '../../../../../openapi/openapi.decorators.js';
import type { Complaint } from '../../../../delivery-error.js';
import type { Card } from './card.js';
import { NoticeFrame } from './frames.js';
import { isFilled, isObject, menuTaskComplaints, sharedComplaints } from './rules.js';

@ApiSchema({ description: '文本通知卡片的标题。Title of a text notice.' })
export class WeComTextNoticeTitle {
  @TextField({
    required: false,
    empty: true,
    advisedChars: 36,
    description: {
      zh: '标题，建议 36 个字以内；与 sub_title_text 至少填一个',
      en: 'Title, best up to 36 characters; it or sub_title_text is needed',
    },
    example: '数据库磁盘告警',
  })
  title?: string;

  @TextField({
    required: false,
    empty: true,
    advisedChars: 44,
    description: { zh: '辅助信息，建议 44 个字以内', en: 'Additional text, best up to 44 characters' },
    example: '预计 6 小时后写满',
  })
  desc?: string;
}

@ApiSchema({ description: '关键数据。The key figure.' })
export class WeComCardEmphasis {
  @TextField({
    required: false,
    empty: true,
    advisedChars: 14,
    description: { zh: '数据，建议 14 个字以内', en: 'The figure, best up to 14 characters' },
    example: '91%',
  })
  title?: string;

  @TextField({
    required: false,
    empty: true,
    advisedChars: 22,
    description: { zh: '数据的描述，建议 22 个字以内', en: 'What it is, best up to 22 characters' },
    example: '磁盘使用率',
  })
  desc?: string;
}

@ApiSchema({
  description:
    '文本通知卡片；main_title.title 与 sub_title_text 至少填一个。A text notice; main_title.title or sub_title_text is needed.',
})
export class WeComTextNoticeCard extends NoticeFrame {
  @ChoiceField({ values: ['text_notice'], description: { zh: '卡片类型', en: 'Type of the card' } })
  card_type: 'text_notice';

  @ObjectField(() => WeComTextNoticeTitle, { required: false, description: { zh: '一级标题', en: 'Main title' } })
  main_title?: WeComTextNoticeTitle;

  @ObjectField(() => WeComCardEmphasis, { required: false, description: { zh: '关键数据', en: 'The key figure' } })
  emphasis_content?: WeComCardEmphasis;

  @TextField({
    required: false,
    empty: true,
    advisedChars: 160,
    description: { zh: '二级文本，建议 160 个字以内', en: 'Secondary text, best up to 160 characters' },
    example: '请值班同学尽快清理过期日志。',
  })
  sub_title_text?: string;
}

export const textNoticeCard: Card = {
  sent: {
    content: WeComTextNoticeCard,
    check: (card, path) => [...complaints(card, path), ...menuTaskComplaints(card, path)],
  },
  replacing: { content: WeComTextNoticeCard, check: complaints },
  examples: [
    {
      name: 'template_card-text_notice',
      summary: { zh: '文本通知卡片：磁盘告警', en: 'Text notice: a disk alert' },
      message: {
        msgtype: 'template_card',
        template_card: {
          card_type: 'text_notice',
          source: { icon_url: 'https://static.example.com/icons/monitor.png', desc: '监控平台', desc_color: 2 },
          action_menu: {
            desc: '更多操作',
            action_list: [
              { text: '静默一小时', key: 'mute-1h' },
              { text: '转交二线', key: 'escalate' },
            ],
          },
          task_id: 'alert-7781@20261012',
          main_title: { title: '数据库磁盘告警', desc: '预计 6 小时后写满' },
          emphasis_content: { title: '91%', desc: '磁盘使用率' },
          quote_area: {
            type: 1,
            url: 'https://wiki.example.com/runbook/disk',
            title: '处理手册',
            quote_text: '先清理过期日志，再扩容数据盘',
          },
          sub_title_text: '请值班同学在 30 分钟内响应。',
          horizontal_content_list: [
            { keyname: '主机', value: 'db-prod-02' },
            { type: 1, keyname: '面板', value: '点击查看', url: 'https://monitor.example.com/alerts/7781' },
            { type: 2, keyname: '日志', value: 'disk-usage.txt', media_id: '1Yv-ZFile7Kd2mXq9RtB5wLnC8sHjPe4' },
            { type: 3, keyname: '值班人', value: '张三', userid: 'zhangsan' },
          ],
          jump_list: [{ type: 1, title: '查看监控面板', url: 'https://monitor.example.com/alerts/7781' }],
          card_action: { type: 1, url: 'https://monitor.example.com/alerts/7781' },
        },
      },
    },
  ],
};

function complaints(card: Record<string, unknown>, path: string): readonly Complaint[] {
  const title = isObject(card.main_title) && isFilled(card.main_title.title);
  const missing: Complaint = {
    path,
    message: {
      zh: 'main_title.title 与 sub_title_text 至少填一个',
      en: 'needs main_title.title or sub_title_text',
    },
  };
  return [...(title || isFilled(card.sub_title_text) ? [] : [missing]), ...sharedComplaints(card, path)];
}
