import type { LogSink } from './log-sink.js';

/** At most one line in this time about one sink, milliseconds. */
const EVERY_MS = 60_000;

/** A line about a sink, for the log. */
export interface SinkComplaint {
  readonly level: 'info' | 'warn' | 'error';
  readonly fields: Readonly<Record<string, unknown>>;
  readonly message: string;
}

/** Says when lines do not reach a sink, how many are lost for good, and when it works again. */
export class SinkWatch {
  private told = 0;
  private toldAt = Number.NEGATIVE_INFINITY;
  private failing = false;

  /**
   * @param name where the lines should arrive, as people call it
   */
  constructor(
    private readonly name: string,
    private readonly sink: LogSink,
  ) {}

  /** Asked every second; answers at most once a minute while something is wrong. */
  check(now: number): SinkComplaint | undefined {
    const { dropped, failing } = this.sink.status;
    if (failing || dropped > this.told) {
      if (now - this.toldAt < EVERY_MS) return undefined;
      this.toldAt = now;
      this.failing = failing;
      return this.complaint();
    }
    if (!this.failing) return undefined;
    this.failing = false;
    return { level: 'info', fields: { sink: this.name, dropped }, message: 'log lines arrive again' };
  }

  /** The last word, when the sink is closed: what was lost and not told yet. */
  last(): SinkComplaint | undefined {
    return this.sink.status.dropped > this.told ? this.complaint() : undefined;
  }

  private complaint(): SinkComplaint {
    const { dropped, pending, lastError } = this.sink.status;
    const lost = dropped - this.told;
    this.told = dropped;
    return {
      level: lost > 0 ? 'error' : 'warn',
      fields: { sink: this.name, lost, dropped, pending, reason: lastError?.reason },
      message: lost > 0 ? 'log lines were lost' : 'log lines do not arrive, they wait in memory',
    };
  }
}
