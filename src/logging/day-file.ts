import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { mkdir, open, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { problem, type SinkProblem } from './log-sink.js';

/** What may wait for a disk, about, bytes. */
const MAX_PENDING = 8_000_000;

const FILE_MODE = 0o640;
const FOLDER_MODE = 0o750;

/** Lines of one day that are written together. */
interface Chunk {
  readonly path: string;
  lines: number;
  text: string;
  /** What is still to be written, once writing has begun; nothing is added from then on. */
  bytes?: Buffer;
}

/**
 * One series of files, one per day, with one writer. The file is opened for each write, so one that was moved, deleted
 * or rotated from outside is simply made anew, and no line goes into a file that nobody can see. What cannot be
 * written stays in memory and is tried again; above a limit lines are dropped and counted.
 */
export class DayFile {
  written = 0;
  pending = 0;
  dropped = 0;
  failing = false;
  lastError: SinkProblem | null = null;
  private readonly chunks: Chunk[] = [];
  private size = 0;
  private writing: Promise<void> | undefined;

  /**
   * @param name file name of a day
   */
  constructor(
    private readonly dir: string,
    private readonly name: (day: string) => string,
  ) {}

  append(line: string, day: string): void {
    if (this.size + line.length > MAX_PENDING) {
      this.dropped += 1;
      return;
    }
    this.size += line.length;
    this.pending += 1;
    const path = join(this.dir, this.name(day));
    const last = this.chunks.at(-1);
    if (last?.path === path && !last.bytes) {
      last.text += line;
      last.lines += 1;
    } else {
      this.chunks.push({ path, text: line, lines: 1 });
    }
  }

  /** Writes what is pending; resolves when that is done or did not work. */
  flush(): Promise<void> {
    this.writing ??= this.writeAll().finally(() => (this.writing = undefined));
    return this.writing;
  }

  /** The same at once, for the end of the process. A write that was under way may so be repeated. */
  flushNow(): void {
    try {
      for (let chunk = this.chunks[0]; chunk; chunk = this.chunks[0]) {
        begin(chunk);
        writeNow(chunk);
        this.done(chunk);
      }
    } catch (error) {
      this.failed(error);
    }
  }

  /** Gives up what is pending. */
  abandon(): void {
    this.dropped += this.pending;
    this.pending = 0;
    this.size = 0;
    this.chunks.length = 0;
  }

  private async writeAll(): Promise<void> {
    try {
      for (let chunk = this.chunks[0]; chunk; chunk = this.chunks[0]) {
        begin(chunk);
        await write(chunk);
        this.done(chunk);
      }
    } catch (error) {
      this.failed(error);
    }
  }

  private done(chunk: Chunk): void {
    this.failing = false;
    // It may have been abandoned, or written by flushNow, in the meantime.
    if (this.chunks[0] !== chunk) return;
    this.chunks.shift();
    this.size -= chunk.text.length;
    this.pending -= chunk.lines;
    this.written += chunk.lines;
  }

  private failed(error: unknown): void {
    this.failing = true;
    this.lastError = problem((error as { code?: string }).code ?? 'cannot be written');
  }
}

function begin(chunk: Chunk): void {
  chunk.bytes ??= Buffer.from(chunk.text);
}

/** A full disk takes a part: what it took is not written again, so that the line is whole in the end. */
function took(chunk: Chunk, bytes: number): void {
  chunk.bytes = chunk.bytes?.subarray(bytes);
}

async function write(chunk: Chunk): Promise<void> {
  const handle = await openFile(chunk.path);
  try {
    while (chunk.bytes?.length) took(chunk, (await handle.write(chunk.bytes)).bytesWritten);
  } finally {
    await handle.close();
  }
}

async function openFile(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'a', FILE_MODE);
  } catch (error) {
    if ((error as { code?: string }).code !== 'ENOENT') throw error;
    await mkdir(dirname(path), { recursive: true, mode: FOLDER_MODE });
    return open(path, 'a', FILE_MODE);
  }
}

function writeNow(chunk: Chunk): void {
  mkdirSync(dirname(chunk.path), { recursive: true, mode: FOLDER_MODE });
  const fd = openSync(chunk.path, 'a', FILE_MODE);
  try {
    while (chunk.bytes?.length) took(chunk, writeSync(fd, chunk.bytes));
  } finally {
    closeSync(fd);
  }
}
