import type { SimulatedApp } from './access-tokens.js';
import { checkActionMenu, checkJump, checkOptions, checkRows, checkSubmitButton, QUESTION_KEY } from './card-parts.js';
import type { MediaStore } from './media-store.js';
import type { Members } from './members.js';
import { Refusal } from './refusals.js';

export interface CardContext {
  readonly app: SimulatedApp;
  readonly media: MediaStore;
  /** A card that replaces another has no task_id of its own. */
  readonly isUpdate: boolean;
}

/** What the platform remembers about a card. */
export interface CheckedCard {
  readonly cardType: string;
  readonly taskId: string | undefined;
  /** Whether receivers can send something back. Only such a card can be updated. */
  readonly isInteractive: boolean;
}

/** Types with a button of their own that an update can grey out. */
export const BUTTON_CARDS: readonly string[] = ['button_interaction', 'vote_interaction', 'multiple_interaction'];

const CHECKS: ReadonlyMap<string, (card: Members, context: CardContext) => void> = new Map([
  ['text_notice', checkTextNotice],
  ['news_notice', checkNewsNotice],
  ['button_interaction', checkButtons],
  ['vote_interaction', checkVote],
  ['multiple_interaction', checkMultiple],
]);

/**
 * Checks a `template_card`. Its lengths in characters are advice for the display and not enforced; those in bytes and
 * the sizes of lists are.
 *
 * @see https://developer.work.weixin.qq.com/document/path/90236
 * @throws Refusal
 */
export function checkCard(card: Members, context: CardContext): CheckedCard {
  const cardType = card.requiredText('card_type', 42031);
  const check = CHECKS.get(cardType);
  if (!check) throw new Refusal(42031);
  checkSource(card);
  check(card, context);
  const isInteractive = BUTTON_CARDS.includes(cardType) || card.has('action_menu');
  if (isInteractive && context.app.hasCallbackUrl === false) throw new Refusal(43012);
  return { cardType, taskId: taskIdOf(card, isInteractive && !context.isUpdate), isInteractive };
}

function taskIdOf(card: Members, isRequired: boolean): string | undefined {
  const taskId = isRequired ? card.requiredText('task_id', 42014) : card.text('task_id');
  if (taskId !== undefined && !/^[\w\-@]{1,128}$/.test(taskId)) throw new Refusal(42014);
  return taskId;
}

function checkSource(card: Members): void {
  const source = card.optionalObject('source');
  source?.text('icon_url');
  source?.text('desc');
  source?.choice('desc_color', [0, 1, 2, 3]);
}

function checkTextNotice(card: Members, context: CardContext): void {
  const title = card.object('main_title').text('title');
  if (!title && !card.text('sub_title_text')) throw new Refusal(41016, card.path('main_title.title'));
  const emphasis = card.optionalObject('emphasis_content');
  emphasis?.text('title');
  emphasis?.text('desc');
  checkNoticeAction(card);
  checkSharedParts(card, context);
}

function checkNewsNotice(card: Members, context: CardContext): void {
  checkTitle(card);
  checkNoticeAction(card);
  const image = card.optionalObject('card_image');
  const area = card.optionalObject('image_text_area');
  if (!image && !area) throw new Refusal(42044);
  image?.requiredText('url', 42044);
  const ratio = image?.value('aspect_ratio') ?? 1.3;
  if (typeof ratio !== 'number' || ratio < 1.3 || ratio > 2.25) {
    throw new Refusal(40058, card.path('card_image.aspect_ratio'));
  }
  if (area) {
    area.requiredText('image_url', 40063);
    checkJump(area, [0, 1, 2]);
  }
  for (const row of card.list('vertical_content_list', { max: 4, code: 42036 })) {
    row.requiredText('title', 42033);
    row.text('desc');
  }
  checkSharedParts(card, context);
}

function checkButtons(card: Members, context: CardContext): void {
  checkTitle(card);
  card.text('sub_title_text');
  const cardAction = card.optionalObject('card_action');
  if (cardAction) checkJump(cardAction, [0, 1, 2], 42045);
  checkSharedParts(card, context);
  const keys = new Set<string>();
  for (const button of card.list('button_list', { min: 1, max: 6, code: 40058 })) {
    button.requiredText('text', 42038);
    button.choice('style', [1, 2, 3, 4]);
    if (button.choice('type', [0, 1]) === 1) {
      button.requiredText('url', 42028);
      continue;
    }
    const key = button.requiredText('key', 42039, { maxBytes: 1024, code: 42039 });
    if (keys.has(key)) throw new Refusal(42039, 'duplicate key');
    keys.add(key);
  }
  const selection = card.optionalObject('button_selection');
  if (!selection) return;
  selection.requiredText('question_key', 42043, QUESTION_KEY);
  selection.text('title');
  checkOptions(selection, 10);
}

function checkVote(card: Members): void {
  checkTitle(card);
  const checkbox = card.optionalObject('checkbox');
  if (!checkbox) throw new Refusal(40063, card.path('checkbox'));
  checkbox.requiredText('question_key', 42043, QUESTION_KEY);
  checkbox.choice('mode', [0, 1]);
  for (const option of checkOptions(checkbox, 20)) {
    if (option.boolean('is_checked') === undefined) throw new Refusal(40063, option.path('is_checked'));
  }
  checkSubmitButton(card);
}

function checkMultiple(card: Members): void {
  checkTitle(card);
  const keys = new Set<string>();
  for (const select of card.list('select_list', { min: 1, max: 3, code: 42047 })) {
    const key = select.requiredText('question_key', 42043, QUESTION_KEY);
    if (keys.has(key)) throw new Refusal(42043, 'duplicate question_key');
    keys.add(key);
    select.text('title');
    checkOptions(select, 10);
  }
  checkSubmitButton(card);
}

function checkTitle(card: Members): void {
  const title = card.object('main_title');
  title.requiredText('title', 41016);
  title.text('desc');
}

/** A notice always leads somewhere. */
function checkNoticeAction(card: Members): void {
  const action = card.optionalObject('card_action');
  if (!action?.has('type')) throw new Refusal(42045);
  checkJump(action, [1, 2], 42045);
}

function checkSharedParts(card: Members, { media }: CardContext): void {
  const quote = card.optionalObject('quote_area');
  if (quote) checkJump(quote, [0, 1, 2]);
  checkRows(card, media);
  for (const jump of card.list('jump_list', { max: 3, code: 42042 })) {
    jump.requiredText('title', 42033);
    checkJump(jump, [0, 1, 2]);
  }
  checkActionMenu(card);
}
