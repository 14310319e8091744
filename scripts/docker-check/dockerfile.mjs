/** Reads docker/Dockerfile and .dockerignore as far as this repository uses their languages; refuses the rest. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const KNOWN = [
  'FROM',
  'ARG',
  'WORKDIR',
  'COPY',
  'RUN',
  'ENV',
  'LABEL',
  'USER',
  'EXPOSE',
  'HEALTHCHECK',
  'ENTRYPOINT',
  'CMD',
];

/**
 * @typedef {{ name: string, rest: string }} Instruction
 * @typedef {{ name: string, base: string, instructions: Instruction[] }} Stage
 */

/** @returns {Stage[]} the stages, in order; one without a name has its number */
export function readStages(repository) {
  const text = readFileSync(join(repository, 'docker/Dockerfile'), 'utf8')
    .split('\n')
    .filter((line) => !line.trimStart().startsWith('#'))
    .join('\n')
    .replaceAll(/\\\n/g, ' ');
  const stages = [];
  for (const line of text.split('\n').filter((candidate) => candidate.trim() !== '')) {
    const [, name = '', rest = ''] = /^(\w+)\s+(.*)$/.exec(line) ?? [];
    if (!KNOWN.includes(name)) throw new Error(`docker/Dockerfile: ${line}`);
    if (name === 'FROM') {
      const [, base, as] = /^(\S+)(?:\s+AS\s+(\S+))?$/i.exec(rest) ?? [];
      stages.push({ name: as ?? String(stages.length), base, instructions: [] });
    } else if (name !== 'ARG' || stages.length > 0) stages.at(-1).instructions.push({ name, rest });
  }
  return stages;
}

/** The value of the last instruction of that name, if there is one. */
export function last(stage, name) {
  return stage.instructions.findLast((instruction) => instruction.name === name)?.rest;
}

/** Environment that a stage sets. */
export function environmentOf(stage) {
  const pairs = stage.instructions
    .filter(({ name }) => name === 'ENV')
    .flatMap(({ rest }) => [...rest.matchAll(/(\w+)=(?:"([^"]*)"|(\S+))/g)]);
  return Object.fromEntries(pairs.map(([, name, quoted, plain]) => [name, quoted ?? plain]));
}

/** @returns {(file: string) => boolean} does a file of the repository reach the builder? */
export function readIgnore(repository) {
  const patterns = readFileSync(join(repository, '.dockerignore'), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const pattern = line.replace(/^!/, '');
      const folder = pattern.replace(/\/?\*\*$/, '');
      if (folder.includes('*')) throw new Error(`.dockerignore: ${line}`);
      const matches = pattern.endsWith('**')
        ? (file) => folder === '' || file.startsWith(`${folder}/`)
        : (file) => file === pattern || file.startsWith(`${pattern}/`);
      return { keep: line.startsWith('!'), matches };
    });
  return (file) => patterns.findLast(({ matches }) => matches(file))?.keep ?? true;
}
