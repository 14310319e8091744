import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const SOURCE = fileURLToPath(new URL('../../src', import.meta.url));
/** Longest time for one pattern and one text, milliseconds (reliability sheet T10). */
const MOST_MS = 5;
const LENGTH = 100_000;

/** Texts on which careless patterns take minutes: long runs that almost match, of what our patterns look for. */
const HOSTILE: readonly string[] = [
  ...[
    'a',
    'A',
    '0',
    ' ',
    '\t',
    '.',
    '-',
    '_',
    ':',
    '/',
    '%',
    '@',
    '[',
    '"',
    ';',
    ',',
    '\n',
    '\\',
    '=',
    '{',
    '(',
    '中',
    '\ud83d',
  ].map((text) => text.repeat(LENGTH)),
  ...['a ', 'a,', '1.', '1h', 'a:', 'a=b;', '[[', '%4', '0x', '::', 'a-', '<a ', '": "', 'Bearer ', '${'].map((text) =>
    text.repeat(LENGTH / text.length),
  ),
  `mck_live_${'x'.repeat(LENGTH)}`,
  `https://${'a.'.repeat(LENGTH / 2)}`,
  `application/${'a'.repeat(LENGTH)}`,
  `::ffff:${'1'.repeat(LENGTH)}`,
];

interface Pattern {
  readonly where: string;
  readonly expression: RegExp;
}

/** Every regular expression that is written down in the source. */
function patterns(): readonly Pattern[] {
  const found: Pattern[] = [];
  for (const entry of readdirSync(SOURCE, { recursive: true, encoding: 'utf8' })) {
    if (!entry.endsWith('.ts')) continue;
    const file = join(SOURCE, entry);
    const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest);
    const visit = (node: ts.Node): void => {
      if (ts.isRegularExpressionLiteral(node)) {
        const end = node.text.lastIndexOf('/');
        const line = source.getLineAndCharacterOfPosition(node.pos).line + 1;
        found.push({
          where: `${relative(SOURCE, file)}:${line}`,
          expression: new RegExp(node.text.slice(1, end), node.text.slice(end + 1)),
        });
      }
      ts.forEachChild(node, visit);
    };
    visit(source);
  }
  return found;
}

/** Looks at most; and what no machine is too busy for, milliseconds: a careless pattern takes minutes. */
const LOOKS = 40;
const HOPELESS_MS = 1_000;

/** The fastest of some looks, each begun with a fresh share of the processor: what else runs is not the pattern's fault. */
function milliseconds({ expression }: Pattern, text: string): number {
  let best = Number.POSITIVE_INFINITY;
  for (let look = 0; look < LOOKS && best > MOST_MS; look += 1) {
    if (look > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, MOST_MS);
    const started = performance.now();
    expression.lastIndex = 0;
    expression.test(text);
    const took = performance.now() - started;
    if (took > HOPELESS_MS) return took;
    best = Math.min(best, took);
  }
  return best;
}

describe('every pattern of the source', () => {
  it(`takes at most ${MOST_MS} ms for 100 kB of anything`, () => {
    const all = patterns();
    const slow = all.flatMap((pattern) => {
      const worst = Math.max(...HOSTILE.map((text) => milliseconds(pattern, text)));
      return worst > MOST_MS ? [`${pattern.where} ${String(pattern.expression)}: ${Math.round(worst)} ms`] : [];
    });
    expect(all.length).toBeGreaterThan(100);
    expect(slow).toEqual([]);
  });
});
