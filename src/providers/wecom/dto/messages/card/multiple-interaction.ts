import { ChoiceField, ObjectField, ObjectListField, TextField } from '../../../../../inbound/fields.js';
import { ApiSchema } from '../../../../../openapi/openapi.decorators.js';
import type { Complaint } from '../../../../delivery-error.js';
import { REPLACE_TEXT, type Card } from './card.js';
import { CardFrame } from './frames.js';
import { TASK_ID } from './parts.js';
import { WeComCardSelect, WeComCardSubmitButton } from './questions.js';
import { objectsIn, repeatedComplaints } from './rules.js';

@ApiSchema({ description: '多项选择卡片的标题。Title of a card with several questions.' })
export class WeComMultipleTitle {
  @TextField({
    advisedChars: 36,
    description: { zh: '标题，建议 36 个字以内', en: 'Title, best up to 36 characters' },
    example: '请登记下周值班',
  })
  title: string;

  @TextField({
    required: false,
    empty: true,
    advisedChars: 160,
    description: { zh: '辅助信息，建议 160 个字以内', en: 'Additional text, best up to 160 characters' },
    example: '周五 18:00 截止',
  })
  desc?: string;
}

abstract class MultipleCardFrame extends CardFrame {
  @ChoiceField({ values: ['multiple_interaction'], description: { zh: '卡片类型', en: 'Type of the card' } })
  card_type: 'multiple_interaction';

  @ObjectField(() => WeComMultipleTitle, { description: { zh: '一级标题', en: 'Main title' } })
  main_title: WeComMultipleTitle;

  @ObjectListField(() => WeComCardSelect, {
    min: 1,
    max: 3,
    description: { zh: '1 到 3 个选择器，question_key 不可重复', en: '1 to 3 lists with different keys' },
  })
  select_list: WeComCardSelect[];
}

@ApiSchema({
  description: '多项选择卡片；应用须配置回调地址。A card with several questions; the app must have a callback address.',
})
export class WeComMultipleCard extends MultipleCardFrame {
  @TextField(TASK_ID)
  task_id: string;

  @ObjectField(() => WeComCardSubmitButton, { description: { zh: '提交按钮', en: 'The button that submits' } })
  submit_button: WeComCardSubmitButton;
}

@ApiSchema({ description: '更新为多项选择卡片。A card with several questions that takes the place of another.' })
export class WeComMultipleCardReplacement extends MultipleCardFrame {
  @ObjectField(() => WeComCardSubmitButton, {
    required: false,
    description: { zh: '提交按钮', en: 'The button that submits' },
  })
  submit_button?: WeComCardSubmitButton;

  @TextField(REPLACE_TEXT)
  replace_text?: string;
}

export const multipleInteractionCard: Card = {
  sent: { content: WeComMultipleCard, check: complaints },
  replacing: { content: WeComMultipleCardReplacement, check: complaints },
  examples: [
    {
      name: 'template_card-multiple_interaction',
      summary: { zh: '多项选择卡片：值班登记', en: 'Several questions: the duty roster' },
      message: {
        msgtype: 'template_card',
        template_card: {
          card_type: 'multiple_interaction',
          source: { desc: '运维平台' },
          main_title: { title: '请登记下周值班', desc: '周五 18:00 截止' },
          task_id: 'duty-roster@2026w42',
          select_list: [
            {
              question_key: 'day',
              title: '值班日',
              selected_id: 'mon',
              option_list: [
                { id: 'mon', text: '周一' },
                { id: 'tue', text: '周二' },
              ],
            },
            {
              question_key: 'shift',
              title: '班次',
              option_list: [
                { id: 'day', text: '白班 09:00 至 18:00' },
                { id: 'night', text: '夜班 18:00 至次日' },
              ],
            },
          ],
          submit_button: { text: '提交', key: 'submit' },
        },
      },
    },
  ],
};

function complaints(card: Record<string, unknown>, path: string): readonly Complaint[] {
  return [
    ...repeatedComplaints(card.select_list, 'question_key', `${path}.select_list`),
    ...objectsIn(card.select_list).flatMap((select, index) =>
      repeatedComplaints(select.option_list, 'id', `${path}.select_list[${index}].option_list`),
    ),
  ];
}
