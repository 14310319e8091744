import { ChoiceField, ObjectField, TextField } from '../../../../../inbound/fields.js';
import { ApiSchema } from '../../../../../openapi/openapi.decorators.js';
import type { Complaint } from '../../../../delivery-error.js';
import { REPLACE_TEXT, type Card } from './card.js';
import { CardFrame } from './frames.js';
import { TASK_ID } from './parts.js';
import { WeComCardCheckbox, WeComCardSubmitButton } from './questions.js';
import { isObject, repeatedComplaints } from './rules.js';

@ApiSchema({ description: '投票卡片的标题。Title of a vote.' })
export class WeComVoteTitle {
  @TextField({
    advisedChars: 16,
    description: { zh: '标题，建议 16 个字以内', en: 'Title, best up to 16 characters' },
    example: '下次停机维护的时间',
  })
  title: string;

  @TextField({
    required: false,
    empty: true,
    advisedChars: 160,
    description: { zh: '二级文本，建议 160 个字以内', en: 'Secondary text, best up to 160 characters' },
    example: '维护约需一小时，期间订单服务只读。',
  })
  desc?: string;
}

abstract class VoteCardFrame extends CardFrame {
  @ChoiceField({ values: ['vote_interaction'], description: { zh: '卡片类型', en: 'Type of the card' } })
  card_type: 'vote_interaction';

  @ObjectField(() => WeComVoteTitle, { description: { zh: '一级标题', en: 'Main title' } })
  main_title: WeComVoteTitle;

  @ObjectField(() => WeComCardCheckbox, { description: { zh: '选择题', en: 'The question' } })
  checkbox: WeComCardCheckbox;
}

@ApiSchema({ description: '投票选择卡片；应用须配置回调地址。A vote; the app must have a callback address.' })
export class WeComVoteCard extends VoteCardFrame {
  @TextField(TASK_ID)
  task_id: string;

  @ObjectField(() => WeComCardSubmitButton, { description: { zh: '提交按钮', en: 'The button that submits' } })
  submit_button: WeComCardSubmitButton;
}

@ApiSchema({ description: '更新为投票选择卡片。A vote that takes the place of another card.' })
export class WeComVoteCardReplacement extends VoteCardFrame {
  @ObjectField(() => WeComCardSubmitButton, {
    required: false,
    description: { zh: '提交按钮', en: 'The button that submits' },
  })
  submit_button?: WeComCardSubmitButton;

  @TextField(REPLACE_TEXT)
  replace_text?: string;
}

export const voteInteractionCard: Card = {
  sent: { content: WeComVoteCard, check: complaints },
  replacing: { content: WeComVoteCardReplacement, check: complaints },
  examples: [
    {
      name: 'template_card-vote_interaction',
      summary: { zh: '投票选择卡片：维护时间', en: 'Vote: the time of a maintenance' },
      message: {
        msgtype: 'template_card',
        template_card: {
          card_type: 'vote_interaction',
          source: { desc: '运维平台' },
          main_title: { title: '下次停机维护的时间', desc: '维护约需一小时，期间订单服务只读。' },
          task_id: 'maintenance-vote@202610',
          checkbox: {
            question_key: 'maintenance-time',
            mode: 0,
            option_list: [
              { id: 'friday', text: '周五晚上 22:00', is_checked: true },
              { id: 'sunday', text: '周日早上 06:00', is_checked: false },
            ],
          },
          submit_button: { text: '提交', key: 'submit' },
        },
      },
    },
  ],
};

function complaints(card: Record<string, unknown>, path: string): readonly Complaint[] {
  const options = isObject(card.checkbox) ? card.checkbox.option_list : undefined;
  return repeatedComplaints(options, 'id', `${path}.checkbox.option_list`);
}
