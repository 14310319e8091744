import { write, writeSync } from 'node:fs';
import { problem, type SinkProblem } from './log-sink.js';

/** Longest buffered delay of a line, milliseconds. */
const FLUSH_MS = 200;

/**
 * What is written at once rather than waiting for more, characters: about what a pipe holds. A write goes through another
 * thread, which costs the same for one line as for two hundred.
 */
const ENOUGH = 65_536;

/** What may wait for a reader that is slow, or for a disk that is full, about, bytes. */
const MAX_PENDING = 16_000_000;

/** Pause before the next try of what could not be written, milliseconds. */
const RETRY_MS = 500;

/** The same for a pipe that is full at the moment. */
const FULL_PIPE_MS = 20;

/** How long the end of the process waits for a reader, milliseconds. */
const CLOSE_MS = 1_000;

export interface StdoutStatus {
  /** Lines that nobody will read. */
  readonly dropped: number;
  readonly lastError: SinkProblem | null;
}

/**
 * The log of the process. A disk that is full (stdout is a file under many supervisors) or a reader that is slow or has
 * left must not end the service: lines wait, and above a limit they are dropped and counted. A full disk does not keep
 * the process from ending either; pino's own destination would try for ever. One limit stays: a write into a pipe whose
 * reader lives but does not read holds the end of the process, until it reads or the supervisor kills.
 */
export class StdoutSink {
  private text = '';
  private lines = 0;
  /** What is being written, or could not be written and comes first; how many lines it began with. */
  private bytes: Buffer | undefined;
  private bytesLines = 0;
  private writing = false;
  private timer: NodeJS.Timeout | undefined;
  private dropped = 0;
  private lastError: SinkProblem | null = null;
  private readerLeft = false;
  private closing: (() => void) | undefined;

  constructor(private readonly fd = 1) {
    process.once('exit', () => this.flush());
  }

  get status(): StdoutStatus {
    return { dropped: this.dropped, lastError: this.lastError };
  }

  write(line: string): void {
    if (this.readerLeft || this.text.length + (this.bytes?.length ?? 0) + line.length > MAX_PENDING) {
      this.dropped += 1;
      return;
    }
    this.text += line;
    this.lines += 1;
    if (this.text.length >= ENOUGH && !this.bytes) this.start();
    else this.timer ??= this.startAfter(FLUSH_MS);
  }

  /** Writes out what is buffered, as far as it can be written. A write that is under way ends by itself. */
  flush(): void {
    const giveUp = Date.now() + CLOSE_MS;
    if (this.writing) this.forgetBytes();
    while (this.take()) {
      try {
        this.took(writeSync(this.fd, this.bytes as Buffer));
      } catch (error) {
        const wait = codeOf(error) === 'EAGAIN' && Date.now() < giveUp;
        if (!wait) return this.giveUp(error);
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, FULL_PIPE_MS);
      }
    }
  }

  /** The same without holding up the process, and the last thing it does. */
  async close(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, CLOSE_MS)));
    const done = new Promise<void>((resolve) => (this.closing = resolve));
    this.start();
    await Promise.race([done, late]);
    clearTimeout(timer);
    clearTimeout(this.timer);
    this.flush();
  }

  private startAfter(milliseconds: number): NodeJS.Timeout {
    return setTimeout(() => {
      this.timer = undefined;
      this.start();
    }, milliseconds).unref();
  }

  private start(): void {
    if (this.writing) return;
    const bytes = this.take();
    if (!bytes) return this.closing?.();
    this.writing = true;
    const lines = this.bytesLines;
    write(this.fd, bytes, (error, written) => {
      this.writing = false;
      // Somebody has flushed in the meantime, and left this write to end by itself.
      if (this.bytes !== bytes) {
        if (error) this.dropped += lines;
        return;
      }
      if (error) this.failed(error);
      else {
        this.took(written);
        if (this.bytes || this.text.length >= ENOUGH || this.closing) this.start();
        else if (this.text !== '') this.timer ??= this.startAfter(FLUSH_MS);
      }
    });
  }

  private failed(error: unknown): void {
    const code = codeOf(error);
    // Nobody reads any more; or no time is left to wait for room.
    if (code === 'EPIPE' || (this.closing && code !== 'EAGAIN')) return this.giveUp(error);
    if (code !== 'EAGAIN') this.lastError = problem(code);
    clearTimeout(this.timer);
    this.timer = this.startAfter(code === 'EAGAIN' ? FULL_PIPE_MS : RETRY_MS);
  }

  /** What is to be written next, if anything. */
  private take(): Buffer | undefined {
    if (this.bytes || this.text === '') return this.bytes;
    this.bytes = Buffer.from(this.text);
    this.bytesLines = this.lines;
    this.text = '';
    this.lines = 0;
    return this.bytes;
  }

  private took(count: number): void {
    const rest = this.bytes?.subarray(count);
    if (rest?.length) this.bytes = rest;
    else this.forgetBytes();
  }

  private forgetBytes(): void {
    this.bytes = undefined;
    this.bytesLines = 0;
  }

  private giveUp(error: unknown): void {
    const code = codeOf(error);
    this.lastError = problem(code);
    this.readerLeft ||= code === 'EPIPE';
    this.dropped += this.lines + this.bytesLines;
    this.text = '';
    this.lines = 0;
    this.forgetBytes();
    this.closing?.();
  }
}

function codeOf(error: unknown): string {
  return (error as { code?: string } | null)?.code ?? 'not writable';
}
