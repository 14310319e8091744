import {
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { CommandError } from './guarded.js';

/** Where a daemon's files are unless they are named; relative to the current folder. */
export const DEFAULT_PID_FILE = 'log/message-center.pid';
export const DEFAULT_LOG_FILE = 'log/daemon.log';

/** What a running daemon says about itself, in a second file beside the pid file. */
export interface DaemonDescription {
  readonly url: string;
  /** When it began to serve. */
  readonly startedAt: string;
  readonly shutdownTimeoutMs: number;
}

/**
 * The file that says which process is the daemon: its id and nothing else, as other tools expect. A process id alone
 * proves little, since the system gives it to another process later: the daemon is the one whose command line names
 * this file.
 */
export class PidFile {
  private constructor(readonly path: string) {}

  /** @param file as a person gave it; nothing is made or changed */
  static at(file: string): PidFile {
    const path = resolve(file);
    // One name per file, whatever way it was reached, because command lines are compared with it.
    return new PidFile(existsSync(dirname(path)) ? join(realpathSync(dirname(path)), basename(path)) : path);
  }

  /** The same for a file that is going to be written: its folder is made. */
  static in(file: string): PidFile {
    mkdirSync(dirname(resolve(file)), { recursive: true });
    return PidFile.at(file);
  }

  /**
   * Makes this process the daemon of the file, until it ends.
   * @throws CommandError when another one runs
   */
  static claim(file: string): PidFile {
    const claimed = PidFile.in(file);
    const draft = `${claimed.path}.${process.pid}.new`;
    writeFileSync(draft, `${process.pid}\n`, { mode: 0o644 });
    try {
      // A link is made whole or not at all: of two daemons that start together one finds the file of the other.
      while (!claimed.link(draft)) claimed.removeStale();
    } finally {
      rmSync(draft, { force: true });
    }
    rmSync(claimed.descriptionFile, { force: true });
    process.once('exit', () => claimed.release());
    return claimed;
  }

  /** Process id of the daemon that runs; undefined when there is none, or the file is a dead one's. */
  get owner(): number | undefined {
    const pid = readPid(this.path);
    return pid !== undefined && isDaemon(pid, this.path) ? pid : undefined;
  }

  /** undefined until the daemon serves. */
  get description(): DaemonDescription | undefined {
    try {
      return JSON.parse(readFileSync(this.descriptionFile, 'utf8')) as DaemonDescription;
    } catch {
      return undefined;
    }
  }

  describe(description: DaemonDescription): void {
    const draft = `${this.descriptionFile}.${process.pid}.new`;
    writeFileSync(draft, `${JSON.stringify(description)}\n`);
    renameSync(draft, this.descriptionFile);
  }

  private get descriptionFile(): string {
    return `${this.path}.json`;
  }

  private link(draft: string): boolean {
    try {
      linkSync(draft, this.path);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      return false;
    }
  }

  private removeStale(): void {
    const { owner } = this;
    if (owner !== undefined) throw new CommandError(`a gateway runs already: pid ${owner} (${this.path})`);
    const stale = readPid(this.path);
    const aside = `${this.path}.${process.pid}.stale`;
    try {
      renameSync(this.path, aside);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
      throw error;
    }
    // Somebody else may have replaced the stale file a moment ago: then it is given back.
    if (readPid(aside) !== stale) this.link(aside);
    rmSync(aside, { force: true });
  }

  private release(): void {
    if (readPid(this.path) !== process.pid) return;
    rmSync(this.descriptionFile, { force: true });
    rmSync(this.path, { force: true });
  }
}

function readPid(file: string): number | undefined {
  try {
    const text = readFileSync(file, 'utf8').trim();
    return /^[1-9]\d{0,9}$/.test(text) ? Number(text) : undefined;
  } catch {
    return undefined;
  }
}

/** Does this process run, and is it the daemon of that pid file? Where there is no /proc, that it runs must suffice. */
function isDaemon(pid: number, pidFile: string): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(pidFile);
  } catch {
    return true;
  }
}
