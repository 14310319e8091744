/** What to do with a text that is longer than the platform takes. */
export const OVERLONG_POLICIES = ['reject', 'truncate', 'split'] as const;

export type OverlongPolicy = (typeof OVERLONG_POLICIES)[number];

/** How a text is put together: in Markdown there are headings, lists, tables and blocks of code. */
export type TextFormat = 'text' | 'markdown';

/**
 * The text of a message that has a certain limit, and how the message is made with another one.
 *
 * @example
 * longText: (input) => ({
 *   path: 'text.content',
 *   text: input.text.content,
 *   format: 'text',
 *   limit: 2048,
 *   parts: (texts) => texts.map((content) => ({ ...input, text: { content } })),
 * })
 */
export interface LongText<Input> {
  /** Where it stands in the request. */
  readonly path: string;
  readonly text: string;
  readonly format: TextFormat;
  /** Room that one message has for it, as {@link measure} counts. */
  readonly limit: number;
  /** The same for a text that is cut, where the message says again what the cut may have taken away; else {@link limit}. */
  readonly limitWhenCut?: number;
  /** Counts what a text takes; by default bytes in UTF-8. The sum over parts must be what the whole takes. */
  readonly measure?: (text: string) => number;
  /** May it become several messages? Default true. */
  readonly splits?: boolean;
  /** The same request with another text, or as several with these texts, in order. */
  parts(texts: readonly string[]): readonly Input[];
}

/** Bytes in UTF-8. */
export function utf8Bytes(text: string): number {
  return Buffer.byteLength(text, 'utf8');
}

/** Bytes of a text inside JSON, where line breaks, quotation marks and control characters take more. */
export function jsonBytes(text: string): number {
  return Buffer.byteLength(JSON.stringify(text), 'utf8') - 2;
}
