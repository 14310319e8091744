import type { Advice } from '../../inbound/advice.js';

/** Who a message mentions, as the platform's `at` says it. */
export interface Mentions {
  readonly atMobiles?: readonly string[];
  readonly atUserIds?: readonly string[];
  readonly isAtAll?: boolean;
}

/** The member that holds the text of a type in which a mention works; other types show none. */
const TEXT_MEMBER: ReadonlyMap<unknown, string> = new Map([
  ['text', 'content'],
  ['markdown', 'text'],
  ['actionCard', 'text'],
]);

const EVERYBODY = '所有人';

/** The text of a message and where it stands; undefined for types that have none. */
export function robotText(
  message: Readonly<Record<string, unknown>>,
): { readonly member: string; readonly text: string } | undefined {
  const member = TEXT_MEMBER.get(message.msgtype);
  const content = message[String(message.msgtype)] as Readonly<Record<string, unknown>> | undefined;
  const text = member === undefined ? undefined : content?.[member];
  return member === undefined || typeof text !== 'string' ? undefined : { member, text };
}

/**
 * A mention works only where the text itself says `@mobile` or `@userid`, so what is missing is put at its end: behind
 * a blank in a text, in a paragraph of its own in Markdown. What is there is left alone, wherever it stands.
 *
 * @see https://open.dingtalk.com/document/development/robot-message-type
 */
export function withMentions(text: string, msgtype: unknown, at: Mentions | undefined): string {
  const missing = namesIn(msgtype, at).filter((name) => !mentions(text, name));
  if (missing.length === 0) return text;
  return `${text}${msgtype === 'text' ? ' ' : '\n\n'}${missing.map((name) => `@${name}`).join(' ')}`;
}

/**
 * The mentions of each part of a text that was split: those whom the part names, and for the first one also those whom
 * no part names.
 */
export function mentionsOfParts<At extends Mentions>(
  texts: readonly string[],
  at: At | undefined,
): readonly (At | undefined)[] {
  if (!at || texts.length === 1) return texts.map(() => at);
  const elsewhere = texts.slice(1);
  return texts.map((text, index) => {
    const here = (name: string): boolean =>
      index === 0 ? !elsewhere.some((other) => mentions(other, name)) || mentions(text, name) : mentions(text, name);
    return {
      ...at,
      ...(at.atMobiles ? { atMobiles: at.atMobiles.filter(here) } : {}),
      ...(at.atUserIds ? { atUserIds: at.atUserIds.filter(here) } : {}),
      ...(at.isAtAll === undefined ? {} : { isAtAll: at.isAtAll && here(EVERYBODY) }),
    };
  });
}

/** Mentions that the type cannot show. */
export function adviseMentions(msgtype: unknown, at: Mentions | undefined): readonly Advice[] {
  const named = namesIn('text', at);
  const shown = namesIn(msgtype, at);
  if (named.length === shown.length) return [];
  return [
    {
      path: 'at',
      message:
        msgtype === 'actionCard'
          ? { zh: 'actionCard 只能用 atUserIds 提到人', en: 'an actionCard mentions people by atUserIds only' }
          : {
              zh: `${String(msgtype)} 不能提到人，at 无效`,
              en: `a ${String(msgtype)} mentions nobody, at has no effect`,
            },
    },
  ];
}

function namesIn(msgtype: unknown, at: Mentions | undefined): readonly string[] {
  if (!at || !TEXT_MEMBER.has(msgtype)) return [];
  const userIds = at.atUserIds ?? [];
  if (msgtype === 'actionCard') return [...new Set(userIds)];
  return [...new Set([...(at.atMobiles ?? []), ...userIds, ...(at.isAtAll === true ? [EVERYBODY] : [])])];
}

/** Is `@name` in the text, and not only the beginning of a longer name? */
function mentions(text: string, name: string): boolean {
  if (name === EVERYBODY && /@all(?![\w-])/i.test(text)) return true;
  const mark = `@${name}`;
  for (let at = text.indexOf(mark); at >= 0; at = text.indexOf(mark, at + 1)) {
    if (!/^[\w-]/.test(text.slice(at + mark.length, at + mark.length + 1)) || name === EVERYBODY) return true;
  }
  return false;
}
