import { ChoiceField, IntegerField, ObjectField, ObjectListField, TextField } from '../../../../../inbound/fields.js';
import { ApiSchema } from '../../../../../openapi/openapi.decorators.js';
import type { Complaint } from '../../../../delivery-error.js';
import { CLICK_LINK } from '../page.js';
import { REPLACE_TEXT, type Card } from './card.js';
import { DetailedCardFrame } from './frames.js';
import { CALLBACK_KEY, TASK_ID, WeComCardOptionalAction, WeComCardTitle } from './parts.js';
import { WeComCardSelect } from './questions.js';
import { isObject, listTargetComplaints, repeatedComplaints, sharedComplaints, type Targets } from './rules.js';

/** A button calls back with its key, or opens an address. */
const BUTTON_TARGETS: Targets = { 0: 'key', 1: 'url' };

@ApiSchema({ description: '卡片的按钮。A button of a card.' })
export class WeComCardButton {
  @ChoiceField({
    required: false,
    values: [0, 1],
    description: { zh: '点击事件：0 回调，1 打开地址', en: 'A click: 0 calls back, 1 opens url' },
    example: 0,
  })
  type?: 0 | 1;

  @TextField({
    advisedChars: 10,
    description: { zh: '文案，建议 10 个字以内', en: 'Label, best up to 10 characters' },
    example: '同意',
  })
  text: string;

  // Any other number is shown as 1, says the page, so none is refused.
  @IntegerField({
    required: false,
    description: { zh: '样式，1 到 4，默认 1', en: 'Style, 1 to 4, 1 by default' },
    example: 1,
  })
  style?: number;

  @TextField({
    required: false,
    empty: true,
    ...CALLBACK_KEY,
    description: {
      zh: '回调中的 key，最多 1024 字节，不可重复；type 为 0 或不填时必填',
      en: 'Key in the callback, at most 1024 bytes, unique; required when type is 0 or absent',
    },
    example: 'agree',
  })
  key?: string;

  @TextField({
    required: false,
    empty: true,
    pattern: CLICK_LINK,
    description: { zh: '打开的地址，type 为 1 时必填', en: 'Address that is opened, required when type is 1' },
  })
  url?: string;
}

abstract class ButtonCardFrame extends DetailedCardFrame {
  @ChoiceField({ values: ['button_interaction'], description: { zh: '卡片类型', en: 'Type of the card' } })
  card_type: 'button_interaction';

  @ObjectField(() => WeComCardTitle, { description: { zh: '一级标题', en: 'Main title' } })
  main_title: WeComCardTitle;

  @TextField({
    required: false,
    empty: true,
    advisedChars: 160,
    description: { zh: '二级文本，建议 160 个字以内', en: 'Secondary text, best up to 160 characters' },
    example: '窗口：今晚 22:00 至 23:00',
  })
  sub_title_text?: string;

  @ObjectField(() => WeComCardOptionalAction, {
    required: false,
    description: { zh: '点击整张卡片的跳转', en: 'What a click on the whole card opens' },
  })
  card_action?: WeComCardOptionalAction;

  @ObjectField(() => WeComCardSelect, { required: false, description: { zh: '下拉选择器', en: 'A drop-down list' } })
  button_selection?: WeComCardSelect;

  @ObjectListField(() => WeComCardButton, {
    min: 1,
    max: 6,
    description: { zh: '1 到 6 个按钮，key 不可重复', en: '1 to 6 buttons with different keys' },
  })
  button_list: WeComCardButton[];
}

@ApiSchema({
  description: '按钮交互卡片；应用须配置回调地址。A card with buttons; the app must have a callback address.',
})
export class WeComButtonCard extends ButtonCardFrame {
  @TextField(TASK_ID)
  task_id: string;
}

@ApiSchema({ description: '更新为按钮交互卡片。A card with buttons that takes the place of another.' })
export class WeComButtonCardReplacement extends ButtonCardFrame {
  @TextField(REPLACE_TEXT)
  replace_text?: string;
}

export const buttonInteractionCard: Card = {
  sent: { content: WeComButtonCard, check: complaints },
  replacing: { content: WeComButtonCardReplacement, check: complaints },
  examples: [
    {
      name: 'template_card-button_interaction',
      summary: { zh: '按钮交互卡片：上线审批', en: 'Card with buttons: approval of a release' },
      message: {
        msgtype: 'template_card',
        template_card: {
          card_type: 'button_interaction',
          source: { desc: '审批中心', desc_color: 1 },
          main_title: { title: '会员中心 v5.0.0 申请上线', desc: '申请人：张三' },
          sub_title_text: '窗口：今晚 22:00 至 23:00，积分查询短暂不可用。',
          horizontal_content_list: [
            { keyname: '变更单', value: 'CHG-20260', type: 1, url: 'https://oa.example.com/changes/20260' },
          ],
          task_id: 'release-500@20261012',
          button_selection: {
            question_key: 'environment',
            title: '发布环境',
            option_list: [
              { id: 'staging', text: '预发环境' },
              { id: 'production', text: '生产环境' },
            ],
            selected_id: 'staging',
          },
          button_list: [
            { text: '同意', style: 1, key: 'agree' },
            { text: '拒绝', style: 2, key: 'refuse' },
            { text: '查看详情', type: 1, url: 'https://oa.example.com/changes/20260' },
          ],
        },
      },
    },
  ],
};

function complaints(card: Record<string, unknown>, path: string): readonly Complaint[] {
  const options = isObject(card.button_selection) ? card.button_selection.option_list : undefined;
  return [
    ...sharedComplaints(card, path),
    ...repeatedComplaints(options, 'id', `${path}.button_selection.option_list`),
    ...listTargetComplaints(card.button_list, BUTTON_TARGETS, `${path}.button_list`),
    ...repeatedComplaints(card.button_list, 'key', `${path}.button_list`),
  ];
}
