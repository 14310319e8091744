import type { TextFormat } from './long-text.js';

/** A piece of a text that should stay together: a paragraph, a list, a table, a block of code. */
export interface Block {
  /** The smallest pieces it is taken apart into, line breaks included; together they are the block. */
  readonly units: readonly string[];
  /** What a part needs in front when it begins inside the block, and behind when it ends there. */
  readonly open: string;
  readonly close: string;
  /** A heading belongs to what follows it. */
  readonly heading: boolean;
}

const FENCE = /^ {0,3}(`{3,}|~{3,})/;
const HEADING = /^ {0,3}#{1,6}(?:\s|$)/;
const TABLE_RULE = /^\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?$/;
const BLANK = /^\s*$/;

/** Takes a text apart into blocks, in order; together they are the text, down to the last line break. */
export function blocksOf(text: string, format: TextFormat): readonly Block[] {
  const lines = text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
  const blocks: Block[] = [];
  for (let at = 0; at < lines.length;) {
    const length = (format === 'markdown' && specialLength(lines, at)) || plainLength(lines, at, format);
    const own = withGap(lines, at, length);
    blocks.push(blockOf(own, format));
    at += own.length;
  }
  return blocks;
}

/** The lines of a block, and the blank ones behind it. */
function withGap(lines: readonly string[], at: number, length: number): readonly string[] {
  let end = at + length;
  while (end < lines.length && BLANK.test(lines[end] ?? '')) end += 1;
  return lines.slice(at, end);
}

/** How many lines of code, table or heading begin here; 0 when it is something else. */
function specialLength(lines: readonly string[], at: number): number {
  const first = lines[at] ?? '';
  const fence = FENCE.exec(first)?.[1];
  if (fence !== undefined) return fenceLength(lines, at, fence);
  if (HEADING.test(first)) return 1;
  return isTable(lines, at) ? tableLength(lines, at) : 0;
}

function fenceLength(lines: readonly string[], at: number, fence: string): number {
  return Math.min(lines.length, next(lines, at + 1, (line) => closes(line, fence)) + 1) - at;
}

function closes(line: string, fence: string): boolean {
  const mark = FENCE.exec(line)?.[1] ?? '';
  return mark.startsWith(fence) && line.trim() === mark;
}

function isTable(lines: readonly string[], at: number): boolean {
  const [head = '', rule = ''] = lines.slice(at, at + 2);
  return head.includes('|') && rule.includes('|') && TABLE_RULE.test(rule.trim());
}

function tableLength(lines: readonly string[], at: number): number {
  return next(lines, at + 2, (line) => BLANK.test(line) || !line.includes('|')) - at;
}

/** Lines up to a blank one, or to where something else begins. */
function plainLength(lines: readonly string[], at: number, format: TextFormat): number {
  const ends = (line: string, index: number): boolean =>
    BLANK.test(line) || (format === 'markdown' && specialLength(lines, index) > 0);
  return next(lines, at + 1, ends) - at;
}

function blockOf(lines: readonly string[], format: TextFormat): Block {
  const first = lines[0] ?? '';
  const plain = { open: '', close: '', heading: false };
  if (format === 'text') return { ...plain, units: lines };
  const fence = FENCE.exec(first)?.[1];
  if (fence !== undefined) return fenced(lines, fence);
  if (HEADING.test(first)) return { ...plain, units: lines, heading: true };
  if (!isTable(lines, 0)) return { ...plain, units: lines };
  // The head stays with the first row, and stands over every part.
  return { units: joined(lines, 3), open: lines.slice(0, 2).join(''), close: '', heading: false };
}

/** The opening fence stays with the first line of code, the closing one with the last. */
function fenced(lines: readonly string[], fence: string): Block {
  const end = lines.findIndex((line, index) => index > 0 && closes(line, fence));
  const lastCode = end < 0 ? lines.length : end - 1;
  const units =
    lastCode < 2 ? [lines.join('')] : [...joined(lines.slice(0, lastCode), 2), lines.slice(lastCode).join('')];
  return { units: units.filter((unit) => unit !== ''), open: lines[0] ?? '', close: fence, heading: false };
}

/** Index of the next line that is so, from here on; behind the last one if none is. */
function next(lines: readonly string[], from: number, is: (line: string, index: number) => boolean): number {
  let at = from;
  while (at < lines.length && !is(lines[at] ?? '', at)) at += 1;
  return at;
}

/** The first lines in one piece. */
function joined(lines: readonly string[], count: number): readonly string[] {
  return [lines.slice(0, count).join(''), ...lines.slice(count)].filter((unit) => unit !== '');
}
