import { randomUUID } from 'node:crypto';
import { createCache, type Cache } from 'cache-manager';
import { redisStore } from 'cache-manager-redis-store';
import { Keyv, type KeyvStoreAdapter } from 'keyv';
import type { Logger } from '../logging/logger.js';

/**
 * The token level that replicas share: cache-manager over cache-manager-redis-store. All of that package's traps are
 * cured here and nowhere else:
 *
 * - its client has no error listener, so a lost Redis would end the process: one is attached at once
 * - calls hang while Redis is away or frozen: no offline queue, and a deadline on every call
 * - its lifetimes are seconds, cache-manager's are milliseconds: converted here
 * - its `reset()` empties the whole database: never called
 * - it cannot be made while Redis is away: it is made later then, and memory serves meanwhile
 *
 * Every failure is a miss: the caller goes on with its own memory or asks the platform.
 */

/** Longest wait for Redis in one call, milliseconds: a slow cache must not slow a send by more. */
const CALL_MS = 300;
/** How long a replica may hold the right to fetch, milliseconds. Covers one slow token call. */
const LOCK_MS = 10_000;
const RECONNECT_MAX_MS = 2_000;
const PREFIX = '{mc}:token:';
const REFUSED = `${PREFIX}refused:`;

/** The part of node-redis that cache-manager-redis-store hands out and that is used here. */
interface NodeRedis {
  readonly isReady: boolean;
  on(event: 'error' | 'ready', listener: (error: Error) => void): void;
  get(key: string): Promise<string | null>;
  set(key: string, value: string, options: { NX: true; PX: number }): Promise<string | null>;
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>;
  quit(): Promise<unknown>;
  disconnect(): Promise<unknown>;
}

interface RedisStore {
  getClient(): NodeRedis;
  get(key: string): Promise<unknown>;
  set(key: string, value: unknown, options: { ttl: number }): Promise<unknown>;
  del(key: string): Promise<unknown>;
}

/** A token as replicas share it: encrypted, with its life. */
export interface SharedToken {
  /** Encrypted with a key derived from the app's secret, see token-cipher.ts. */
  readonly sealed: string;
  /** Epoch milliseconds, like the next two. */
  readonly obtainedAt: number;
  readonly expiresAt: number;
  /** From here on a replica fetches a new one. */
  readonly renewAt: number;
}

/** A refusal as replicas share it: the platform's own words stay out, they might quote a secret. */
export interface SharedRefusal {
  readonly kind: 'credentials' | 'permission' | 'ip-not-allowed';
  readonly errcode: number | string | null;
  /** Epoch milliseconds. */
  readonly until: number;
}

export type SharedState = 'connecting' | 'ready' | 'away';

const DELETE_IF_SAME = `if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) else return 0 end`;

export class SharedTokenStore {
  private store: RedisStore | undefined;
  private cache: Cache | undefined;
  private retry: NodeJS.Timeout | undefined;
  private closed = false;
  private delay = 100;
  /** Calls that were given up and that Redis may still answer. It answers in order: what follows would only wait too. */
  private overdue = 0;

  constructor(
    private readonly url: string,
    private readonly logger: Logger,
  ) {}

  get state(): SharedState {
    if (!this.store) return 'connecting';
    return this.answering ? 'ready' : 'away';
  }

  private get answering(): boolean {
    return this.overdue === 0 && this.store?.getClient().isReady === true;
  }

  /** Connects, and keeps trying; resolves after the first try, whatever came of it. */
  async connect(): Promise<void> {
    if (this.closed) return;
    try {
      this.store = await this.open();
      this.cache = createCache({
        stores: [new Keyv({ store: adapter(this.store), namespace: undefined, useKeyPrefix: false })],
      });
    } catch {
      this.logger.warn({ retryMs: this.delay }, 'token cache: Redis is not reachable, memory serves');
      this.retry = setTimeout(() => void this.connect(), this.delay).unref();
      this.delay = Math.min(this.delay * 2, RECONNECT_MAX_MS);
    }
  }

  /** The token replicas share, or undefined: not there, not reachable, too slow. */
  get(key: string): Promise<SharedToken | undefined> {
    return this.soft(async () => (await this.cache?.get<SharedToken>(PREFIX + key)) ?? undefined);
  }

  /** Shares a token until it expires. */
  async set(key: string, token: SharedToken): Promise<void> {
    const life = token.expiresAt - Date.now();
    if (life < 1_000) return;
    await this.soft(async () => this.cache?.set(PREFIX + key, token, life));
  }

