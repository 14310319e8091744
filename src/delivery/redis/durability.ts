import type { Redis } from 'ioredis';
import { StoreUnansweredError } from '../delivery-store.js';
import { numberIn } from './admission.js';
import type { RedisSource } from './delivery-commands.js';

/**
 * What must hold a delivery before it is accepted: the memory of Redis (and its AOF as it is configured), a replica,
 * or the disk.
 */
export type Durability = 'memory' | 'replica' | 'disk';

/** What a 202 is worth on this Redis. */
export interface DurabilityReport {
  readonly durability: Durability;
  readonly appendonly: boolean;
  /** undefined where Redis does not tell. */
  readonly appendfsync: string | undefined;
  readonly maxmemoryPolicy: string | undefined;
  readonly replicas: number;
  /** How accepted deliveries can still be lost; sentences for operators. */
  readonly warnings: readonly string[];
}

/** Redis, as it is set up, cannot give the durability that is asked for. */
export class DurabilityError extends Error {
  override readonly name = 'DurabilityError';
}

/** Longest wait for a replica or the disk, milliseconds. */
const CONFIRM_MS = 1_000;
const HEARTBEAT_MS = 4_000;

/**
 * The connection that accepts deliveries when a replica or the disk has to confirm them. It has one of its own, for
 * WAIT holds up everything behind it; deliveries that are accepted at the same time wait together.
 */
export class ConfirmedConnection {
  private connection: Redis | undefined;
  private opening: Promise<Redis> | undefined;
  private heartbeat: NodeJS.Timeout | undefined;
  private running: Promise<void> = Promise.resolve();
  private next: Promise<void> | undefined;
  /** Every connection confirms only what it has written itself. */
  private epoch = 0;

  constructor(
    private readonly source: RedisSource,
    private readonly durability: 'replica' | 'disk',
  ) {}

  /** Writes, and returns when it is confirmed. */
  async confirmed<T>(write: (client: Redis) => Promise<T>): Promise<T> {
    const client = await this.open();
    const { epoch } = this;
    const written = await write(client);
    await this.confirm(client);
    if (epoch !== this.epoch)
      throw new StoreUnansweredError('the connection broke; the delivery may have been accepted');
    return written;
  }

  close(): void {
    clearInterval(this.heartbeat);
    this.connection?.disconnect();
  }

  private open(): Promise<Redis> {
    const like = this.source.client;
    if (!this.opening && !like) throw new StoreUnansweredError('Redis is away');
    return (this.opening ??= this.connect(like as Redis));
  }

  private async connect(like: Redis): Promise<Redis> {
    const connection = like.duplicate();
    this.connection = connection;
    connection.on('error', () => undefined);
    connection.on('close', () => (this.epoch += 1));
    this.heartbeat = setInterval(() => void connection.ping().catch(() => undefined), HEARTBEAT_MS).unref();
    if (connection.status === 'wait') await connection.connect().catch(() => undefined);
    return connection;
  }

  /** Joins the next confirmation: the one under way may have begun before the write. */
  private confirm(client: Redis): Promise<void> {
    this.next ??= this.running
      .catch(() => undefined)
      .then(() => {
        this.next = undefined;
        this.running = this.ask(client);
        return this.running;
      });
    return this.next;
  }

  private async ask(client: Redis): Promise<void> {
    const confirmations =
      this.durability === 'replica'
        ? await client.wait(1, CONFIRM_MS)
        : Number(((await client.call('WAITAOF', 1, 0, CONFIRM_MS)) as number[])[0]);
    if (confirmations < 1) {
      const who = this.durability === 'replica' ? 'no replica' : 'the disk did not';
      throw new StoreUnansweredError(
        `${who} confirm${confirmations ? '' : 'ed'} in time; the delivery may be lost again`,
      );
    }
  }
}

/**
 * Asks Redis how it is set up.
 * @throws DurabilityError when it cannot give the durability that is asked for
 */
export async function reportDurability(client: Redis, durability: Durability): Promise<DurabilityReport> {
  const [persistence, memory, replication] = await Promise.all([
    client.info('persistence'),
    client.info('memory'),
    client.info('replication'),
  ]);
  const appendonly = numberIn(persistence, 'aof_enabled') === 1;
  const appendfsync = appendonly ? await settingOf(client, 'appendfsync') : undefined;
  const maxmemoryPolicy = /^maxmemory_policy:(\S+)/m.exec(memory)?.[1];
  const replicas = numberIn(replication, 'connected_slaves');
  if (durability === 'disk') await checkDisk(client, appendonly, appendfsync);
  const warnings = [
    ...(appendonly ? [] : ['appendonly is off: accepted deliveries are lost when Redis restarts']),
    ...(appendfsync === 'no' ? ['appendfsync is no: a power loss takes what the system had not written yet'] : []),
    ...(maxmemoryPolicy === undefined || maxmemoryPolicy === 'noeviction'
      ? []
      : [`maxmemory-policy is ${maxmemoryPolicy}: Redis may throw accepted deliveries away; set noeviction`]),
    ...(durability === 'replica' && replicas === 0 ? ['no replica is connected: nothing can be accepted'] : []),
  ];
  return { durability, appendonly, appendfsync, maxmemoryPolicy, replicas, warnings };
}

/** Is every write on the disk before Redis answers? Then there is nothing to wait for. */
export function isWrittenThrough({ appendonly, appendfsync }: DurabilityReport): boolean {
  return appendonly && appendfsync === 'always';
}

async function checkDisk(client: Redis, appendonly: boolean, appendfsync: string | undefined): Promise<void> {
  if (!appendonly) throw new DurabilityError('delivery.durability is disk, but appendonly is off in Redis');
  if (appendfsync === 'always') return;
  const [known] = (await client.call('COMMAND', 'INFO', 'WAITAOF')) as [unknown];
  if (!known) {
    throw new DurabilityError(
      'delivery.durability is disk: this Redis has no WAITAOF (7.2), set appendfsync always instead',
    );
  }
}

/** Where CONFIG is not allowed, nobody knows. */
async function settingOf(client: Redis, name: string): Promise<string | undefined> {
  try {
    return ((await client.config('GET', name)) as string[])[1];
  } catch {
    return undefined;
  }
}
