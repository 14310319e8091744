import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** An import as it stands in a file. */
export interface SourceImport {
  /** As written, `./fields.js`, `@nestjs/common`. */
  readonly specifier: string;
  /** The file of ours that it names, `src/inbound/fields.ts`; undefined for packages. */
  readonly target: string | undefined;
  /** `static` runs the imported file at once, `type` never, `dynamic` when the line is reached. */
  readonly kind: 'static' | 'type' | 'dynamic';
  readonly line: number;
}

/** A file of `src`. */
export interface SourceFile {
  /** From the root, with slashes: `src/inbound/fields.ts`. */
  readonly path: string;
  readonly text: string;
  readonly lines: readonly string[];
  readonly imports: readonly SourceImport[];
}

/** Every file below `src`, in order. */
export function sourceFiles(): SourceFile[] {
  return readdirSync(join(ROOT, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .toSorted()
    .map(readSource);
}

/** Where something is wrong, as an editor opens it: `src/a.ts:12: why`. */
export function at(file: Pick<SourceFile, 'path'>, line: number, why: string): string {
  return `${file.path}:${line}: ${why}`;
}

/** One complaint for each line that a pattern finds. */
export function linesWith(file: SourceFile, pattern: RegExp, why: string): string[] {
  return file.lines.flatMap((text, index) => (pattern.test(text) ? [at(file, index + 1, why)] : []));
}

function readSource(path: string): SourceFile {
  const text = readFileSync(join(ROOT, path), 'utf8');
  return {
    path,
    text,
    lines: text.replace(/\n$/, '').split('\n'),
    imports: path.endsWith('.ts') ? importsOf(path, text) : [],
  };
}

const FROM = /^(?:import|export)\s+(type\s+)?([^;'"]*?)\s*from\s+'([^']+)'/gm;
const BARE = /^import\s+'([^']+)'/gm;
const CALLED = /(?<!typeof )\bimport\(\s*'([^']+)'\s*\)/g;
const IN_TYPES = /\btypeof import\(\s*'([^']+)'\s*\)/g;

function importsOf(path: string, text: string): SourceImport[] {
  const made = (match: RegExpMatchArray, specifier: string, kind: SourceImport['kind']): SourceImport => ({
    specifier,
    target: specifier.startsWith('.') ? posix.join(dirname(path), specifier).replace(/\.js$/, '.ts') : undefined,
    kind,
    line: text.slice(0, match.index).split('\n').length,
  });
  return [
    ...[...text.matchAll(FROM)].map((match) =>
      made(match, match[3] ?? '', match[1] !== undefined || namesTypesOnly(match[2] ?? '') ? 'type' : 'static'),
    ),
    ...[...text.matchAll(BARE)].map((match) => made(match, match[1] ?? '', 'static')),
    ...[...text.matchAll(CALLED)].map((match) => made(match, match[1] ?? '', 'dynamic')),
    ...[...text.matchAll(IN_TYPES)].map((match) => made(match, match[1] ?? '', 'type')),
  ];
}

/** `{ type A, type B }` */
function namesTypesOnly(names: string): boolean {
  const [, list] = /^\{([\s\S]*)\}$/.exec(names.trim()) ?? [];
  const single = (list ?? '').split(',').map((name) => name.trim());
  return list !== undefined && single.every((name) => name === '' || name.startsWith('type '));
}
