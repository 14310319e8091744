import { Injectable } from '@nestjs/common';
import { RedisService } from '../redis/redis.service.js';
import { withinTime } from '../redis/within-time.js';
import { MemoryMissStore } from './memory-miss-store.js';
import type { Beginning, MissStore, Question } from './miss-store.js';
import { RedisMissStore } from './redis-miss-store.js';

/** Longest wait for Redis, milliseconds: what guards a look-up must not slow it. */
const REDIS_MS = 200;
/** After Redis was too slow, memory decides for this long, milliseconds. */
const REST_MS = 5_000;

/** A question that was begun, with the store that holds its place. */
export interface BegunLookup {
  readonly beginning: Beginning;
  /** To be called once after `ask`, with what the platform said. */
  readonly settle: (missed: boolean) => Promise<void>;
}

/**
 * Misses of look-ups: in Redis where there is one, so that all processes know them and count them together, and in
 * memory otherwise or while Redis cannot answer. What this process learnt itself it knows in any case.
 */
@Injectable()
export class LookupMisses {
  private readonly memory = new MemoryMissStore();
  private restUntil = 0;

  constructor(private readonly redis: RedisService) {}

  async begin(question: Question): Promise<BegunLookup> {
    const since = this.memory.known(question);
    if (since !== undefined) return { beginning: { kind: 'known', since }, settle: () => Promise.resolve() };
    const client = this.redis.client;
    if (client && Date.now() >= this.restUntil) {
      const store = new RedisMissStore(client);
      const beginning = await withinTime(store.begin(question), REDIS_MS);
      if (beginning) return this.begun(question, beginning, store);
      this.restUntil = Date.now() + REST_MS;
    }
    return this.begun(question, this.memory.begin(question));
  }

  private begun(question: Question, beginning: Beginning, shared?: MissStore): BegunLookup {
    return {
      beginning,
      settle: async (missed) => {
        if (beginning.kind !== 'ask') return;
        const { place } = beginning;
        this.memory.settle(question, place, missed);
        if (shared) await withinTime(Promise.resolve(shared.settle(question, place, missed)), REDIS_MS);
      },
    };
  }
}
