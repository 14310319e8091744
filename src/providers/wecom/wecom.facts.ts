import { isIP } from 'node:net';

/** Longer messages are not searched beyond this; every expression below is linear in it. */
const MAX_LENGTH = 4096;

const IP = /\bfrom ip[\s:]{1,4}([0-9a-f:.]{2,45})/gi;
const HINT_ID = /\bhint[\s:]{1,4}\[([\w-]{1,80})\]/i;
const TOO_LONG = /(?<![\w.])([a-z_][\w.]{0,79}) exceed(?:s)? max length (\d{1,9})/i;

/**
 * Facts that WeCom quotes in its error text, by the name of the placeholder they fill:
 *
 * - `ip`: the address the platform saw (60020 and most others)
 * - `hintId`: the number its support asks for
 * - `field`, `limit`: the member that is too long and its cap (40058)
 *
 * The wording may change at any time, so it never decides what happened; it only makes hints more helpful.
 *
 * @param errmsg the platform's words
 * @param extra further text of the same reply, if there is any
 * @see https://developer.work.weixin.qq.com/document/path/90313
 */
export function wecomFacts(errmsg: string, extra: { subMsg?: string } = {}): Record<string, string> {
  const text = [errmsg, extra.subMsg ?? ''].map((part) => part.slice(0, MAX_LENGTH)).join('\n');
  const facts: Record<string, string> = {};
  const ip = addressIn(text);
  if (ip) facts.ip = ip;
  const hintId = HINT_ID.exec(text)?.[1];
  if (hintId) facts.hintId = hintId;
  const tooLong = TOO_LONG.exec(text);
  if (tooLong?.[1] && tooLong[2]) {
    facts.field = tooLong[1];
    facts.limit = tooLong[2];
  }
  return facts;
}

function addressIn(text: string): string | undefined {
  return Array.from(text.matchAll(IP), (match) => (match[1] ?? '').replace(/\.$/, '')).find(
    (candidate) => isIP(candidate) !== 0,
  );
}
