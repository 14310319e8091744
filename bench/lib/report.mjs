// What a section found: figures against what is to be reached, and tables; as Markdown, on stdout or in the document.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import prettier from 'prettier';
import { describeMachine } from './machine.mjs';

const NODE = process.versions.node.split('.')[0];
const DOCUMENT = fileURLToPath(new URL('../../docs/performance.md', import.meta.url));

/**
 * A figure that must stay below (`atMost`) or above (`atLeast`) a limit.
 * @param shown the measured value as it is to be read
 */
export function figure(what, value, limit, shown) {
  const reached = 'atMost' in limit ? value <= limit.atMost : value >= limit.atLeast;
  const bound = 'atMost' in limit ? `≤ ${limit.atMost}` : `≥ ${limit.atLeast}`;
  return { what, bound: `${bound}${limit.unit ?? ''}`, shown, reached };
}

/** The section as Markdown. */
export function markdown({ figures = [], tables = [], notes = [] }, { machine, date, quick }) {
  const parts = [`Measured ${date} · ${machine}${quick ? ' · quick, for orientation only' : ''}`];
  if (figures.length > 0) {
    const rows = figures.map(({ what, bound, shown, reached }) => [what, bound, shown, reached ? 'yes' : '**no**']);
    parts.push(table(['figure', 'reach', 'measured', 'reached'], rows));
  }
  for (const { title, columns, rows } of tables) parts.push(`**${title}**`, table(columns, rows));
  return [...parts, ...notes].join('\n\n');
}

/** Circumstances of this run; taken before anything runs. */
export function circumstances(quick) {
  return { machine: describeMachine(), date: new Date().toISOString().slice(0, 10), quick };
}

/**
 * Replaces what stands between the section's marks in docs/performance.md, and the summary of all sections' figures.
 * @throws Error when the document has no such marks
 */
export async function writeSection(name, text) {
  const document = replaced(readFileSync(DOCUMENT, 'utf8'), `${name} node${NODE}`, text);
  const options = await prettier.resolveConfig(DOCUMENT);
  const format = (source) => prettier.format(source, { ...options, filepath: DOCUMENT });
  const formatted = await format(document);
  writeFileSync(DOCUMENT, await format(replaced(formatted, 'summary', summaryOf(formatted))));
}

/** The document with another text between two marks. */
function replaced(document, name, text) {
  const mark = `<!-- bench ${name} -->`;
  const start = document.indexOf(mark);
  const end = document.indexOf('<!-- /bench -->', start);
  if (start < 0 || end < 0) throw new Error(`docs/performance.md has no ${mark} … <!-- /bench -->`);
  return `${document.slice(0, start)}${mark}\n\n${text}\n\n${document.slice(end)}`;
}

/** The figures that stand in the sections of the document. */
function summaryOf(document) {
  const sections = document.matchAll(/<!-- bench (\S+) node(\d+) -->(.*?)<!-- \/bench -->/gs);
  const rows = [...sections].flatMap(([, , node, text]) => {
    const lines = /^\| figure .*\n\|[ |-]+\n((?:\|.*\n)*)/m.exec(text)?.[1] ?? '';
    const cells = lines
      .split('\n')
      .filter(Boolean)
      .map((line) => line.split('|').slice(1, -1));
    return cells.map((row) => [`Node ${node}`, ...row.map((cell) => cell.trim())]);
  });
  return table(['', 'figure', 'reach', 'measured', 'reached'], rows);
}

/** A line about what goes on, for whoever waits. */
export function progress(text) {
  process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${text}\n`);
}

function table(columns, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [line(columns), line(columns.map(() => '---')), ...rows.map(line)].join('\n');
}
