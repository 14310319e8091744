import { TextField } from '../../../../../inbound/fields.js';
import type { ContentRules, MessageExample } from '../../../../message-catalog.js';

/** One documented card type. */
export interface Card {
  /** The card as a message. */
  readonly sent: ContentRules;
  /** The card that takes the place of one already sent: it has no task of its own, and its buttons may be locked. */
  readonly replacing: ContentRules;
  readonly examples: readonly [MessageExample, ...MessageExample[]];
}

/** Text in place of the buttons, where a card is updated. */
export const REPLACE_TEXT = {
  required: false,
  empty: true,
  description: {
    zh: '替换按钮的文案，填写后按钮变灰、不可点击',
    en: 'Text in place of the buttons, which are greyed out then',
  },
  example: '已通过',
} as const satisfies Parameters<typeof TextField>[0];
