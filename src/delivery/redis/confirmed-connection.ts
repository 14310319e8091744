import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { StoreUnansweredError } from '../delivery-store.js';
import type { RedisSource } from './delivery-commands.js';
import { DurabilityError } from './durability.js';

/** How it is waited for a confirmation; times in milliseconds. */
interface Manner {
  /** Who did not confirm, for the error. */
  readonly who: string;
  /** Longest wait; it ends before the store gives up (1.9 s). */
  readonly confirmMs: number;
  /** Connections that may wait at the same time. */
  readonly connections: number;
  /** Deliveries that are accepted within this time wait together. */
  readonly gatherMs: number;
}

const MANNERS: Readonly<Record<'replica' | 'disk', Manner>> = {
  // A replica confirms within a round trip: whoever comes meanwhile waits for the next one.
  replica: { who: 'no replica', confirmMs: 1_000, connections: 1, gatherMs: 0 },
  // With `appendfsync everysec` Redis asks the disk once a second, by a clock of ten ticks a second: 1.1 s measured on
  // Redis 8.0. Whoever waited for a connection that waits already would miss that and wait for the next second too.
  disk: { who: 'the disk did not', confirmMs: 1_400, connections: 12, gatherMs: 100 },
};
/** A command may take this much longer than the wait that it asks for. */
const SLACK_MS = 300;
const HEARTBEAT_MS = 4_000;

/** Rounds of the probe, and how long each waits for the disk, milliseconds. */
const PROBES = 4;
const PROBE_MS = 250;
/** Four fsyncs, one a second at most, need more than this, milliseconds. */
const HONEST_MS = 900;
/** Where it was measured (8.0.1, 8.1.1, 9.1.2), a slow disk must not hide it from the probe. */
const KNOWN_EARLY = /^valkey_version:(?:8\.|9\.[01]\.)/m;
const TOO_EARLY =
  'delivery.durability is disk: WAITAOF of this server confirms what is not on the disk yet (Valkey 8 and 9, Redis ' +
  '7.4: redis/redis#13793), set appendfsync always instead, and let this user run CONFIG GET so that it is seen';

/** A connection with what is known of it. */
interface Line {
  readonly client: Redis;
  /** Each connection confirms only what it has written itself: counts how often it broke. */
  epoch: number;
}

/** Deliveries that are written over one connection and confirmed together. */
interface Batch {
  readonly line: Promise<Line>;
  readonly writes: Promise<unknown>[];
  readonly confirmation: Promise<void>;
}

/**
 * The connections that accept deliveries when a replica or the disk has to confirm them. They are its own, for WAIT and
 * WAITAOF hold up everything behind them.
 */
export class ConfirmedConnection {
  private readonly manner: Manner;
  private readonly lines: Line[] = [];
  private readonly idle: Line[] = [];
  private readonly waiting: ((line: Line) => void)[] = [];
  private gathering: Batch | undefined;
  /** Does WAITAOF of this Redis mean what it says? Asked again when a connection broke: it may be another Redis. */
  private honest: Promise<boolean> | undefined;
  private readonly heartbeat: NodeJS.Timeout;

  constructor(
    private readonly source: RedisSource,
    private readonly durability: 'replica' | 'disk',
  ) {
    this.manner = MANNERS[durability];
    // Keeps an idle connection from looking dead to socketTimeout.
    const beat = (): void => this.lines.forEach(({ client }) => void client.ping().catch(() => undefined));
    this.heartbeat = setInterval(beat, HEARTBEAT_MS).unref();
  }

  /** Writes, and returns when it is confirmed. */
  async confirmed<T>(write: (client: Redis) => Promise<T>): Promise<T> {
    if (this.durability === 'disk' && !(await this.isHonest())) throw new StoreUnansweredError(TOO_EARLY);
    const batch = (this.gathering ??= this.gather());
    const line = batch.line;
    let epoch = 0;
    const writing = line.then((connected) => {
      ({ epoch } = connected);
      return write(connected.client);
    });
    batch.writes.push(writing);
    const written = await writing;
    await batch.confirmation;
    if ((await line).epoch !== epoch)
      throw new StoreUnansweredError('the connection broke; the delivery may have been accepted');
    return written;
  }

  /**
   * Finds out whether WAITAOF waits for the disk.
   * @throws DurabilityError when it does not
   */
  async verify(): Promise<void> {
    if (!(await this.isHonest())) throw new DurabilityError(TOO_EARLY);
  }

  close(): void {
    clearInterval(this.heartbeat);
    for (const { client } of this.lines) client.disconnect();
  }

  private gather(): Batch {
    const line = this.take();
    const writes: Promise<unknown>[] = [];
    const confirm = async (): Promise<void> => {
      let connected: Line | undefined;
      try {
        connected = await line;
        await sleep(this.manner.gatherMs);
      } finally {
        this.gathering = undefined;
      }
      try {
        const ends = await Promise.allSettled(writes);
        if (ends.some(({ status }) => status === 'fulfilled')) await this.ask(connected.client);
      } finally {
        this.giveBack(connected);
      }
    };
    const batch = { line, writes, confirmation: confirm() };
    // Whoever has written hears of it; where nobody has, nobody does.
    batch.confirmation.catch(() => undefined);
    return batch;
  }

  private async ask(client: Redis): Promise<void> {
    const { confirmMs, who } = this.manner;
    const confirmations =
      this.durability === 'replica' ? await client.wait(1, confirmMs) : await askDisk(client, confirmMs);
    if (confirmations < 1) throw new StoreUnansweredError(`${who} confirm in time; the delivery may be lost again`);
  }

  private isHonest(): Promise<boolean> {
    return (this.honest ??= this.probe().catch((error: unknown) => {
      this.honest = undefined;
      throw error;
    }));
  }

  /**
   * `appendfsync everysec` asks the disk once a second at most: whoever confirms several writes in a row at once does
   * not wait for it. Mended in Redis 8. https://github.com/redis/redis/pull/13793
   */
  private async probe(): Promise<boolean> {
    const line = await this.take();
    try {
      if (KNOWN_EARLY.test(await line.client.info('server'))) return false;
      const began = performance.now();
      for (let round = 0; round < PROBES; round += 1) {
        await line.client.set('{mc}:probe', round, 'PX', 60_000);
        if ((await askDisk(line.client, PROBE_MS)) < 1) return true;
      }
      return performance.now() - began > HONEST_MS;
    } finally {
      this.giveBack(line);
    }
  }

  private take(): Promise<Line> {
    const free = this.idle.pop();
    if (free) return Promise.resolve(free);
    if (this.lines.length < this.manner.connections) return this.open();
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  private giveBack(line: Line): void {
    const next = this.waiting.shift();
    if (next) next(line);
    else this.idle.push(line);
  }

  private async open(): Promise<Line> {
    const like = this.source.client;
    if (!like) throw new StoreUnansweredError('Redis is away');
    const client = like.duplicate({ commandTimeout: this.manner.confirmMs + SLACK_MS });
    const line = { client, epoch: 0 };
    this.lines.push(line);
    client.on('error', () => undefined);
    client.on('close', () => {
      line.epoch += 1;
      this.honest = undefined;
    });
    if (client.status === 'wait') await client.connect().catch(() => undefined);
    return line;
  }
}

/** How many have fsynced what this connection has written: 1 or 0. */
async function askDisk(client: Redis, milliseconds: number): Promise<number> {
  return Number(((await client.call('WAITAOF', 1, 0, milliseconds)) as number[])[0]);
}
