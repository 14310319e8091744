import type { DtoClass } from '../../src/inbound/fields.js';
import { validate } from '../../src/inbound/validation.pipe.js';
import { DeliveryError, type DeliveryErrorDetails } from '../../src/providers/delivery-error.js';
import { wecomMessages } from '../../src/providers/wecom/dto/messages.js';

export type Members = Record<string, unknown>;

/** What is wrong with a content: the type, the mistake, the changes that make it, and the path that is complained about. */
export type Wrong = [type: string, what: string, changes: Members, path: string];

export const CARDS = ['text_notice', 'news_notice', 'button_interaction', 'vote_interaction', 'multiple_interaction'];

export const LINK = 'https://example.com/a';

/** The content of the type's first example, changed; `undefined` removes a member. */
export function message(msgtype: string, changes: Members, catalog = wecomMessages): Members {
  const example = catalog.types.find((type) => type.msgtype === msgtype)?.examples[0];
  return changed(msgtype, example?.message[msgtype], changes);
}

/** The example of a card type, changed. */
export function card(type: string, changes: Members): Members {
  const example = wecomMessages.examples.find(({ name }) => name === `template_card-${type}`);
  return changed('template_card', example?.message.template_card, changes);
}

function changed(msgtype: string, content: unknown, changes: Members): Members {
  return { msgtype, [msgtype]: JSON.parse(JSON.stringify(Object.assign({}, content, changes))) };
}

export function paths(value: unknown, catalog = wecomMessages): string[] {
  return catalog.check(value, '').complaints.map((complaint) => complaint.path);
}

export function advised(value: Members, catalog = wecomMessages): string[] {
  return catalog.advice(value, '').map((advice) => advice.path);
}

/** `n` copies with different keys. */
export function many(count: number, entry: (index: number) => unknown): unknown[] {
  return Array.from({ length: count }, (_, index) => entry(index));
}

/** A message that is always right. */
export const NOTE = { msgtype: 'text', text: { content: '系统今晚 22:00 升级' } };

export interface Outcome<T> {
  readonly dto?: T;
  readonly wrong: string[];
  readonly details?: DeliveryErrorDetails;
}

/** What the pipe makes of a body. */
export function read<T extends object>(dto: DtoClass<T>, body: Members): Outcome<T> {
  try {
    return { dto: validate(dto, body), wrong: [] };
  } catch (error) {
    if (!(error instanceof DeliveryError)) throw error;
    return { wrong: (error.details.complaints ?? []).map(({ path }) => path), details: error.details };
  }
}

/** The rules between the members of a body that is valid otherwise. */
export function between<T extends object>(
  dto: DtoClass<T>,
  rules: (dto: T) => { path: string }[],
  body: Members,
): string[] {
  return rules(validate(dto, body)).map(({ path }) => path);
}
