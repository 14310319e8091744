import { blocksOf, type Block } from './blocks.js';
import type { TextFormat } from './long-text.js';
import { piecesOf } from './pieces.js';

/** One part of a text. */
export interface Part {
  /** What stands in front although the text has it elsewhere: the head of a table, the opening of a block of code. */
  readonly before: string;
  /** The piece of the text; all of them together are the text. */
  readonly body: string;
  /** What closes it: the end of a block of code. */
  readonly after: string;
}

export interface SplitOptions {
  readonly format: TextFormat;
  /** Room in one part, as {@link measure} counts. */
  readonly room: number;
  readonly measure: (text: string) => number;
  /**
   * Keep blocks whole where they fit into a part of their own. Without it every part is filled as far as it goes: for
   * a text of which only the first part is shown.
   */
  readonly wholeBlocks: boolean;
}

/**
 * Splits a text into parts that fit: between blocks; inside a block that is too long for any part between its lines;
 * inside a line between sentences, words and characters. A heading stays with what follows, a table keeps its head, a
 * block of code is closed and opened again.
 */
export function split(text: string, options: SplitOptions): readonly Part[] {
  const packer = new Packer(options);
  for (const block of blocksOf(text, options.format)) packer.add(block);
  return packer.finish();
}

/** Blank lines in front of a part. */
const BLANK_LINES = /^(?:[ \t\r]*\n)+/;

/** The part as it is sent: without the line breaks at its seams. */
export function rendered({ before, body, after }: Part): string {
  const inner = body.replace(BLANK_LINES, '').trimEnd();
  return before + inner + (after === '' ? '' : `\n${after}`);
}

function isBlank(text: string): boolean {
  return text.trim() === '';
}

/** A part that is being filled. */
interface Open {
  before: string;
  /** Texts of whole blocks and of pieces, in order; headings at the end may move on. */
  readonly pieces: { readonly text: string; readonly heading: boolean }[];
  size: number;
}

class Packer {
  private readonly parts: Part[] = [];
  private current: Open = { before: '', pieces: [], size: 0 };

  constructor(private readonly options: SplitOptions) {}

  add(block: Block): void {
    const text = block.units.join('');
    const size = this.sizeOf(text);
    if (this.current.size + size <= this.options.room) {
      this.push(text, block.heading);
      return;
    }
    const headings = this.trailingHeadings();
    const headed = headings.reduce((sum, heading) => sum + this.sizeOf(heading, false), 0);
    if (this.options.wholeBlocks && headed + size <= this.options.room) {
      if (!this.isEmpty(headings.length)) {
        this.current.pieces.splice(this.current.pieces.length - headings.length);
        this.close('');
        for (const heading of headings) this.push(heading, true);
      }
      this.push(text, block.heading);
      return;
    }
    this.takeApart(block);
  }

  finish(): readonly Part[] {
    if (this.current.pieces.length > 0) this.close('');
    return this.parts;
  }

  /** A block that is too long for the part, by its lines. */
  private takeApart(block: Block): void {
    const { measure, room } = this.options;
    // A head that leaves no room for rows, or a fence for code, is not repeated.
    const wraps = measure(block.open) + measure(`\n${block.close}`) <= room / 2;
    const open = wraps ? block.open : '';
    const close = wraps ? block.close : '';
    const inner = room - measure(open) - (close === '' ? 0 : measure(`\n${close}`));
    let inside = false;
    for (const unit of block.units) {
      const pieces = this.sizeOf(unit) <= inner ? [unit] : piecesOf(unit, inner, measure);
      for (const piece of pieces) {
        const closing = close === '' ? 0 : measure(`\n${close}`);
        if (this.current.pieces.length > 0 && this.current.size + this.sizeOf(piece) + closing > room) {
          this.close(inside ? close : '');
          if (inside) this.reopen(open);
        }
        this.push(piece, false);
        inside = true;
      }
    }
  }

  /** What follows begins inside a block. */
  private reopen(open: string): void {
    this.current.before = open;
    this.current.size = this.options.measure(open);
  }

  private push(text: string, heading: boolean): void {
    const { current } = this;
    // Blank lines in front are not sent.
    const isFirst = current.pieces.every((piece) => isBlank(piece.text));
    current.size += this.sizeOf(isFirst ? text.replace(BLANK_LINES, '') : text, false);
    current.pieces.push({ text, heading });
  }

  private close(after: string): void {
    const body = this.current.pieces.map(({ text }) => text).join('');
    const last = this.parts.at(-1);
    // Blank lines alone are no part: they go to the one before, where they are not sent.
    if (isBlank(body) && last) this.parts[this.parts.length - 1] = { ...last, body: last.body + body };
    else this.parts.push({ before: this.current.before, body, after });
    this.current = { before: '', pieces: [], size: 0 };
  }

  private trailingHeadings(): readonly string[] {
    const { pieces } = this.current;
    const from = pieces.findLastIndex(({ heading }) => !heading) + 1;
    return pieces.slice(from).map(({ text }) => text);
  }

  /** Is there nothing in the part but these headings? */
  private isEmpty(headings: number): boolean {
    return this.current.pieces.length === headings;
  }

  /** Room that a piece takes; line breaks at its end are not sent where the part ends with it. */
  private sizeOf(text: string, last = true): number {
    return this.options.measure(last ? text.trimEnd() : text);
  }
}
