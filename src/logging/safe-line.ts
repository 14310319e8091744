import { parseExact } from '../json/exact-json.js';

/** Longest line, bytes of UTF-8 with the line end. Longer ones get their longest texts cut. */
export const MAX_LINE_BYTES = 16 * 1024;

/** UTF-8 needs at most this many bytes for one UTF-16 unit. */
const MAX_BYTES_PER_UNIT = 3;

/** A line that is too long has its texts cut to these lengths, one after the other, until it fits. */
const TEXT_LENGTHS = [4_096, 1_024, 256, 64] as const;

/** What the head of a line that cannot be cut text by text may have, so that escaping it again still fits. */
const HEAD_LENGTH = 2_048;

/**
 * What JSON leaves as it is although some reader of logs acts on it: C1 controls (an eight-bit terminal takes U+009B as
 * the start of a command, U+0085 is a line end to several languages), the line and paragraph separators, and the marks
 * that turn the direction of writing.
 */
const UNESCAPED = /[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/;
const ALL_UNESCAPED = new RegExp(UNESCAPED, 'g');

/**
 * The same line for any reader: exactly one line whatever counts as a line end, no control characters, and at most
 * {@link MAX_LINE_BYTES}. It stays JSON, and no text changes its meaning unless it is too long.
 * @param line JSON object and line end, secrets already masked: a cut must not leave half a secret that nobody knows
 */
export function safeLine(line: string): string {
  const escaped = UNESCAPED.test(line) ? line.replace(ALL_UNESCAPED, asEscape) : line;
  return fits(escaped) ? escaped : shortened(escaped);
}

function fits(line: string): boolean {
  return line.length * MAX_BYTES_PER_UNIT <= MAX_LINE_BYTES || Buffer.byteLength(line) <= MAX_LINE_BYTES;
}

function shortened(line: string): string {
  let record: unknown;
  try {
    record = parseExact(line);
  } catch {
    return headOnly(line);
  }
  for (const length of TEXT_LENGTHS) {
    const json = JSON.stringify(record, (_name, value: unknown) =>
      typeof value === 'string' ? cutText(value, length) : value,
    );
    const shorter = `${json.replace(ALL_UNESCAPED, asEscape)}\n`;
    if (fits(shorter)) return shorter;
  }
  return headOnly(line);
}

/** Too many members rather than too long texts: what a reader needs most is kept, the rest is shown as text. */
function headOnly(line: string): string {
  const [level] = /"level":"[a-z]+"/.exec(line) ?? ['"level":"error"'];
  const [time] = /"time":"[^"]{1,40}"/.exec(line) ?? [`"time":"${new Date().toISOString()}"`];
  const head = JSON.stringify(cutText(line, HEAD_LENGTH)).replace(ALL_UNESCAPED, asEscape);
  return `{${level},${time},"line":${head},"msg":"a log line was too long"}\n`;
}

/** At most so many UTF-16 units of a text, and a mark that says how much there was. */
export function cutText(text: string, length: number): string {
  if (text.length <= length) return text;
  const last = text.charCodeAt(length - 1);
  const end = last >= 0xd800 && last <= 0xdbff ? length - 1 : length;
  return `${text.slice(0, end)}…[cut, ${text.length} characters]`;
}

function asEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
