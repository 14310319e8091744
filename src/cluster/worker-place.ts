import type { Cluster, Worker } from 'node:cluster';
import { RestartBackoff } from './restart-backoff.js';
import { WORKER_SLOT, workerMessage } from './worker-messages.js';

/** Told about the worker of a place. */
export interface PlaceEvents {
  listening(place: WorkerPlace, url: string): void;
  /** It ended, whatever the reason; the place is empty now. */
  ended(place: WorkerPlace, code: number | null, signal: NodeJS.Signals | null): void;
}

/** One of n places, in which one worker process after another serves. */
export class WorkerPlace {
  /** Why the worker said that it cannot start. */
  failure: string | undefined;
  /** How long the worker that ended had served, milliseconds; 0 when it never did. */
  servedMs = 0;
  private worker: Worker | undefined;
  private heardAt = 0;
  private servesSince: number | undefined;
  private timer: NodeJS.Timeout | undefined;
  private readonly backoff = new RestartBackoff();

  /** @param slot number of the place, 1 to n: the worker's name in logs and file names */
  constructor(
    private readonly cluster: Cluster,
    readonly slot: number,
    private readonly events: PlaceEvents,
  ) {}

  /** Process id of the worker; undefined while there is none. */
  get pid(): number | undefined {
    return this.worker?.process.pid;
  }

  get listening(): boolean {
    return this.servesSince !== undefined;
  }

  start(): void {
    const worker = this.cluster.fork({ [WORKER_SLOT]: String(this.slot) });
    this.worker = worker;
    this.failure = undefined;
    this.heardAt = performance.now();
    worker.on('message', (message: unknown) => this.receive(message));
    worker.once('exit', (code: number | null, signal: NodeJS.Signals | null) => this.leave(worker, code, signal));
    // No process came to be (no memory, too many processes), or a message met a worker that is ending.
    worker.on('error', () => {
      if (worker.process.pid === undefined) this.leave(worker, null, null);
    });
  }

  /** Starts another worker after a pause; gives back its length in milliseconds. */
  restart(): number {
    const pause = this.backoff.next(this.servedMs);
    this.timer = setTimeout(() => this.start(), pause);
    return pause;
  }

  signal(name: NodeJS.Signals): void {
    this.worker?.process.kill(name);
  }

  /** No more worker after this one. */
  stop(signal: NodeJS.Signals): void {
    clearTimeout(this.timer);
    this.signal(signal);
  }

  kill(): void {
    this.signal('SIGKILL');
  }

  /** How long nothing was heard of the worker, milliseconds; 0 while there is none. */
  silentMs(now: number): number {
    return this.worker ? Math.round(now - this.heardAt) : 0;
  }

  private receive(message: unknown): void {
    this.heardAt = performance.now();
    const told = workerMessage(message);
    if (told?.type === 'worker:failed') this.failure = told.reason;
    if (told?.type !== 'worker:listening') return;
    this.servesSince = performance.now();
    this.events.listening(this, told.url);
  }

  private leave(worker: Worker, code: number | null, signal: NodeJS.Signals | null): void {
    if (this.worker !== worker) return;
    this.worker = undefined;
    this.servedMs = this.servesSince === undefined ? 0 : Math.round(performance.now() - this.servesSince);
    this.servesSince = undefined;
    this.events.ended(this, code, signal);
  }
}
