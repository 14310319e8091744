import type { Cluster } from 'node:cluster';
import type { Logger } from '../logging/logger.js';
import { START_FAILED } from './worker-messages.js';
import { WorkerPlace } from './worker-place.js';

/** Periods of the supervision, milliseconds. */
export interface PrimaryTimings {
  /** A worker that was not heard of for this long hangs. */
  readonly hang: number;
  /** The same for one that does not serve yet: loading may block it for long on a busy machine. */
  readonly start: number;
  /** How often that is looked at. */
  readonly check: number;
  /** What the workers get beyond their own shutdown deadline. */
  readonly grace: number;
}

const TIMINGS: PrimaryTimings = { hang: 30_000, start: 60_000, check: 5_000, grace: 2_000 };

export interface PrimaryOptions {
  readonly workers: number;
  readonly logger: Logger;
  /** The workers' shutdown deadline, milliseconds; asked when a stop begins, since it may have been reloaded. */
  readonly shutdownTimeout: () => number;
  /** Told when every worker serves for the first time, and when the address changes after that. */
  readonly onListening?: (url: string) => void;
  readonly timings?: Partial<PrimaryTimings>;
}

/** How the supervision ended. */
export interface PrimaryEnd {
  /** Every worker ended by itself, after being asked. */
  readonly ok: boolean;
  /** Why nothing could be started; for a person. */
  readonly reason?: string;
}

/**
 * Keeps worker processes alive. It serves nothing itself: a request that takes a process down never takes this one.
 *
 * A worker that ends is replaced after a growing pause, one that hangs is killed first. One that cannot even start
 * (configuration, port) ends everything, with the reason, as long as no worker has ever served; later the others go on
 * and it is tried again.
 */
export class Primary {
  private readonly places: readonly WorkerPlace[];
  private readonly timings: PrimaryTimings;
  private readonly url = { told: '', current: '' };
  private served = false;
  private stopping = false;
  private clean = true;
  private failure: string | undefined;
  private checkTimer: NodeJS.Timeout | undefined;
  private deadline: NodeJS.Timeout | undefined;
  private end: ((end: PrimaryEnd) => void) | undefined;

  constructor(
    cluster: Cluster,
    private readonly options: PrimaryOptions,
  ) {
    this.timings = { ...TIMINGS, ...options.timings };
    this.places = Array.from(
      { length: options.workers },
      (_, index) =>
        new WorkerPlace(cluster, index + 1, {
          listening: (place, url) => this.listening(place, url),
          ended: (place, code, signal) => this.ended(place, code, signal),
        }),
    );
  }

  /** Starts the workers; resolves when all have ended after {@link stop}, or when starting is hopeless. */
  run(): Promise<PrimaryEnd> {
    for (const place of this.places) place.start();
    let last = performance.now();
    this.checkTimer = setInterval(() => {
      const now = performance.now();
      // If this process itself was stopped or starved, messages of the workers still wait to be read.
      const late = now - last > 2 * this.timings.check;
      last = now;
      if (!late) this.replaceHanging(now);
    }, this.timings.check);
    return new Promise((resolve) => (this.end = resolve));
  }

  /** Passes the signal on, once, and waits for the workers; what is left after their deadline is killed. */
  stop(signal: NodeJS.Signals): void {
    if (this.stopping) return;
    this.stopping = true;
    clearInterval(this.checkTimer);
    for (const place of this.places) place.stop(signal);
    this.deadline = setTimeout(() => {
      for (const place of this.places) {
        if (place.pid === undefined) continue;
        this.options.logger.error({ worker: place.slot, pid: place.pid }, 'worker did not end in time: killed');
        place.kill();
      }
    }, this.options.shutdownTimeout() + this.timings.grace);
    this.endIfAlone();
  }

  /** Makes the workers that serve read their configuration again; one that is starting does so anyway. */
  reload(): void {
    for (const place of this.places) if (place.listening) place.signal('SIGHUP');
  }

  private listening(place: WorkerPlace, url: string): void {
    const { logger, onListening, workers } = this.options;
    this.served = true;
    this.url.current = url;
    logger.info({ worker: place.slot, pid: place.pid, url }, 'worker serves');
    if (this.url.told === url || this.stopping || !this.places.every(({ listening }) => listening)) return;
    this.url.told = url;
    logger.info({ url, workers, pids: this.places.map(({ pid }) => pid) }, 'all workers serve');
    onListening?.(url);
  }

  private ended(place: WorkerPlace, code: number | null, signal: NodeJS.Signals | null): void {
    const { logger } = this.options;
    if (this.stopping) {
      // A signal ends a worker that had not begun to serve: nothing is lost with it.
      if (code !== 0 && (place.servedMs > 0 || signal === 'SIGKILL')) this.clean = false;
      this.endIfAlone();
      return;
    }
    if (code === START_FAILED && !this.served) {
      this.failure = place.failure ?? 'a worker could not start';
      this.stop('SIGTERM');
      return;
    }
    const restartInMs = place.restart();
    const ending = { worker: place.slot, code, signal, reason: place.failure, servedMs: place.servedMs, restartInMs };
    if (code === 0) logger.warn(ending, 'worker ended by itself, another is started');
    else logger.error(ending, 'worker died, another is started');
  }

  private replaceHanging(now: number): void {
    for (const place of this.places) {
      const silentMs = place.silentMs(now);
      if (silentMs <= (place.listening ? this.timings.hang : this.timings.start)) continue;
      this.options.logger.error({ worker: place.slot, pid: place.pid, silentMs }, 'worker hangs: killed');
      place.kill();
    }
  }

  private endIfAlone(): void {
    if (this.places.some(({ pid }) => pid !== undefined)) return;
    clearTimeout(this.deadline);
    const { failure } = this;
    this.end?.({ ok: this.clean && failure === undefined, ...(failure === undefined ? {} : { reason: failure }) });
  }
}
