import { ObjectField, ObjectListField, TextField } from '../../../../../inbound/fields.js';
import {
  TASK_ID,
  WeComCardAction,
  WeComCardActionMenu,
  WeComCardJump,
  WeComCardQuoteArea,
  WeComCardRow,
  WeComCardSource,
} from './parts.js';

/** What every card may have. */
export abstract class CardFrame {
  @ObjectField(() => WeComCardSource, { required: false, description: { zh: '来源', en: 'Source' } })
  source?: WeComCardSource;
}

/** What the notices and the card with buttons may have. */
export abstract class DetailedCardFrame extends CardFrame {
  @ObjectField(() => WeComCardActionMenu, { required: false, description: { zh: '右上角的菜单', en: 'Menu' } })
  action_menu?: WeComCardActionMenu;

  @ObjectField(() => WeComCardQuoteArea, { required: false, description: { zh: '引用', en: 'Quotation' } })
  quote_area?: WeComCardQuoteArea;

  @ObjectListField(() => WeComCardRow, {
    required: false,
    max: 6,
    description: { zh: '名称和值，最多 6 行', en: 'Rows of label and value, at most 6' },
  })
  horizontal_content_list?: WeComCardRow[];
}

/** What both notices have. */
export abstract class NoticeFrame extends DetailedCardFrame {
  @TextField({ ...TASK_ID, required: false, empty: true })
  task_id?: string;

  @ObjectListField(() => WeComCardJump, {
    required: false,
    max: 3,
    description: { zh: '跳转，最多 3 个', en: 'Jumps, at most 3' },
  })
  jump_list?: WeComCardJump[];

  @ObjectField(() => WeComCardAction, { description: { zh: '点击整张卡片的跳转', en: 'What a click opens' } })
  card_action: WeComCardAction;
}
