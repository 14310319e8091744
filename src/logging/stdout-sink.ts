import { pino } from 'pino';
import { problem, type SinkProblem } from './log-sink.js';

/** Longest buffered delay of a line, milliseconds. */
const FLUSH_MS = 200;

/** What may wait for a reader that is slow, or for a disk that is full, bytes. */
const MAX_PENDING_BYTES = 16_000_000;

/** How long an orderly end waits for a write that is under way, milliseconds. */
const CLOSE_MS = 500;

export interface StdoutStatus {
  /** Lines that nobody will read. */
  readonly dropped: number;
  readonly lastError: SinkProblem | null;
}

/**
 * The log of the process. A disk that is full (stdout is a file under a supervisor) or a reader that left must not end
 * the service: lines wait, and above a limit they are dropped and counted.
 */
export class StdoutSink {
  private readonly stream: ReturnType<typeof pino.destination>;
  private dropped = 0;
  private lastError: SinkProblem | null = null;
  private readerLeft = false;

  constructor(fd = 1) {
    this.stream = pino.destination({
      fd,
      sync: false,
      minLength: 4_096,
      maxLength: MAX_PENDING_BYTES,
      periodicFlush: FLUSH_MS,
    });
    this.stream.on('drop', () => (this.dropped += 1));
    this.stream.on('error', (error: Error & { code?: string }) => {
      this.lastError = problem(error.code ?? error.name);
      this.readerLeft ||= error.code === 'EPIPE';
    });
  }

  get status(): StdoutStatus {
    return { dropped: this.dropped, lastError: this.lastError };
  }

  write(line: string): void {
    if (this.readerLeft) this.dropped += 1;
    else this.stream.write(line);
  }

  /** Writes out what is buffered, as far as it can be written. */
  flush(): void {
    try {
      this.stream.flushSync();
    } catch (error) {
      this.lastError = problem((error as { code?: string }).code ?? 'not writable');
    }
  }

  /** The same without holding up the process: lets a write that is under way finish first. */
  async close(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      timer = setTimeout(resolve, CLOSE_MS);
      this.stream.flush(() => resolve());
    });
    clearTimeout(timer);
    this.flush();
  }
}
