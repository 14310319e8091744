import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { RedisService } from '../redis/redis.service.js';
import { KEYS_LAST_USED, REVOKED_KEYS } from './key-status.keys.js';

/** How often revocations are read, milliseconds: a revoked key is refused everywhere within 5 s. */
const POLL_MS = 2_000;
/** The last use of a key is written at most this often, milliseconds. */
const TOUCH_MS = 60_000;

/**
 * What changes about keys while the configuration stays: revocation and last use. Both live in Redis where there is
 * one; without it a revocation is an edit of the file, which is seen within a second.
 */
@Injectable()
export class KeyStatusService implements OnApplicationBootstrap, OnApplicationShutdown {
  private revoked: ReadonlySet<string> = new Set();
  private readonly lastUsed = new Map<string, number>();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly redis: RedisService) {}

  async onApplicationBootstrap(): Promise<void> {
    if (!this.redis.configured) return;
    await this.poll();
    this.timer = setInterval(() => void this.poll(), POLL_MS).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  isRevoked(id: string): boolean {
    return this.revoked.has(id);
  }

  /** Notes that a key was used just now. */
  touch(id: string): void {
    const now = Date.now();
    if (now - (this.lastUsed.get(id) ?? 0) < TOUCH_MS) return;
    this.lastUsed.set(id, now);
    void this.redis.client?.hset(KEYS_LAST_USED, id, Math.floor(now / 1_000)).catch(() => undefined);
  }

  /** While Redis is away the last known revocations stay in force. */
  private async poll(): Promise<void> {
    const members = await this.redis.client?.smembers(REVOKED_KEYS).catch(() => undefined);
    if (members) this.revoked = new Set(members);
  }
}
