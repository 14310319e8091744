import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import type { ElasticsearchSettings } from '../config/logging.settings.js';
import { backoff } from './backoff.js';
import { BulkClient } from './bulk-client.js';
import { readBulkAnswer, type BulkVerdict, type LineFate } from './bulk-verdict.js';
import { problem, type LogSink, type SinkProblem, type SinkStatus } from './log-sink.js';

/** While others of the same batch get through, a line is tried so often; then it is the line. */
const MAX_TRIES = 10;

/** Pause between two tries while the process wants to end, milliseconds. */
const CLOSING_RETRY_MS = 200;

/** What the action, the time and the object around a line cost in memory, about, bytes. */
const OVERHEAD = 150;

export interface ElasticsearchStatus extends SinkStatus {
  /** Lines that Elasticsearch has confirmed. */
  readonly shipped: number;
  /** Why lines were dropped: no room left, refused by Elasticsearch, not confirmed when the process ended. */
  readonly droppedBecause: { readonly bufferFull: number; readonly refused: number; readonly shutdown: number };
}

interface Entry {
  readonly line: string;
  readonly at: number;
  readonly id: number;
  tries: number;
}

/**
 * Ships lines to the `_bulk` API, one request at a time. A line that was taken in is sent until Elasticsearch confirms
 * it (at least once); each has an id of its own and is only ever created, so a repeated batch makes no second document.
 * A line that cannot be shipped is counted under its reason.
 */
export class ElasticsearchSink implements LogSink {
  private readonly client: BulkClient;
  private readonly minLevel: number;
  /** Makes the ids of this process its own. */
  private readonly origin = randomUUID();
  private nextId = 0;
  private readonly queue: Entry[] = [];
  private inFlight: readonly Entry[] = [];
  /** What the queue and the batch in flight hold, about, bytes. */
  private size = 0;
  /** Lines of the next batch at most; fewer after a batch was not wanted as a whole. */
  private portion: number;
  private sending: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;
  /** The timer is not to be shortened by further lines: it rests after a failure, or fires at once anyway. */
  private fixed = false;
  private failures = 0;
  private closed = false;
  private ended = false;
  private shipped = 0;
  private readonly dropped = { bufferFull: 0, refused: 0, shutdown: 0 };
  private lastError: SinkProblem | null = null;

  /**
   * @param mask takes secrets out of what Elasticsearch says about an error
   */
  constructor(
    private readonly settings: ElasticsearchSettings,
    private readonly mask: (text: string) => string,
  ) {
    this.client = new BulkClient(settings);
    this.minLevel = pino.levels.values[settings.level] ?? 0;
    this.portion = settings.batchLines;
  }

  get status(): ElasticsearchStatus {
    const { bufferFull, refused, shutdown } = this.dropped;
    return {
      shipped: this.shipped,
      pending: this.queue.length + this.inFlight.length,
      dropped: bufferFull + refused + shutdown,
      droppedBecause: { bufferFull, refused, shutdown },
      failing: this.failures > 0 && this.queue.length + this.inFlight.length > 0,
      lastError: this.lastError,
    };
  }

  write(line: string, level: number): void {
    if (level < this.minLevel) return;
    if (this.closed) {
      this.dropped.shutdown += 1;
      return;
    }
    const size = sizeOf(line);
    if (this.size + size > this.settings.bufferBytes) {
      this.dropped.bufferFull += 1;
      return;
    }
    this.size += size;
    this.queue.push({ line, at: Date.now(), id: this.nextId, tries: 0 });
    this.nextId += 1;
    if (!this.sending) this.plan();
  }

  async close(milliseconds: number): Promise<void> {
    this.closed = true;
    clearTimeout(this.timer);
    const deadline = new AbortController();
    const late = sleep(milliseconds, undefined, { signal: deadline.signal }).then(
      () => this.closeNow(),
      () => undefined,
    );
    await Promise.race([this.shipAll(), late]);
    deadline.abort();
    this.closeNow();
  }

