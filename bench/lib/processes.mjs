// The processes of a run: started on given cores, ended with the run whatever happens.
import { spawn } from 'node:child_process';
import { mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { family } from './machine.mjs';

/** Longest wait for a process to say something, milliseconds. */
const PATIENCE_MS = 60_000;

/** Files of this run; removed at its end. */
export const folder = mkdtempSync(join(tmpdir(), 'message-center-bench-'));

const running = new Set();

process.once('exit', endAll);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(1));

/**
 * Starts a program on some cores.
 * @param command name of the program; `node` is the one that runs this
 * @param options.stdout name of a file in {@link folder}, or nothing to read it from `child.stdout`
 * @param options.ipc does it answer messages?
 */
export function launch(command, args, { cores, env = {}, stdout, ipc = false }) {
  const out = stdout === undefined ? 'pipe' : openSync(join(folder, stdout), 'w');
  const program = command === 'node' ? process.execPath : command;
  const child = spawn('taskset', ['-c', cores, program, ...args], {
    env: { PATH: process.env.PATH, ...env },
    cwd: folder,
    stdio: ['ignore', out, 'inherit', ...(ipc ? ['ipc'] : [])],
  });
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
}

/** Starts one of `bench/servers`; it sends `{ port }` when it listens, or `{}` when it is ready. */
export async function launchServer(name, options, { cores, env }) {
  const file = fileURLToPath(new URL(`../servers/${name}.mjs`, import.meta.url));
  const child = launch('node', [file, JSON.stringify(options)], { cores, env, ipc: true });
  child.stdout.resume();
  const ready = await nextMessage(child);
  return { name, pid: child.pid, ...ready, ask: (question) => ask(child, question), end: () => end(child) };
}

/** Ends a process and its children at once. */
export async function end(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  killFamily(child);
  await gone;
}

/** Ends whatever runs, after a section that could not. */
export async function endRunning() {
  await Promise.all([...running].map(end));
}

/** Pauses, milliseconds. */
export function sleep(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Resolves with the first value that is not undefined; looks again every so often. */
export async function until(what, look, everyMs = 20, patienceMs = PATIENCE_MS) {
  for (const giveUp = performance.now() + patienceMs; performance.now() < giveUp; await sleep(everyMs)) {
    const seen = await look();
    if (seen !== undefined) return seen;
  }
  throw new Error(`waited in vain for ${what}`);
}

function ask(child, question) {
  const answer = nextMessage(child);
  child.send(question);
  return answer;
}

function nextMessage(child) {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error('a process of the benchmark does not answer')), PATIENCE_MS * 5);
    const ended = () => reject(new Error('a process of the benchmark ended by itself'));
    child.once('exit', ended);
    child.once('message', (message) => {
      clearTimeout(late);
      child.off('exit', ended);
      resolve(message);
    });
  });
}

function killFamily(child) {
  try {
    for (const pid of family(child.pid)) process.kill(pid, 'SIGKILL');
  } catch {
    // It ended meanwhile.
  }
}

function endAll() {
  for (const child of running) killFamily(child);
  // What was just killed may still be writing.
  rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
}
