import { Redis, type RedisOptions } from 'ioredis';
import type { Logger } from '../logging/logger.js';
import { firstTry } from './first-try.js';

/** Longest wait for one command, milliseconds. A command that timed out may still run: callers treat it as unknown. */
const COMMAND_MS = 1_500;
const RECONNECT_MAX_MS = 1_000;
/** A connection that says nothing for this long is dead, milliseconds: half-open connections give no other sign. */
const SOCKET_MS = 12_000;
/** One line about a lost Redis per this long, milliseconds. */
const REPORT_MS = 60_000;

export type RedisState = 'ready' | 'away';

/**
 * Options for connections that must answer fast or fail fast: a caller is waiting. Nothing is queued while Redis is
 * away, nothing is sent twice by itself without being asked, and a fail-over behind a stable address heals itself.
 */
export function commandOptions(): RedisOptions {
  return {
    lazyConnect: true,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    commandTimeout: COMMAND_MS,
    connectTimeout: 2_000,
    socketTimeout: SOCKET_MS,
    keepAlive: 5_000,
    retryStrategy: (times) => Math.min(times * 50, RECONNECT_MAX_MS),
    reconnectOnError: (error) => (/READONLY|UNBLOCKED/.test(error.message) ? 2 : false),
  };
}

/** The command connection to Redis of this process: limits, revocations and records go through it. */
export class RedisConnection {
  readonly client: Redis;
  private lastReport = 0;
  private heartbeat: NodeJS.Timeout | undefined;

  constructor(
    url: string,
    private readonly logger: Logger,
  ) {
    this.client = new Redis(url, commandOptions());
    // Without a listener an error would end the process; one line a minute is enough while Redis is away.
    this.client.on('error', (error: Error & { code?: string }) => this.report(error.code ?? error.name));
    this.client.on('ready', () => this.logger.info('redis: connected'));
  }

  get state(): RedisState {
    return this.client.status === 'ready' ? 'ready' : 'away';
  }

  /** Connects, and keeps trying; resolves after the first try, or a while, whatever came of it. */
  async connect(): Promise<void> {
    // Keeps an idle connection from looking dead to socketTimeout.
    this.heartbeat = setInterval(() => void this.client.ping().catch(() => undefined), SOCKET_MS / 3).unref();
    await firstTry(this.client.connect());
  }

  async close(): Promise<void> {
    clearInterval(this.heartbeat);
    if (this.state === 'ready') await this.client.quit().catch(() => undefined);
    this.client.disconnect();
  }

  private report(reason: string): void {
    const now = Date.now();
    if (now - this.lastReport < REPORT_MS) return;
    this.lastReport = now;
    this.logger.warn({ reason }, 'redis: not reachable, trying again');
  }
}
