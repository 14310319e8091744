import { isMap, isScalar, isSeq, parseDocument, type Document } from 'yaml';
import { ConfigError, type ConfigProblem } from './config.error.js';
import { readText } from './environment.js';
import type { Keyring } from './keyring.js';
import { isSealed, kidOf, openValue, sealValue, SealedValueError } from './sealed-value.js';

/** A text of the configuration file, where it stands and under which path. */
interface FoundText {
  readonly path: string;
  readonly text: string;
  /** First character and the one behind the last, in the file. */
  readonly range: readonly [number, number];
}

/** What became of one sealed value. */
export interface Resealed {
  readonly path: string;
  /** Key before and key now. */
  readonly from: string;
  readonly to: string;
}

/** A sealed value that `secrets rotate` cannot rewrite: it stands in the environment or in a file of its own. */
export interface SealedElsewhere {
  readonly where: string;
  readonly kid: string;
}

/** The sealed value of a setting as it stands in a configuration file; undefined when it is not sealed there. */
export function sealedSetting(source: string, path: string): string | undefined {
  return textsOf(parse(source)).find((found) => found.path === path && isSealed(found.text))?.text;
}

/**
 * Seals every `enc:` value of a configuration file anew, with the first key. Only those values change: comments,
 * order and spacing stay as they are.
 * @throws ConfigError naming every setting that cannot be opened
 */
export function resealFile(source: string, keyring: Keyring): { text: string; resealed: readonly Resealed[] } {
  const problems: ConfigProblem[] = [];
  const resealed: Resealed[] = [];
  let text = source;
  // From the end, so that the ranges before it stay right.
  for (const found of sealedTexts(source).toReversed()) {
    try {
      const value = openValue(found.text, found.path, keyring);
      const again = sealValue(value, found.path, keyring.first);
      text = replaceRange(text, found.range, again);
      resealed.unshift({ path: found.path, from: kidOf(found.text) ?? '', to: keyring.first.kid });
    } catch (error) {
      if (!(error instanceof SealedValueError)) throw error;
      problems.unshift({ path: found.path, reason: error.message });
    }
  }
  if (problems.length > 0) throw new ConfigError(problems);
  // Nothing is written that could not be read again.
  for (const { path, text: sealed } of sealedTexts(text)) openValue(sealed, path, keyring);
  return { text, resealed };
}

/** Sealed values in the environment, and in the files that it or the configuration file refers to. */
export function sealedElsewhere(source: string, env: NodeJS.ProcessEnv): readonly SealedElsewhere[] {
  const candidates: [where: string, text: string | undefined][] = [
    ...Object.entries(env),
    ...Object.entries(env)
      .filter(([name, file]) => name.endsWith('_FILE') && file)
      .map(([name, file]): [string, string | undefined] => [`${name} (${file})`, readText(file ?? '')]),
    ...textsOf(parse(source))
      .filter(({ text }) => text.startsWith('file:'))
      .map(({ path, text }): [string, string | undefined] => [`${path} (${text})`, readText(text.slice(5))]),
  ];
  return candidates.flatMap(([where, text]) => {
    const kid = text === undefined ? undefined : kidOf(text);
    return kid === undefined ? [] : [{ where, kid }];
  });
}

function sealedTexts(source: string): readonly FoundText[] {
  return textsOf(parse(source)).filter(({ text }) => isSealed(text));
}

function parse(source: string): Document {
  const document = parseDocument(source);
  const [error] = document.errors;
  if (error) throw new ConfigError([{ path: '(file)', reason: error.message.split('\n', 1)[0] ?? 'cannot be parsed' }]);
  return document;
}

function textsOf(document: Document): readonly FoundText[] {
  const found: FoundText[] = [];
  visit(document.contents, '', found);
  return found;
}

function visit(node: unknown, path: string, found: FoundText[]): void {
  const below = (key: unknown): string => (path === '' ? String(key) : `${path}.${String(key)}`);
  if (isMap(node)) {
    for (const { key, value } of node.items) visit(value, below(isScalar(key) ? key.value : key), found);
  } else if (isSeq(node)) {
    for (const [index, item] of node.items.entries()) visit(item, below(index), found);
  } else if (isScalar(node) && typeof node.value === 'string' && node.range) {
    found.push({ path, text: node.value, range: [node.range[0], node.range[1]] });
  }
}

/** Keeps the quotes of a quoted text, and the line end that belongs to a block text. */
function replaceRange(text: string, [from, to]: readonly [number, number], value: string): string {
  const before = text.slice(from, to);
  const quote = /^["']/.exec(before)?.[0] ?? '';
  return `${text.slice(0, from)}${quote}${value}${quote}${before.endsWith('\n') ? '\n' : ''}${text.slice(to)}`;
}
