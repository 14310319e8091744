import type { Bilingual } from '../../envelope/kinds.js';
import { DeliveryError } from '../delivery-error.js';
import { utf8Bytes, type LongText, type OverlongPolicy, type TextFormat } from './long-text.js';
import { rendered, split } from './split.js';

/** Parts of one message at most: as many as a robot may send in a minute. */
export const MAX_PARTS = 20;

/** With less room than this nothing sensible can be said in a part: other members of the message take it all. */
const LEAST_ROOM = 64;

/**
 * The texts to send in the place of one that is too long: one that was cut, or several numbered parts in order.
 * Undefined when it fits as it is.
 * @throws DeliveryError kind `invalid-request` when it is to be rejected, or cannot be made to fit
 */
export function fitted(long: LongText<unknown>, policy: OverlongPolicy): readonly string[] | undefined {
  const { text, limit, measure = utf8Bytes } = long;
  const size = measure(text);
  if (size <= limit) return undefined;
  if (policy === 'truncate') return [truncated(long, size)];
  if (policy === 'split') return numbered(long, size);
  const splits = long.splits !== false;
  throw refused(long, {
    zh: `最多 ${limit} 字节（UTF-8），现为 ${size}；可用 overlong=truncate 截断${splits ? '，或 overlong=split 拆分' : ''}`,
    en: `at most ${limit} bytes in UTF-8, got ${size}; overlong=truncate cuts it${splits ? ', overlong=split makes several messages of it' : ''}`,
  });
}

/** The beginning of the text with a notice that says how much there was. */
function truncated(long: LongText<unknown>, size: number): string {
  const { text, format, limitWhenCut: limit = long.limit, measure = utf8Bytes } = long;
  const gap = format === 'markdown' ? '\n\n' : '\n';
  const notice = `${gap}…（内容过长，已截断，全文 ${size} 字节 · cut, ${size} bytes in all）`;
  const room = roomFor(long, limit - measure(notice));
  // Only the beginning is looked at: every character takes a byte at least.
  const beginning = text.slice(0, limit).replace(/[\ud800-\udbff]$/, '');
  const [first] = split(beginning, { format, room, measure, wholeBlocks: false });
  return `${first ? rendered(first) : ''}${notice}`;
}

/** All of the text, in parts that say which of how many they are. */
function numbered(long: LongText<unknown>, size: number): readonly string[] {
  const { text, format, limit, measure = utf8Bytes } = long;
  if (long.splits === false) {
    throw refused(long, {
      zh: `最多 ${limit} 字节，现为 ${size}；这种消息不能拆分，可用 overlong=truncate 截断`,
      en: `at most ${limit} bytes, got ${size}; such a message cannot be split, overlong=truncate cuts it`,
    });
  }
  const room = roomFor(long, limit - measure(numberOf(MAX_PARTS, MAX_PARTS, format)));
  const parts = size > MAX_PARTS * limit ? undefined : split(text, { format, room, measure, wholeBlocks: true });
  if (!parts || parts.length > MAX_PARTS) {
    throw refused(long, {
      zh: `有 ${size} 字节，拆分后超过 ${MAX_PARTS} 条；请缩短，或发送文件`,
      en: `has ${size} bytes, which makes more than ${MAX_PARTS} messages; shorten it, or send a file`,
    });
  }
  return parts.map((part, index) => numberOf(index + 1, parts.length, format) + rendered(part));
}

function numberOf(part: number, of: number, format: TextFormat): string {
  return `(${part}/${of})${format === 'markdown' ? '\n\n' : '\n'}`;
}

function roomFor(long: LongText<unknown>, room: number): number {
  if (room >= LEAST_ROOM) return room;
  throw refused(long, {
    zh: '没有空间留给正文：消息的其他成员已占满长度',
    en: 'has no room: the other members of the message take it all',
  });
}

function refused({ path }: LongText<unknown>, message: Bilingual): DeliveryError {
  const msgtype = path.split('.')[0] ?? '';
  return DeliveryError.invalid([{ path, message }], {
    zh: `消息内容无效: [${msgtype}]`,
    en: `Invalid message content: [${msgtype}]`,
  });
}
