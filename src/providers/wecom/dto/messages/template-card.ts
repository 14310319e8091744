import { TextField } from '../../../../inbound/fields.js';
import { ApiSchema } from '../../../../openapi/openapi.decorators.js';
import type { ContentRules, MessageType } from '../../../message-catalog.js';
import { buttonInteractionCard } from './card/button-interaction.js';
import type { Card } from './card/card.js';
import { multipleInteractionCard } from './card/multiple-interaction.js';
import { newsNoticeCard } from './card/news-notice.js';
import { textNoticeCard } from './card/text-notice.js';
import { voteInteractionCard } from './card/vote-interaction.js';
import { MESSAGE_PAGE } from './page.js';

/** The documented card types. */
const CARDS: Readonly<Record<string, Card>> = {
  text_notice: textNoticeCard,
  news_notice: newsNoticeCard,
  button_interaction: buttonInteractionCard,
  vote_interaction: voteInteractionCard,
  multiple_interaction: multipleInteractionCard,
};

/** A card whose type we do not know: the platform may know more types than we do, so nothing else is checked. */
@ApiSchema({ description: '模板卡片的内容。Content of a template card.' })
export class WeComTemplateCardContent {
  @TextField({ description: { zh: '卡片类型', en: 'Type of the card' }, example: 'text_notice' })
  card_type: string;
}

export const templateCardMessage: MessageType = {
  msgtype: 'template_card',
  title: { zh: '模板卡片消息', en: 'Template card' },
  source: MESSAGE_PAGE,
  content: WeComTemplateCardContent,
  variants: { member: 'card_type', contents: contentsOf((card) => card.sent) },
  examples: [
    ...textNoticeCard.examples,
    ...newsNoticeCard.examples,
    ...buttonInteractionCard.examples,
    ...voteInteractionCard.examples,
    ...multipleInteractionCard.examples,
  ],
};

/** The card that takes the place of one already sent. */
export const templateCardReplacement: MessageType = {
  msgtype: 'template_card',
  title: { zh: '替换的模板卡片', en: 'Template card in place of another' },
  source: 'https://developer.work.weixin.qq.com/document/path/94888',
  content: WeComTemplateCardContent,
  variants: { member: 'card_type', contents: contentsOf((card) => card.replacing) },
  examples: [
    {
      name: 'template_card-approved',
      summary: { zh: '审批完成后的卡片', en: 'The card after the approval' },
      message: {
        msgtype: 'template_card',
        template_card: {
          card_type: 'button_interaction',
          source: { desc: '审批中心', desc_color: 3 },
          main_title: { title: '会员中心 v5.0.0 申请上线', desc: '李四已同意' },
          button_list: [{ text: '同意', key: 'agree' }],
          replace_text: '已同意',
        },
      },
    },
  ],
};

function contentsOf(pick: (card: Card) => ContentRules): Readonly<Record<string, ContentRules>> {
  return Object.fromEntries(Object.entries(CARDS).map(([type, card]) => [type, pick(card)]));
}
