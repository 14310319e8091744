/**
 * Runs the tree that came out of the last stage: with a read-only root, an empty /tmp, no capability and the image's
 * user where that can be had (Linux, root), else as it is, and says so.
 *
 *   node scripts/docker-check/run.mjs REPOSITORY STAGES
 */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { environmentOf, last, readStages } from './dockerfile.mjs';

const [repository, target] = process.argv.slice(2);
const say = (text) => process.stdout.write(`${text}\n`);
const image = readStages(repository).at(-1);
const tree = join(target, image.name, last(image, 'WORKDIR'));
const user = last(image, 'USER');
const [entry, command, probe] = [last(image, 'ENTRYPOINT'), last(image, 'CMD'), last(image, 'HEALTHCHECK')];
const start = [...JSON.parse(entry), ...JSON.parse(command)];
const check = JSON.parse(/CMD (\[.*\])$/.exec(probe)?.[1] ?? '[]');

say('== the tree of the last stage');
sizes();
const inside = hardened();
const port = await freePort();
const base = { PATH: process.env.PATH, PORT: String(port), ...environmentOf(image) };
// Nothing is sent anywhere: the platform's address is a closed port.
const credentials = { MSG_DD_APP_KEY: 'key', MSG_DD_APP_SECRET: 'secret', MSG_DD_BASE_URL: 'http://127.0.0.1:9' };

refused('without credentials', base, /no app of any provider is configured/);
refused('on every interface without saying who may call', { ...base, ...credentials }, /needs to know who may call/);
await serves({ ...base, ...credentials, MSG_ALLOW_IPS: '127.0.0.1' });

async function serves(env) {
  const started = performance.now();
  const child = spawn(inside[0], [...inside.slice(1), ...start], { cwd: tree, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  const ended = new Promise((resolve) => child.once('exit', (code) => resolve(code)));
  try {
    while (spawnSync(check[0], check.slice(1), { cwd: tree, env }).status !== 0) {
      if (child.exitCode !== null || performance.now() - started > 30_000) throw new Error('the healthcheck fails');
      await sleep(200);
    }
    say(`ok  the image's healthcheck passes ${Math.round(performance.now() - started)} ms after the start`);
    const ready = await fetch(`http://127.0.0.1:${port}/health/ready`);
    if (ready.status !== 200) throw new Error(`/health/ready answers ${ready.status}`);
    const status = await (await fetch(`http://127.0.0.1:${port}/sys/status`)).json();
    say(`ok  it serves: ${Math.round(status.memory.rssBytes / 1e6)} MB resident, Node ${status.service.node}`);
    child.kill('SIGTERM');
    const code = await ended;
    if (code !== 0) throw new Error(`SIGTERM ended it with ${code}`);
    say('ok  SIGTERM ends it with 0');
    const written = execFileSync(
      'find',
      [tree, '-newermt', `@${(Date.now() - (performance.now() - started)) / 1_000}`, '-type', 'f'],
      { encoding: 'utf8' },
    );
    if (written.length > 0) throw new Error(`it wrote into its own tree:\n${written}`);
    say('ok  it wrote nothing into its tree');
  } catch (error) {
    throw new Error(`${error.message}\n${output}`, { cause: error });
  } finally {
    child.kill('SIGKILL');
  }
}

function refused(when, env, sentence) {
  const { status, stderr } = spawnSync(inside[0], [...inside.slice(1), ...start], { cwd: tree, env, encoding: 'utf8' });
  if (status !== 1 || !sentence.test(stderr))
    throw new Error(`${when} it should be refused, but: ${status}\n${stderr}`);
  say(`ok  refused ${when}`);
}

/** The command that puts a process into what the manifests promise. */
function hardened() {
  const drop = ['setpriv', `--reuid=${user.split(':')[0]}`, `--regid=${user.split(':')[1]}`, '--clear-groups'];
  const script = 'mount --bind / / && mount -o remount,ro,bind / && mount -t tmpfs tmpfs /tmp && cd "$0" && exec "$@"';
  const all = ['unshare', '--mount', 'sh', '-c', script, tree, ...drop, '--no-new-privs', '--bounding-set=-all'];
  const works = spawnSync(all[0], [...all.slice(1), 'sh', '-c', '! touch "$0/x" 2>/dev/null && touch /tmp/x', tree]);
  if (works.status === 0) {
    say(`ok  from here on: read-only root, empty /tmp, user ${user}, no capability, no new privileges`);
    return all;
  }
  say('note: a read-only root cannot be had here (Linux and root are needed); the tree runs as it is');
  return ['env'];
}

function sizes() {
  const bytes = (path) => Number(execFileSync('du', ['-sb', path], { encoding: 'utf8' }).split('\t')[0]);
  const mb = (number) => `${(number / 1e6).toFixed(1)} MB`;
  const modules = join(tree, 'node_modules');
  const packages = readdirSync(modules)
    .flatMap((name) =>
      name.startsWith('@') ? readdirSync(join(modules, name)).map((sub) => `${name}/${sub}`) : [name],
    )
    .filter((name) => !name.startsWith('.'))
    .map((name) => ({ name, size: bytes(join(modules, name)) }))
    .toSorted((a, b) => b.size - a.size);
  say(`sizes: tree ${mb(bytes(tree))}, node_modules ${mb(bytes(modules))}, dist ${mb(bytes(join(tree, 'dist')))}`);
  say(
    `largest of ${packages.length} packages: ${packages
      .slice(0, 6)
      .map(({ name, size }) => `${name} ${mb(size)}`)
      .join(', ')}`,
  );
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port: free } = server.address();
      server.close(() => resolve(free));
    });
  });
}
