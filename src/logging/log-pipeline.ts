import type { ElasticsearchSettings, LoggingSettings } from '../config/logging.settings.js';
import { ElasticsearchSink, type ElasticsearchStatus } from './elasticsearch-sink.js';
import { FileSink, type FileStatus } from './file-sink.js';
import type { LogSink } from './log-sink.js';
import type { Redactor } from './redactor.js';
import { RepeatLimiter, type RepeatLimits, type Repetition } from './repeat-limiter.js';
import { safeLine } from './safe-line.js';
import { SinkWatch, type SinkComplaint } from './sink-watch.js';
import type { StdoutSink, StdoutStatus } from './stdout-sink.js';

/** How long the end of the process waits for each sink, milliseconds. */
const SHIP_MS = 5_000;
const WRITE_MS = 2_000;

const WATCH_MS = 1_000;
const WARN = 40;

/** What `/sys/status` tells about logs. */
export interface LoggingStatus {
  readonly stdout: StdoutStatus;
  readonly files: FileStatus | null;
  readonly elasticsearch: ElasticsearchStatus | null;
}

/** Lines that the pipeline itself has to say; they go its own way like any other. */
export interface PipelineVoice {
  complain(complaint: SinkComplaint): void;
  repeat(repetition: Repetition): void;
}

interface Attached<Sink extends LogSink> {
  readonly sink: Sink;
  readonly watch: SinkWatch;
  /** The settings it was made of. */
  readonly made: string;
}

/**
 * The way of a line out of the process: repeated complaints are held back, secrets masked once, the text made safe for
 * any reader, and the same line goes to stdout and to every sink.
 */
export class LogPipeline {
  private readonly limiter: RepeatLimiter;
  private files: Attached<FileSink> | undefined;
  private elasticsearch: Attached<ElasticsearchSink> | undefined;
  private sinks: readonly LogSink[] = [];
  /** Sinks that a change of the settings has replaced, until they are closed. */
  private readonly retiring = new Set<Promise<void>>();
  private windowTimer: NodeJS.Timeout | undefined;
  private watchTimer: NodeJS.Timeout | undefined;
  private readonly onExit = (): void => this.flush();

  constructor(
    private readonly redactor: Redactor,
    private readonly stdout: StdoutSink | { readonly status: StdoutStatus; write(line: string): void },
    private readonly voice: PipelineVoice,
    limits?: RepeatLimits,
  ) {
    this.limiter = new RepeatLimiter(limits);
  }

  get status(): LoggingStatus {
    return {
      stdout: this.stdout.status,
      files: this.files?.sink.status ?? null,
      elasticsearch: this.elasticsearch?.sink.status ?? null,
    };
  }

  write(line: string, level: number, fields: Readonly<Record<string, unknown>>, message: string | undefined): void {
    if (level >= WARN && !this.admits(level, fields, message)) return;
    const safe = safeLine(this.redactor.redact(line));
    this.stdout.write(safe);
    for (const sink of this.sinks) sink.write(safe, level);
  }

  /** Makes the sinks that the settings want; those whose settings have not changed go on. */
  configure({ dir, keepDays, elasticsearch }: LoggingSettings, worker: number | undefined): void {
    const before = [this.files, this.elasticsearch];
    const file = dir === undefined ? undefined : { dir, keepDays, worker };
    this.files = renewed(this.files, file, 'files', (options) => new FileSink(options));
    this.elasticsearch = renewed(
      this.elasticsearch,
      elasticsearch,
      'elasticsearch',
      (settings: ElasticsearchSettings) => new ElasticsearchSink(settings, (text) => this.redactor.redact(text)),
    );
    const now = [this.files, this.elasticsearch];
    this.attach(now);
    for (const attached of before) if (attached && !now.includes(attached)) this.retire(attached);
  }

  /** Brings everything out, in order: what could not be shipped is told to the files, and both to stdout. */
  async close(): Promise<void> {
    const { files, elasticsearch } = this;
    this.endWindows();
    this.attach([files]);
    if (elasticsearch) await this.end(elasticsearch, SHIP_MS);
    this.attach([]);
    if (files) await this.end(files, WRITE_MS);
    await Promise.all(this.retiring);
    if ('close' in this.stdout) await this.stdout.close();
  }

  /** The same at once, when there is no time left: nothing more is shipped, and what was not is told. */
  flush(): void {
    const { files, elasticsearch } = this;
    this.endWindows();
    this.attach([files]);
    elasticsearch?.sink.closeNow();
    this.complain(elasticsearch?.watch.last());
    this.attach([]);
    files?.sink.closeNow();
    this.complain(files?.watch.last());
    if ('flush' in this.stdout) this.stdout.flush();
  }

  private admits(level: number, fields: Readonly<Record<string, unknown>>, message: string | undefined): boolean {
    const now = Date.now();
    const admitted = this.limiter.admits({ level, message, fields }, now);
    const { nextEnd } = this.limiter;
    if (nextEnd !== undefined)
      this.windowTimer ??= setTimeout(() => this.endWindows(Date.now()), nextEnd - now).unref();
    return admitted;
  }

  /** Tells what was held back in the windows that are over; in all of them when the process ends. */
  private endWindows(now?: number): void {
    clearTimeout(this.windowTimer);
    this.windowTimer = undefined;
    for (const repetition of this.limiter.endWindows(now)) this.voice.repeat(repetition);
    const { nextEnd } = this.limiter;
    if (nextEnd === undefined || now === undefined) return;
    this.windowTimer = setTimeout(() => this.endWindows(Date.now()), Math.max(1, nextEnd - now)).unref();
  }

  /** From now on lines go to these sinks. */
  private attach(attached: readonly (Attached<LogSink> | undefined)[]): void {
    const present = attached.filter((entry) => entry !== undefined);
    this.sinks = present.map(({ sink }) => sink);
    clearInterval(this.watchTimer);
    process.off('exit', this.onExit);
    if (present.length === 0) return;
    process.once('exit', this.onExit);
    this.watchTimer = setInterval(() => {
      for (const { watch } of present) this.complain(watch.check(Date.now()));
    }, WATCH_MS).unref();
  }

  private retire(attached: Attached<LogSink>): void {
    const ending = this.end(attached, SHIP_MS).finally(() => this.retiring.delete(ending));
    this.retiring.add(ending);
  }

  private async end({ sink, watch }: Attached<LogSink>, milliseconds: number): Promise<void> {
    await sink.close(milliseconds);
    this.complain(watch.last());
  }

  private complain(complaint: SinkComplaint | undefined): void {
    if (complaint) this.voice.complain(complaint);
  }
}

/** The same sink when its settings are the same, else a new one, or none. */
function renewed<Settings, Sink extends LogSink>(
  current: Attached<Sink> | undefined,
  settings: Settings | undefined,
  name: string,
  make: (settings: Settings) => Sink,
): Attached<Sink> | undefined {
  if (settings === undefined) return undefined;
  const made = JSON.stringify(settings);
  if (current?.made === made) return current;
  const sink = make(settings);
  return { sink, watch: new SinkWatch(name, sink), made };
}
