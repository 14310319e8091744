/**
 * Plays docker/Dockerfile without images: each stage is a folder, COPY copies, RUN runs.
 *
 *   node scripts/docker-check/build.mjs REPOSITORY STAGES
 */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { readIgnore, readStages } from './dockerfile.mjs';

const [repository, target] = process.argv.slice(2);
const say = (text) => process.stdout.write(`${text}\n`);

const wanted = 24;
const major = Number(process.versions.node.split('.')[0]);
say(`== the steps of docker/Dockerfile, with Node ${process.versions.node}`);
if (major !== wanted) say(`note: the image has Node ${wanted}; put it first in PATH to check with that`);

const reaches = readIgnore(repository);
const context = join(target, 'context');
cpSync(repository, context, {
  recursive: true,
  filter: (from) => statSync(from).isDirectory() || reaches(relative(repository, from)),
});

for (const stage of readStages(repository)) {
  const root = join(target, stage.name);
  let folder = root;
  mkdirSync(root, { recursive: true });
  for (const { name, rest } of stage.instructions) {
    if (name === 'WORKDIR') {
      folder = join(root, rest);
      mkdirSync(folder, { recursive: true });
    } else if (name === 'COPY') copy(rest, folder);
    else if (name === 'RUN') run(stage.name, rest, folder);
  }
}

function copy(rest, folder) {
  const words = rest.split(/\s+/);
  const from = /^--from=(.+)$/.exec(words[0])?.[1];
  if (from !== undefined) words.shift();
  const source = from === undefined ? context : join(target, from);
  const destination = join(folder, words.pop());
  for (const word of words) {
    const path = join(source, word);
    if (!existsSync(path)) throw new Error(`COPY ${rest}: ${word} is not there, or .dockerignore keeps it away`);
    const into = statSync(path).isDirectory() ? destination : join(destination, basename(word));
    cpSync(path, into, { recursive: true, verbatimSymlinks: true });
  }
}

function run(stage, command, folder) {
  const started = performance.now();
  // NODE_ENV of whoever checks must not decide what npm installs.
  const { NODE_ENV: _mine, ...env } = process.env;
  try {
    execFileSync('sh', ['-c', command], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' });
  } catch (error) {
    throw new Error(`${stage}: RUN ${command}\n${error.stdout}${error.stderr}`, { cause: error });
  }
  const seconds = ((performance.now() - started) / 1_000).toFixed(1);
  say(`ok  ${stage}: RUN ${command} (${seconds} s, ${readdirSync(folder).length} entries in the folder)`);
}
