/** Links, images, code, mentions, coloured text and addresses stay whole, whatever marks are in them. */
const WHOLE =
  /!?\[[^[\]\n]{0,500}\]\([^)[\n]{0,2000}\)|`[^`\n]{1,500}`|<font [^<>\n]{1,100}>[^<\n]{0,300}<\/font>|<[^<>\n]{1,200}>|https?:\/\/[^\s<>"'`，。；！？、（）《》]{1,2000}/u
    .source;
/** Where a line may be taken apart, the best place first; every expression is linear. */
const SENTENCE = new RegExp(
  String.raw`(?:${WHOLE}|[^。！？!?；;.\n]|\.(?!\s))*(?:(?:[。！？!?；;]|\.(?=\s))+[”’」』）)]*\s*|\n+|$)`,
  'gu',
);
/** Words with the blanks behind them. */
const WORD = new RegExp(String.raw`(?:${WHOLE}|(?:(?!https?://)[^\s，、,[\x60<!])+|[\s\S])[，、,]*\s*`, 'gu');

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** As far as one looks to see whether a character as people see it ends somewhere, UTF-16 units. */
const NEARBY = 32;

/** A way to take a text apart; together the pieces are the text. */
type Cut = (text: string) => readonly string[];

const CUTS: readonly Cut[] = [
  (text) => atCharacters(text.match(SENTENCE) ?? [text]),
  (text) => atCharacters(text.match(WORD) ?? [text]),
  charactersOf,
  (text) => [...text],
];

/**
 * Takes a line apart into pieces of which each fits: at the ends of sentences, else between words, else between
 * characters as people see them, and only inside one that alone is too long (many joined emoji) between code points.
 */
export function piecesOf(line: string, room: number, measure: (text: string) => number): readonly string[] {
  return takeApart(line, 0, room, measure);
}

function takeApart(text: string, level: number, room: number, measure: (text: string) => number): readonly string[] {
  const cut = CUTS[level];
  if (!cut || measure(text) <= room) return [text];
  const pieces = withLeadingBlanks(cut(text), room, measure);
  return packed(
    pieces.flatMap((piece) => takeApart(piece, level + 1, room, measure)),
    room,
    measure,
  );
}

/** Blanks in front stay with what follows them, so that they are no piece of their own; unless they are very many. */
function withLeadingBlanks(
  pieces: readonly string[],
  room: number,
  measure: (text: string) => number,
): readonly string[] {
  const first = pieces.findIndex((piece) => piece.trim() !== '');
  const blanks = pieces.slice(0, Math.max(0, first)).join('');
  if (blanks === '' || measure(blanks) > room / 2) return pieces;
  return [blanks + (pieces[first] ?? ''), ...pieces.slice(first + 1)];
}

/** Neighbours that fit together, together. */
function packed(pieces: readonly string[], room: number, measure: (text: string) => number): readonly string[] {
  const result: string[] = [];
  let current: string[] = [];
  let size = 0;
  for (const piece of pieces) {
    const more = measure(piece);
    if (current.length > 0 && size + more > room) {
      result.push(current.join(''));
      current = [];
      size = 0;
    }
    current.push(piece);
    size += more;
  }
  return current.length === 0 ? result : [...result, current.join('')];
}

/** How much is looked at together, UTF-16 units: the time that the segmenter takes grows with the square of the length. */
const WINDOW = 512;

/** The characters as people see them. The last one of a window may go on behind it, so it is looked at again. */
function charactersOf(text: string): readonly string[] {
  const result: string[] = [];
  for (let at = 0, window = WINDOW; at < text.length;) {
    const found = Array.from(graphemes.segment(text.slice(at, at + window)), ({ segment }) => segment);
    const isLast = at + window >= text.length;
    if (found.length === 1 && !isLast) {
      window *= 2;
      continue;
    }
    const sure = isLast ? found : found.slice(0, -1);
    for (const character of sure) at += character.length;
    result.push(...sure);
    window = WINDOW;
  }
  return result;
}

/** Pieces that meet inside a character (a comma and the accent above it) are one. */
function atCharacters(pieces: readonly string[]): readonly string[] {
  const result: string[] = [];
  for (const piece of pieces) {
    const last = result.at(-1);
    if (piece === '') continue;
    if (last !== undefined && !meetsBetween(last, piece)) result[result.length - 1] = last + piece;
    else result.push(piece);
  }
  return result;
}

/** Latin letters and signs, Chinese characters and punctuation: neither joins a neighbour of the same kind. */
const STANDS_ALONE = /[\u0020-\u00ac\u00ae-\u02ff\u3000-\u3029\u4e00-\u9fff\uff01-\uff60]/;

function meetsBetween(left: string, right: string): boolean {
  if (STANDS_ALONE.test(left.charAt(left.length - 1)) && STANDS_ALONE.test(right.charAt(0))) return true;
  const end = left.slice(-NEARBY);
  const near = end + right.slice(0, NEARBY);
  return graphemes.segment(near).containing(end.length)?.index === end.length;
}
