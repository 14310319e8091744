import { InjectQueue } from '@nestjs/bull';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { Queue } from 'bull';
import type { Logger } from '../../logging/logger.js';
import { LOGGER } from '../../logging/logging.module.js';
import type { WakeQueue } from '../wake-queue.js';
import { BullConnections } from './bull-connections.js';

/** Name of the queue; its keys start with `{mc}:deliveries:`. */
export const QUEUE_NAME = 'deliveries';

/** One line about queue errors per this long, milliseconds: reconnecting makes many. */
const REPORT_MS = 60_000;

/** How long a Redis that does not answer may hold up a shutdown, milliseconds; twice. */
const CLOSE_MS = 1_500;

/** Everything about a job is in the record: the job itself leaves no trace. */
const JOB = { removeOnComplete: true, removeOnFail: true, attempts: 1, stackTraceLimit: 1 } as const;

/**
 * Wake-ups through Bull. Bull's own promises (retries, delays, limits) are not used: it only carries ids. Bull 4 is in
 * maintenance; this folder is all that knows it.
 */
@Injectable()
export class BullWakeQueue implements WakeQueue, OnApplicationShutdown {
  private readonly running = new Set<Promise<void>>();
  private closing: Promise<void> | undefined;
  private lastReport = 0;
  /** Redis refused to write for want of memory when it was last asked. */
  full = false;

  constructor(
    @InjectQueue(QUEUE_NAME) private readonly queue: Queue<{ readonly id: string }>,
    private readonly connections: BullConnections,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    forgiveNaming(queue);
    queue.on('error', (error: Error & { code?: string }) => {
      this.notice(error);
      this.report(error.code ?? error.name);
    });
    // The hook that @nestjs/bull gives a queue waits without end.
    Object.assign(queue, { onApplicationShutdown: () => this.onApplicationShutdown() });
  }

  async wake(id: string, again = false): Promise<void> {
    if (!this.connections.ready) throw new Error('the queue is away');
    try {
      // Our own job id: the same delivery waits in the queue at most once, and a repeated command adds nothing. The
      // job of a worker that is gone keeps its id until Bull notices, so a repeat has another.
      await this.queue.add({ id }, { ...JOB, jobId: again ? `${id}.again` : id });
      this.full = false;
    } catch (error) {
      this.notice(error as Error);
      throw error;
    }
  }

  async work(concurrency: number, onWake: (id: string) => Promise<void>): Promise<void> {
    // Bull's promise of process() settles when the queue is closed: it must not be waited for here.
    void this.queue
      .process(concurrency, (job) => this.follow(onWake(job.data.id)))
      .catch((error: unknown) => this.report(String(error)));
    await Promise.resolve();
  }

  async depth(): Promise<number | undefined> {
    if (!this.connections.ready) return undefined;
    // Not Bull's own count: it asks in a transaction, which a full Redis refuses.
    return this.queue.client.llen(this.queue.toKey('wait')).catch(() => undefined);
  }

  /** Stops taking jobs and waits for the running ones; the connections are closed by their owner. */
  async close(): Promise<void> {
    const paused = this.queue.pause(true, false).catch(() => undefined);
    await Promise.race([paused, this.idle()]);
  }

  onApplicationShutdown(): Promise<void> {
    return (this.closing ??= this.disconnect());
  }

  private async disconnect(): Promise<void> {
    // Bull waits for a Redis that is away; without connections it has nothing to wait for.
    const cut = setTimeout(() => this.connections.close(), CLOSE_MS);
    await this.queue.close().catch(() => undefined);
    clearTimeout(cut);
    this.connections.close();
  }

  private async follow(work: Promise<void>): Promise<void> {
    this.running.add(work);
    await work.finally(() => this.running.delete(work));
  }

  /** Resolves when no job runs any more, and not before Redis had time to answer. */
  private async idle(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, CLOSE_MS));
    await Promise.allSettled(this.running);
  }

  private notice({ message }: Error): void {
    if (/\bOOM\b|maxmemory/.test(message)) this.full = true;
  }

  private report(reason: string): void {
    const now = Date.now();
    if (now - this.lastReport < REPORT_MS) return;
    this.lastReport = now;
    this.logger.warn({ reason: reason.slice(0, 100) }, 'delivery queue: error, trying again');
  }
}

/**
 * Bull gives its blocking connection a name and waits for nobody: a connection that breaks meanwhile would be a
 * rejection that nobody handles, which ends the process. The name only helps people who look at Redis.
 */
function forgiveNaming(queue: Queue): void {
  const naming = queue as unknown as { setWorkerName(): Promise<unknown> };
  const setName = naming.setWorkerName.bind(queue);
  naming.setWorkerName = () => setName().catch(() => undefined);
}
