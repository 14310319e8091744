import { randomUUID } from 'node:crypto';
import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import type { RedisService } from '../redis/redis.service.js';
import { atMost } from './at-most.js';

/** China has no daylight saving time. */
const SHANGHAI_MS = 8 * 3_600_000;
/** How often counts are brought to Redis, milliseconds: this much is lost at most when a process is killed. */
const SYNC_MS = 2_000;
/** How long start and end of the process wait for a Redis that does not answer, milliseconds. */
const PATIENCE_MS = 300;
/** Hash of the calls of one month, field `provider/app`. */
export const CALLS_KEY = '{mc}:calls:';

/**
 * Adds the counts of one batch, once: the number of the last batch of each writer is kept, so a batch whose answer was
 * lost can be sent again. Gives back the whole month.
 */
const SCRIPT = `
if #ARGV > 1 and tonumber(redis.call('GET', KEYS[2]) or '0') < tonumber(ARGV[1]) then
  for i = 2, #ARGV, 2 do redis.call('HINCRBY', KEYS[1], ARGV[i], ARGV[i + 1]) end
  redis.call('EXPIRE', KEYS[1], 34560000)
  redis.call('SET', KEYS[2], ARGV[1], 'EX', 86400)
end
return redis.call('HGETALL', KEYS[1])
`;

type Counts = ReadonlyMap<string, number>;

interface Batch {
  readonly number: number;
  readonly month: string;
  readonly counts: Counts;
}

/** The calls of this month, as `/sys/status` shows them. */
export interface MonthReport {
  /** `2026-11`, in the time zone of the platforms. */
  readonly month: string;
  /** True: of all processes together, kept in Redis. False: of this process since it started. */
  readonly shared: boolean;
  /** By `provider/app`. */
  readonly calls: Readonly<Record<string, number>>;
}

/**
 * Counts the calls of each app in the calendar month of China, which is how the platforms count. In Redis where there
 * is one, so that the count is that of all processes and survives restarts; in memory otherwise. Counting itself only
 * touches memory: Redis is told every other second, and while it is away nothing is lost.
 */
export class MonthLedger implements OnApplicationBootstrap, OnApplicationShutdown {
  /** Counted here and not yet on the way to Redis, by month. */
  private readonly pending = new Map<string, Map<string, number>>();
  /** On its way to Redis; sent again until Redis confirms it. */
  private batch: Batch | undefined;
  private batches = 0;
  /** What Redis said last. */
  private stored: { readonly month: string; readonly counts: Counts } = { month: '', counts: new Map() };
  private readonly writer = randomUUID();
  private running: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private told = { minute: -1, month: '' };

  /** @param now epoch milliseconds */
  constructor(
    private readonly redis: Pick<RedisService, 'configured' | 'client'>,
    private readonly now: () => number = Date.now,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    if (!this.redis.configured) return;
    await atMost(PATIENCE_MS, this.sync());
    this.timer = setInterval(() => void this.sync(), SYNC_MS).unref();
  }

  /** After the HTTP server is closed: requests in flight at SIGTERM are counted too. */
  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await atMost(PATIENCE_MS, this.bringHome());
  }

  /** Is the count that of all processes? */
  get shared(): boolean {
    return this.redis.configured;
  }

  /** One more call of an app, `dingtalk/default`. */
  count(app: string): void {
    const month = this.month();
    let counts = this.pending.get(month);
    if (!counts) {
      // Without Redis nobody will ever ask for the month before.
      if (!this.redis.configured) this.pending.clear();
      counts = new Map();
      this.pending.set(month, counts);
    }
    counts.set(app, (counts.get(app) ?? 0) + 1);
  }

  /** The month so far, as far as this process knows: Redis is not asked. */
  report(): MonthReport {
    const month = this.month();
    const parts = [
      this.stored.month === month ? this.stored.counts : undefined,
      this.batch?.month === month ? this.batch.counts : undefined,
      this.pending.get(month),
    ];
    const calls: Record<string, number> = {};
    for (const part of parts) for (const [app, count] of part ?? []) calls[app] = (calls[app] ?? 0) + count;
    return { month, shared: this.shared, calls };
  }

  /** Brings the counts to Redis and reads those of the others. While Redis is away it does nothing; never throws. */
  sync(): Promise<void> {
    this.running ??= this.exchange().finally(() => (this.running = undefined));
    return this.running;
  }

  private async bringHome(): Promise<void> {
    await this.running;
    await this.sync();
  }

  private async exchange(): Promise<void> {
    for (;;) {
      const { client } = this.redis;
      if (!client) return;
      this.batch ??= this.nextBatch();
      const { number, month, counts } = this.batch;
      const answer = await client
        .eval(
          SCRIPT,
          2,
          CALLS_KEY + month,
          `${CALLS_KEY}writer:${this.writer}`,
          number,
          ...[...counts].flatMap(([app, count]) => [app, count]),
        )
        .catch(() => undefined);
      if (!Array.isArray(answer)) return;
      this.stored = { month, counts: pairs(answer as string[]) };
      this.batch = undefined;
      // Months come in order; the current one is the last, with or without counts of ours.
      if (month >= this.month()) return;
    }
  }

  private nextBatch(): Batch {
    const [month = this.month()] = [...this.pending.keys()].toSorted();
    const counts = this.pending.get(month) ?? new Map<string, number>();
    this.pending.delete(month);
    this.batches += 1;
    return { number: this.batches, month, counts };
  }

  private month(): string {
    const now = this.now();
    // Asked for every call; it is worked out once a minute. A month begins with a minute.
    const minute = Math.floor(now / 60_000);
    if (minute !== this.told.minute)
      this.told = { minute, month: new Date(now + SHANGHAI_MS).toISOString().slice(0, 7) };
    return this.told.month;
  }
}

function pairs(flat: readonly string[]): Counts {
  const counts = new Map<string, number>();
  for (let index = 0; index + 1 < flat.length; index += 2) counts.set(flat[index] as string, Number(flat[index + 1]));
  return counts;
}