  closeNow(): void {
    if (this.ended) return;
    this.closed = true;
    this.ended = true;
    clearTimeout(this.timer);
    this.client.close();
    // A batch in flight may have arrived; nobody will ever know, so it counts as dropped.
    this.dropped.shutdown += this.queue.length + this.inFlight.length;
    this.queue.length = 0;
    this.inFlight = [];
  }

  private async shipAll(): Promise<void> {
    await this.sending;
    while (this.queue.length > 0 && !this.ended) {
      await this.ship();
      if (this.failures > 0) await sleep(CLOSING_RETRY_MS);
    }
  }

  /** Sees to it that what waits is sent: at once when it makes a batch, soon otherwise, later after a failure. */
  private plan(): void {
    if (this.closed || this.queue.length === 0 || (this.timer && this.fixed)) return;
    const full = this.queue.length >= this.portion || this.size >= this.settings.batchBytes;
    if (this.timer && !full) return;
    clearTimeout(this.timer);
    this.fixed = full || this.failures > 0;
    const pause = full ? 0 : this.settings.interval;
    const wait = this.failures > 0 ? backoff(this.failures, Math.random()) : pause;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.sending = this.ship().finally(() => {
        this.sending = undefined;
        this.plan();
      });
    }, wait).unref();
  }

  private async ship(): Promise<void> {
    const batch = this.take();
    this.inFlight = batch;
    let verdict: BulkVerdict;
    try {
      verdict = readBulkAnswer(await this.client.send(this.bodyOf(batch), this.settings.timeout), batch.length);
    } catch (error) {
      verdict = { kind: 'again', reason: error instanceof Error ? error.message : 'failed' };
    }
    if (this.ended) return;
    this.inFlight = [];
    if (verdict.reason !== undefined) this.lastError = problem(this.mask(verdict.reason));
    this.settle(batch, verdict);
  }

  private settle(batch: readonly Entry[], verdict: BulkVerdict): void {
    if (verdict.kind === 'each') {
      this.settleEach(batch, verdict.fates);
    } else if (verdict.kind === 'split' && batch.length > 1) {
      this.portion = Math.ceil(batch.length / 2);
      this.queue.unshift(...batch);
    } else {
      this.failures += 1;
      if (verdict.kind === 'split') this.finish(batch, 'refused');
      else this.queue.unshift(...batch);
    }
  }

  private settleEach(batch: readonly Entry[], fates: readonly LineFate[]): void {
    const progress = fates.some((fate) => fate !== 'again');
    const again: Entry[] = [];
    for (const [index, entry] of batch.entries()) {
      const fate = fates[index] as LineFate;
      if (progress) entry.tries += 1;
      if (fate !== 'again') this.finish([entry], fate);
      else if (entry.tries < MAX_TRIES) again.push(entry);
      else this.finish([entry], 'refused');
    }
    this.queue.unshift(...again);
    this.portion = Math.min(this.settings.batchLines, this.portion * 2);
    if (again.length === 0) this.failures = 0;
    else this.failures = progress ? 1 : this.failures + 1;
  }

  private finish(entries: readonly Entry[], fate: 'shipped' | 'refused'): void {
    for (const { line } of entries) this.size -= sizeOf(line);
    if (fate === 'shipped') this.shipped += entries.length;
    else this.dropped.refused += entries.length;
  }

  /** The next lines: at least one, at most a portion, and no more bytes than wanted. */
  private take(): readonly Entry[] {
    let count = 0;
    let bytes = 0;
    for (const { line } of this.queue) {
      bytes += sizeOf(line);
      if (count === this.portion || (count > 0 && bytes > this.settings.batchBytes)) break;
      count += 1;
    }
    return this.queue.splice(0, count);
  }

  private bodyOf(batch: readonly Entry[]): string {
    let body = '';
    for (const { line, at, id } of batch) {
      const time = new Date(at).toISOString();
      const day = time.slice(0, 10).replaceAll('-', '.');
      body += `{"create":{"_index":"${this.settings.index}-${day}","_id":"${this.origin}-${id.toString(36)}"}}\n`;
      body += `{"@timestamp":"${time}",${line.slice(1)}`;
    }
    return body;
  }
}

function sizeOf(line: string): number {
  return line.length + OVERHEAD;
}
