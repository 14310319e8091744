import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, fstatSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { DEFAULT_LOG_FILE, DEFAULT_PID_FILE, PidFile } from './daemon-pid-file.js';
import { CommandError } from './guarded.js';
import { print } from './output.js';
import type { DaemonReady } from './serve-primary.js';
import type { ServeOptions } from './serve-options.js';

/** Longest wait for a daemon to serve, milliseconds. */
const START_MS = 60_000;
/** How much of the log is shown when it fails without a sentence, lines. */
const SHOWN_LINES = 5;

/**
 * Starts the gateway in the background, under a primary that keeps it alive, and waits until it serves.
 * @throws CommandError with its own words when it does not
 */
export async function startDaemon(options: ServeOptions): Promise<void> {
  const pidFile = PidFile.in(options.pidFile ?? DEFAULT_PID_FILE);
  const logFile = resolve(options.logFile ?? DEFAULT_LOG_FILE);
  const running = pidFile.owner;
  if (running !== undefined) throw new CommandError(`a gateway runs already: pid ${running} (${pidFile.path})`);
  mkdirSync(dirname(logFile), { recursive: true });
  const log = openSync(logFile, 'a', 0o640);
  const from = fstatSync(log).size;
  const child = spawn(
    process.execPath,
    [...process.execArgv, ...process.argv.slice(1, 2), ...argumentsOf(options, pidFile)],
    {
      detached: true,
      stdio: ['ignore', log, log, 'ipc'],
    },
  );
  closeSync(log);
  const url = await served(child);
  if (url === undefined) throw new CommandError(`${toldSince(logFile, from)}\nnot started; its log is ${logFile}`);
  child.disconnect();
  child.unref();
  print(`running at ${url}, pid ${child.pid} (${pidFile.path}), log ${logFile}`);
}

/** The same command line without what concerns this process only. */
function argumentsOf(options: ServeOptions, pidFile: PidFile): string[] {
  return [
    'serve',
    '--supervised',
    ...['--pid-file', pidFile.path],
    ...(options.config === undefined ? [] : ['--config', options.config]),
    ...(options.host === undefined ? [] : ['--host', options.host]),
    ...(options.port === undefined ? [] : ['--port', options.port]),
    ...(options.logLevel === undefined ? [] : ['--log-level', options.logLevel]),
    ...(options.sandbox ? ['--sandbox'] : []),
  ];
}

/** The daemon's address; undefined when it ended instead, or was ended because it took too long. */
async function served(child: ChildProcess): Promise<string | undefined> {
  const giveUp = (): void => void child.kill('SIGTERM');
  const timer = setTimeout(giveUp, START_MS);
  process.once('SIGINT', giveUp);
  try {
    return await new Promise<string | undefined>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', () => resolve(undefined));
      child.on('message', (message: DaemonReady) => resolve(message.url));
    });
  } finally {
    clearTimeout(timer);
    process.off('SIGINT', giveUp);
  }
}

/** What it wrote for people, else its last log lines. */
function toldSince(logFile: string, from: number): string {
  const lines = readFileSync(logFile).subarray(from).toString('utf8').trim().split('\n');
  const told = lines.filter((line) => !line.startsWith('{'));
  return (told.length > 0 ? told : lines.slice(-SHOWN_LINES)).join('\n');
}
