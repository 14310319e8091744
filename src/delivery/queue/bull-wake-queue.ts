import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { InjectQueue } from '@nestjs/bull';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { Queue } from 'bull';
import type { Logger } from '../../logging/logger.js';
import { LOGGER } from '../../logging/logging.module.js';
import { TurnBatch } from '../../redis/turn-batch.js';
import type { OnWake, WakeQueue } from '../wake-queue.js';
import { BullConnections } from './bull-connections.js';
import { once, Slots } from './slots.js';

/** Name of the queue; its keys start with `{mc}:deliveries:`. */
export const QUEUE_NAME = 'deliveries';

/** One line about queue errors per this long, milliseconds: reconnecting makes many. */
const REPORT_MS = 60_000;

/** How long a Redis that does not answer may hold up a shutdown, milliseconds; twice. */
const CLOSE_MS = 1_500;

/** Wake-ups that travel in one job at most: a job costs more than beginning a delivery, and goes to one worker. */
const MOST_IN_A_JOB = 32;
/** Jobs a worker holds at once. Each is done when its deliveries have begun; what did not find room yet waits here. */
const JOBS_AT_ONCE = 4;
/**
 * A wake-up that comes within so many milliseconds after a job travels in the next one: a process that accepts hundreds
 * in a second adds 200 jobs in a second at most, unless they are full. A quiet one adds at once.
 */
const PAUSING = { pauseMs: 5 } as const;
/** Waiting jobs that are looked at to count wake-ups; of more it is an estimate. */
const COUNTED_JOBS = 1_000;

/** What a job carries. Most carry one id. */
interface WakeJob {
  readonly id: string;
  readonly more?: readonly string[];
}

/** Everything about a job is in the record: the job itself leaves no trace. */
const JOB = { removeOnComplete: true, removeOnFail: true, attempts: 1, stackTraceLimit: 1 } as const;

/**
 * Wake-ups through Bull. Bull's own promises (retries, delays, limits) are not used: it only carries ids. A job ends
 * when its deliveries have begun, for from then on their records say what becomes of them. Bull 4 is in maintenance; this
 * folder is all that knows it.
 */
@Injectable()
export class BullWakeQueue implements WakeQueue, OnApplicationShutdown {
  /** Deliveries that are being worked on; {@link whenIdle} is told when there are none any more. */
  private running = 0;
  private whenIdle: (() => void) | undefined;
  private readonly first = new TurnBatch<string, true>(MOST_IN_A_JOB, (ids) => this.add(ids, ''), PAUSING);
  private readonly again = new TurnBatch<string, true>(MOST_IN_A_JOB, (ids) => this.add(ids, '.again'), PAUSING);
  private readonly mark = randomBytes(6).toString('base64url');
  private jobs = 0;
  private slots: Slots | undefined;
  private closing: Promise<void> | undefined;
  private lastReport = 0;
  /** Redis refused to write for want of memory when it was last asked. */
  full = false;

  constructor(
    @InjectQueue(QUEUE_NAME) private readonly queue: Queue<WakeJob>,
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
    await (again ? this.again : this.first).add(id);
  }

  async work(concurrency: number, onWake: OnWake): Promise<void> {
    // Bull's promise of process() settles when the queue is closed: it must not be waited for here.
    const slots = (this.slots = new Slots(concurrency));
    void this.queue
      .process(Math.min(concurrency, JOBS_AT_ONCE), ({ data }) =>
        this.start([data.id, ...(data.more ?? [])], slots, onWake),
      )
      .catch((error: unknown) => this.report(String(error)));
    await Promise.resolve();
  }

  async depth(): Promise<number | undefined> {
    if (!this.connections.ready) return undefined;
    const { client } = this.queue;
    const key = this.queue.toKey('wait');
    try {
      // Not Bull's own count: it asks in a transaction, which a full Redis refuses.
      const [jobs, ids] = await Promise.all([client.llen(key), client.lrange(key, 0, COUNTED_JOBS - 1)]);
      const counted = ids.reduce((sum, id) => sum + wakeUpsOf(id), 0);
      return jobs <= ids.length ? counted : Math.round((counted / COUNTED_JOBS) * jobs);
    } catch {
      return undefined;
    }
  }

  /**
   * Stops taking jobs, hands back what has not begun, and waits for what runs, unless Redis does not answer; the
   * connections are closed by their owner.
   */
  async close(): Promise<void> {
    this.slots?.close();
    const paused = this.queue.pause(true, false).catch(() => undefined);
    await Promise.race([paused, sleep(CLOSE_MS)]);
    if (this.running > 0) await new Promise<void>((resolve) => (this.whenIdle = resolve));
  }

  onApplicationShutdown(): Promise<void> {
    return (this.closing ??= this.disconnect());
  }

  private async disconnect(): Promise<void> {
    for (const batch of [this.first, this.again]) batch.flush();
    // Bull waits for a Redis that is away, and now and then for the end of a connection that has ended already: it is
    // given a while, then its connections are taken from it.
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise((resolve) => (timer = setTimeout(resolve, CLOSE_MS)));
    await Promise.race([this.queue.close().catch(() => undefined), late]);
    clearTimeout(timer);
    this.connections.close();
  }

  private async add(ids: readonly string[], suffix: string): Promise<readonly true[]> {
    if (!this.connections.ready) throw new Error('the queue is away');
    const [id, ...more] = ids as [string, ...string[]];
    try {
      await (more.length === 0
        ? // Our own job id: the same delivery waits in the queue at most once, and a repeated command adds nothing. The
          // job of a worker that is gone keeps its id until Bull notices, so a repeat has another.
          this.queue.add({ id }, { ...JOB, jobId: id + suffix })
        : this.queue.add({ id, more }, { ...JOB, jobId: `${id}.${this.nextMark()}+${more.length}` }));
      this.full = false;
      return ids.map(() => true);
    } catch (error) {
      this.notice(error as Error);
      throw error;
    }
  }

  /** Two jobs may begin with the same id: they are not the same. */
  private nextMark(): string {
    this.jobs += 1;
    return this.mark + this.jobs.toString(36);
  }

  /** Begins what a job wakes for, each as soon as there is room; returns when all have begun. */
  private async start(ids: readonly string[], slots: Slots, onWake: OnWake): Promise<void> {
    for (const [i, id] of ids.entries()) {
      const place = slots.take();
      if (place === true || (await place)) this.follow(id, slots, onWake);
      else return this.handBack(ids.slice(i));
    }
  }

  private follow(id: string, slots: Slots, onWake: OnWake): void {
    const makeRoom = once(() => slots.giveBack());
    this.running += 1;
    void onWake(id, makeRoom).finally(() => {
      this.running -= 1;
      makeRoom();
      if (this.running === 0) this.whenIdle?.();
    });
  }

  /** To other workers; what cannot be handed back is found by the sweeper. */
  private async handBack(ids: readonly string[]): Promise<void> {
    // Not under the id of the job that they came with: that is there until it is over.
    await this.add(ids, `.${this.nextMark()}`).catch(() => undefined);
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

/** How many wake-ups are in a job, as its id says. */
function wakeUpsOf(jobId: string): number {
  return 1 + Number(/\+(\d+)$/.exec(jobId)?.[1] ?? 0);
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