  /** Why the platform refused the credentials of this app lately, if a replica found out; undefined otherwise. */
  refusal(key: string): Promise<SharedRefusal | undefined> {
    return this.soft(async () => (await this.cache?.get<SharedRefusal>(REFUSED + key)) ?? undefined);
  }

  /** Spares the other replicas the question: asking again with wrong credentials gets the address blocked. */
  async shareRefusal(key: string, refusal: SharedRefusal): Promise<void> {
    await this.soft(async () => this.cache?.set(REFUSED + key, refusal, Math.max(1_000, refusal.until - Date.now())));
  }

  /** Removes the entry only if it is still the one that was read: a newer token survives. */
  async remove(key: string, isBad: (token: SharedToken) => boolean): Promise<void> {
    await this.soft(async () => {
      const client = this.store?.getClient();
      const raw = await client?.get(PREFIX + key);
      const token = await this.cache?.get<SharedToken>(PREFIX + key);
      if (!client || !raw || !token || !isBad(token)) return;
      await client.eval(DELETE_IF_SAME, { keys: [PREFIX + key], arguments: [raw] });
    });
  }

  /**
   * The right to fetch this token, for one replica at a time.
   * @returns a release function; `busy` when another replica has it; `away` when Redis cannot say
   */
  async lock(key: string): Promise<(() => Promise<void>) | 'busy' | 'away'> {
    const owner = randomUUID();
    const name = `${PREFIX}lock:${key}`;
    const take = async () => (await this.store?.getClient().set(name, owner, { NX: true, PX: LOCK_MS })) ?? 'taken';
    const release = async (): Promise<void> => {
      await this.soft(async () => this.store?.getClient().eval(DELETE_IF_SAME, { keys: [name], arguments: [owner] }));
    };
    let asked: Promise<string> | undefined;
    const got = await this.soft(() => (asked = take()));
    // Granted too late, it would keep every replica waiting for nobody.
    if (got === undefined) void asked?.then((late) => (late === 'OK' ? release() : undefined)).catch(() => undefined);
    if (got === undefined) return 'away';
    return got === 'OK' ? release : 'busy';
  }

  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.retry);
    const client = this.store?.getClient();
    // `quit` waits for Redis to answer, a shutdown does not.
    await this.inTime(async () => (client?.isReady ? client.quit() : client?.disconnect()));
  }

  private async open(): Promise<RedisStore> {
    let connected = false;
    const store = (await redisStore({
      url: this.url,
      disableOfflineQueue: true,
      socket: {
        connectTimeout: 2_000,
        // The first connection fails at once instead of looping without an error listener.
        reconnectStrategy: (retries: number) =>
          connected ? Math.min(50 * 2 ** retries, RECONNECT_MAX_MS) : new Error('not reachable'),
      },
    })) as unknown as RedisStore;
    connected = true;
    store.getClient().on('error', () => undefined);
    // A start does not wait for a slow first connection, so it may come after the end.
    if (this.closed) await store.getClient().disconnect();
    return store;
  }

  private async soft<T>(call: () => Promise<T>): Promise<T | undefined> {
    return this.answering ? this.inTime(call) : undefined;
  }

  private async inTime<T>(call: () => Promise<T>): Promise<T | undefined> {
    const asked = call();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<undefined>((resolve) => {
      const giveUp = (): void => {
        this.overdue += 1;
        const answered = (): void => void (this.overdue -= 1);
        void asked.then(answered, answered);
        resolve(undefined);
      };
      // An event loop that was busy is no slow Redis: what has arrived meanwhile is read before it is given up.
      timer = setTimeout(() => setImmediate(giveUp), CALL_MS);
    });
    try {
      return await Promise.race([asked, late]);
    } catch {
      return undefined;
    } finally {
      clearTimeout(timer);
    }
  }
}

/** The old store behind the interface that cache-manager 7 wants. */
function adapter(store: RedisStore): KeyvStoreAdapter {
  return {
    opts: {},
    get: async (key: string) => (await store.get(key)) ?? undefined,
    set: async (key: string, value: unknown, milliseconds?: number) => {
      await store.set(key, value, { ttl: Math.max(1, Math.ceil((milliseconds ?? 1_000) / 1_000)) });
      return true;
    },
    delete: async (key: string) => Boolean(await store.del(key)),
    clear: () => Promise.reject(new Error('the token cache is never emptied: that would empty the whole database')),
    on: () => undefined,
  } as unknown as KeyvStoreAdapter;
}
