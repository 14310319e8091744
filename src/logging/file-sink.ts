import { resolve } from 'node:path';
import { DayFile } from './day-file.js';
import { deleteOlder, firstDayKept, LocalDay } from './log-days.js';
import { problem, type LogSink, type SinkProblem, type SinkStatus } from './log-sink.js';

/** Longest time a line waits in memory, milliseconds, while the disk works. */
const FLUSH_MS = 250;

/** Pause between two tries while it does not. */
const RETRY_MS = 1_000;

const ERROR = 50;

export interface FileSinkOptions {
  readonly dir: string;
  /** Days whose files are kept, today included. */
  readonly keepDays: number;
  /** Number of this worker process; a process without workers has none. */
  readonly worker?: number | undefined;
  readonly now?: () => number;
}

export interface FileStatus extends SinkStatus {
  readonly dir: string;
  /** Lines written, those of the error file included. */
  readonly written: number;
}

/**
 * Files by day, `message-center-YYYY-MM-DD[.workerN].log` with every line and `error-YYYY-MM-DD[.workerN].log` with
 * errors only. Days are local. Each process writes files of its own, so nobody's rotation disturbs another's.
 */
export class FileSink implements LogSink {
  private readonly dir: string;
  private readonly all: DayFile;
  private readonly errors: DayFile;
  private readonly day = new LocalDay();
  private readonly now: () => number;
  private cleanedOn = '';
  private cleaningError: SinkProblem | null = null;
  private timer: NodeJS.Timeout | undefined;
  private closed = false;
  private refused = 0;

  constructor(private readonly options: FileSinkOptions) {
    this.dir = resolve(options.dir);
    this.now = options.now ?? Date.now;
    const worker = options.worker === undefined ? '' : `.worker${options.worker}`;
    this.all = new DayFile(this.dir, (day) => `message-center-${day}${worker}.log`);
    this.errors = new DayFile(this.dir, (day) => `error-${day}${worker}.log`);
  }

  get status(): FileStatus {
    const { all, errors } = this;
    return {
      dir: this.dir,
      written: all.written + errors.written,
      pending: all.pending + errors.pending,
      dropped: all.dropped + errors.dropped + this.refused,
      failing: all.failing || errors.failing,
      lastError: all.lastError ?? errors.lastError ?? this.cleaningError,
    };
  }

  write(line: string, level: number): void {
    if (this.closed) {
      this.refused += 1;
      return;
    }
    const day = this.day.of(this.now());
    this.all.append(line, day);
    if (level >= ERROR) this.errors.append(line, day);
    this.timer ??= this.flushAfter(FLUSH_MS);
  }

  async close(milliseconds: number): Promise<void> {
    this.closed = true;
    clearTimeout(this.timer);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, milliseconds)));
    // Twice: a flush that was under way may have begun before the last lines came.
    await Promise.race([this.flush().then(() => this.flush()), late]);
    clearTimeout(timer);
    this.all.abandon();
    this.errors.abandon();
  }

  closeNow(): void {
    this.closed = true;
    clearTimeout(this.timer);
    for (const file of [this.all, this.errors]) {
      file.flushNow();
      file.abandon();
    }
  }

  private flushAfter(milliseconds: number): NodeJS.Timeout {
    return setTimeout(() => void this.tick(), milliseconds).unref();
  }

  private async tick(): Promise<void> {
    await this.flush();
    if (this.closed) return;
    const { pending, failing } = this.status;
    this.timer = pending === 0 ? undefined : this.flushAfter(failing ? RETRY_MS : FLUSH_MS);
  }

  private async flush(): Promise<void> {
    await Promise.all([this.all.flush(), this.errors.flush()]);
    await this.clean();
  }

  /** Once a day, and at the start; also while nothing can be written, because the disk may be full of old files. */
  private async clean(): Promise<void> {
    const now = this.now();
    const today = this.day.of(now);
    if (this.cleanedOn === today) return;
    this.cleanedOn = today;
    try {
      await deleteOlder(this.dir, firstDayKept(now, this.options.keepDays));
    } catch (error) {
      this.cleaningError = problem(`old files: ${(error as { code?: string }).code ?? 'cannot be deleted'}`);
    }
  }
}
