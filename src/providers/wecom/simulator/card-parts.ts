import type { ErrorCode } from './error-texts.js';
import type { MediaStore } from './media-store.js';
import type { ByteLimit, Members } from './members.js';
import { Refusal } from './refusals.js';

/** Of a vote, a selector, or a selection on a button card. */
export const QUESTION_KEY: ByteLimit = { maxBytes: 1024, code: 42043 };

/** Where a press leads: type 1 to a URL, type 2 into a mini program, type 0 nowhere. */
export function checkJump(part: Members, types: readonly [number, ...number[]], wrongType: ErrorCode = 40058): void {
  const type = part.choice('type', types, wrongType);
  if (type === 1) part.requiredText('url', 42028);
  if (type === 2) part.requiredText('appid', 42030);
}

/** `horizontal_content_list`: rows that may lead to a URL, a file, or a member. */
export function checkRows(card: Members, media: MediaStore): void {
  for (const row of card.list('horizontal_content_list', { max: 6, code: 42035 })) {
    row.requiredText('keyname', 42027);
    row.text('value');
    const type = row.choice('type', [0, 1, 2, 3]);
    if (type === 1) row.requiredText('url', 42028);
    if (type === 2) media.use(row.requiredText('media_id', 42029));
    if (type === 3) row.requiredText('userid', 42050);
  }
}

/** `action_menu`: one to three entries in the card's corner menu. */
export function checkActionMenu(card: Members): void {
  const menu = card.optionalObject('action_menu');
  if (!menu) return;
  menu.text('desc');
  const keys = new Set<string>();
  for (const action of menu.list('action_list', { min: 1, max: 3, code: 40058 })) {
    action.requiredText('text', 42020);
    const key = action.requiredText('key', 42019, { maxBytes: 1024, code: 42018 });
    if (keys.has(key)) throw new Refusal(42051);
    keys.add(key);
  }
}

/** `option_list` of a vote or a selector. */
export function checkOptions(owner: Members, max: number): Members[] {
  const options = owner.list('option_list', { min: 1, max, code: 42037 });
  const ids = new Set<string>();
  for (const option of options) {
    const id = option.requiredText('id', 42040, { maxBytes: 128, code: 42040 });
    if (ids.has(id)) throw new Refusal(42040, 'duplicate id');
    ids.add(id);
    option.requiredText('text', 42041);
  }
  return options;
}

export function checkSubmitButton(card: Members): void {
  const button = card.object('submit_button');
  button.requiredText('text', 42049);
  button.requiredText('key', 42046, { maxBytes: 1024, code: 42046 });
}
