import type { Redis } from 'ioredis';
import { numberIn } from './admission.js';

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
