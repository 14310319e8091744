import { Inject, Injectable, Optional, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { ConfigService } from '../config/config.service.js';
import { LOGGER } from '../logging/logging.module.js';
import type { Logger } from '../logging/logger.js';
import { Redactor } from '../logging/redactor.js';
import { firstTry } from '../redis/first-try.js';
import { DeliveryError } from '../providers/delivery-error.js';
import type { SharedRefusal, SharedTokenStore } from './shared-token-store.js';
import type { RefusedCall } from './fresh-refusals.js';
import { openToken, sealToken } from './token-cipher.js';
import { newEntry, refused, type Entry, type HeldToken } from './token-entry.js';
import { TOKEN_OBSERVER, type TokenObserver } from './token-observer.js';

/** A token and its life as the platform told it. */
export interface FetchedToken {
  readonly token: string;
  /** Seconds. */
  readonly expiresIn: number;
}

/** An app that needs tokens. Made by the providers; this module knows no platform. */
export interface TokenApp {
  /** Where the token belongs: provider, base URL and app identity, hashed. */
  readonly key: string;
  /** For people: `dingtalk/default`. */
  readonly label: string;
  /** Secret of the app; the stored token is encrypted with a key derived from it. */
  readonly secret: string;
  /**
   * Asks the platform for a token.
   * @throws DeliveryError
   */
  fetch(): Promise<FetchedToken>;
}

/** What `/sys/status` and the metrics tell about a token: never its value. */
export interface TokenStatus {
  readonly app: string;
  readonly ageSeconds: number | null;
  readonly expiresInSeconds: number | null;
  readonly lastError: string | null;
  readonly fetches: number;
  readonly failures: number;
}

/** Renewed this long before its end, milliseconds, or at a fifth of its life if that is shorter. */
const MARGIN_MS = 300_000;
/**
 * Wrong credentials are not asked again for this long, milliseconds; twice as long after each further refusal, up to
 * the maximum. WeCom blocks the source address for an hour after repeated wrong secrets, and with it every other app
 * behind the same address.
 */
const REFUSAL_MS = 60_000;
const REFUSAL_MAX_MS = 900_000;
/** How long a replaced token stays masked in all output, milliseconds. */
const FORGET_MS = 600_000;
/** Apps whose tokens are kept in memory at once. */
const MAX_ENTRIES = 1_000;
/** How often a replica looks whether the one that fetches is done, milliseconds. */
const LOCK_POLL_MS = 25;
/** Longest wait for another replica, milliseconds; afterwards this one asks by itself. */
const LOCK_WAIT_MS = 10_000;

/**
 * Access tokens: one per app, kept in memory and, where Redis is configured, shared by all replicas. Asked once at a
 * time per process and across replicas, renewed before they expire, replaced when a platform rejects them.
 */
@Injectable()
export class AuthTokenService implements OnModuleInit, OnApplicationShutdown {
  private readonly entries = new Map<string, Entry>();
  /** Of the shared level; undefined where there is none. */
  private readonly redisUrl: string | undefined;
  private shared: SharedTokenStore | undefined;

  constructor(
    config: ConfigService,
    @Inject(LOGGER) private readonly logger: Logger,
    private readonly redactor: Redactor,
    @Optional() @Inject(TOKEN_OBSERVER) private readonly observer?: TokenObserver,
  ) {
    this.redisUrl = config.current.redis.url;
  }

  async onModuleInit(): Promise<void> {
    if (this.redisUrl === undefined) return;
    // Loaded only here: without Redis no start waits for its client and cache.
    const { SharedTokenStore } = await import('./shared-token-store.js');
    await firstTry((this.shared = new SharedTokenStore(this.redisUrl, this.logger)).connect());
  }

  /** After the HTTP server is closed: requests in flight at SIGTERM still find the shared level. */
  async onApplicationShutdown(): Promise<void> {
    await this.shared?.close();
  }

  /** How the shared level is: null where there is none. */
  get sharedState(): string | null {
    return this.redisUrl === undefined ? null : (this.shared?.state ?? 'connecting');
  }

  /**
   * A valid token of the app.
   * @throws DeliveryError what the platform said, or `provider-unavailable`
   */
  get(app: TokenApp): string | Promise<string> {
    const entry = this.entry(app);
    const now = Date.now();
    if (entry.held && entry.held.expiresAt > now) {
      if (entry.held.renewAt <= now && !entry.pending && !refused(entry, now))
        void this.obtain(app, entry).catch(() => undefined);
      return entry.held.token;
    }
    return this.obtain(app, entry);
  }

  /**
   * A platform rejected this token. Forgets it, unless a newer one has taken its place, or it is so new that another
   * one would fare no better ({@link FreshRefusals}). Then it is kept and goes on being tried with each message: the
   * caller hears the platform's own refusal of this very message, and a token that works again serves at once.
   * @returns whether a repeat of the call may go better
   */
  async invalidate(app: TokenApp, badToken: string, call: RefusedCall): Promise<boolean> {
    const entry = this.entry(app);
    const { held, fresh } = entry;
    if (held?.token === badToken) {
      // Platforms give out the same token again: what was sent before says nothing about how it fares now.
      if (held.since > call.began) return true;
      const { useless, pauseMs } = fresh.judge(held, call, Date.now());
      if (pauseMs) this.logger.warn({ app: app.label, operation: call.operation, pauseMs }, 'fresh token refused');
      if (useless) return false;
      this.forgetLater(badToken);
      entry.held = undefined;
    } else if (call.again) fresh.alreadyReplaced(call.operation, Date.now());
    entry.rejected = badToken;
    await this.shared?.remove(app.key, (shared) => openToken(shared.sealed, app.secret, app.key) === badToken);
    return true;
  }

  /** For `/sys/status` and metrics. */
  status(): TokenStatus[] {
    const now = Date.now();
    return [...this.entries.values()].map((entry) => ({
      app: entry.label,
      ageSeconds: entry.held ? Math.round((now - entry.held.obtainedAt) / 1_000) : null,
      expiresInSeconds: entry.held ? Math.round((entry.held.expiresAt - now) / 1_000) : null,
      lastError: entry.lastError,
      fetches: entry.fetches,
      failures: entry.failures,
    }));
  }

  private entry(app: TokenApp): Entry {
    let entry = this.entries.get(app.key);
    if (!entry) {
      this.makeRoom();
      entry = newEntry(app.label);
      this.entries.set(app.key, entry);
    }
    return entry;
  }

  /** Apps come and go with the configuration and with callers that bring their own: the oldest idle ones are forgotten. */
  private makeRoom(): void {
    if (this.entries.size < MAX_ENTRIES) return;
    for (const [key, entry] of this.entries) {
      if (entry.pending) continue;
      this.forgetLater(entry.held?.token);
      this.entries.delete(key);
      return;
    }
  }

  /** One fetch at a time: whoever comes meanwhile waits for the same promise. */
  private obtain(app: TokenApp, entry: Entry): Promise<string> {
    entry.pending ??= this.obtainOnce(app, entry).finally(() => (entry.pending = undefined));
    return entry.pending;
  }

  private async obtainOnce(app: TokenApp, entry: Entry): Promise<string> {
    if (refused(entry, Date.now())) throw entry.refusal?.error as Error;
    const shared = await this.fromShared(app, entry);
    if (shared) return this.hold(entry, shared);
    const release = await this.lockOrWait(app, entry);
    if (typeof release === 'object') return this.hold(entry, release.found);
    try {
      await this.heedRefusal(app, entry);
      const late = await this.fromShared(app, entry);
      return this.hold(entry, late ?? (await this.fetch(app, entry)));
    } finally {
      await release();
    }
  }

  /**
   * Another replica was refused a moment ago: the same question would get the same answer.
   * @throws DeliveryError
   */
  private async heedRefusal(app: TokenApp, entry: Entry): Promise<void> {
    const told = await this.shared?.refusal(app.key);
    if (!told || told.until <= Date.now()) return;
    const [provider = ''] = app.label.split('/');
    const errcode = told.errcode === null ? {} : { errcode: told.errcode, errmsg: '' };
    const error = new DeliveryError(told.kind, { provider, ...errcode, reason: 'refused-lately' });
    entry.refusal = { error, until: told.until };
    entry.lastError = told.errcode === null ? told.kind : `${told.kind} [${told.errcode}]`;
    throw error;
  }

  /** The right to fetch, or the token that another replica fetched meanwhile. */
  private async lockOrWait(
    app: TokenApp,
    entry: Entry,
  ): Promise<(() => Promise<void>) | { readonly found: HeldToken }> {
    const nothing = async (): Promise<void> => undefined;
    if (!this.shared) return nothing;
    const giveUp = Date.now() + LOCK_WAIT_MS;
    while (Date.now() < giveUp) {
      const lock = await this.shared.lock(app.key);
      if (typeof lock === 'function') return lock;
      if (lock === 'away') return nothing;
      await new Promise((resolve) => setTimeout(resolve, LOCK_POLL_MS));
      const found = await this.fromShared(app, entry);
      if (found) return { found };
    }
    return nothing;
  }

  /** The shared token, unless it is due for renewal or was rejected. */
  private async fromShared(app: TokenApp, entry: Entry): Promise<HeldToken | undefined> {
    const shared = await this.shared?.get(app.key);
    if (!shared) return undefined;
    const token = openToken(shared.sealed, app.secret, app.key);
    if (token === undefined || token === entry.rejected) return undefined;
    const { expiresAt, renewAt, obtainedAt } = shared;
    return Date.now() < renewAt ? { token, obtainedAt, expiresAt, renewAt } : undefined;
  }

  private async fetch(app: TokenApp, entry: Entry): Promise<HeldToken> {
    entry.fetches += 1;
    let fetched: FetchedToken;
    try {
      fetched = await app.fetch();
    } catch (error) {
      this.failed(app, entry, error);
      throw error;
    }
    this.observer?.fetched(app.label, 'ok');
    entry.lastError = null;
    entry.refusal = undefined;
    entry.refusals = 0;
    const now = Date.now();
    const life = fetched.expiresIn * 1_000;
    const expiresAt = now + life;
    const times = { obtainedAt: now, expiresAt, renewAt: expiresAt - Math.min(MARGIN_MS, life / 5) };
    await this.shared?.set(app.key, { sealed: sealToken(fetched.token, app.secret, app.key), ...times });
    return { token: fetched.token, ...times };
  }

  private failed(app: TokenApp, entry: Entry, error: unknown): void {
    entry.failures += 1;
    const kind = error instanceof DeliveryError ? error.kind : 'internal';
    this.observer?.fetched(app.label, kind);
    const code = error instanceof DeliveryError ? error.details.errcode : undefined;
    entry.lastError = code === undefined ? kind : `${kind} [${code}]`;
    const configuration =
      error instanceof DeliveryError && ['credentials', 'permission', 'ip-not-allowed'].includes(kind);
    if (configuration) {
      const pause = Math.min(REFUSAL_MS * 2 ** entry.refusals, REFUSAL_MAX_MS);
      entry.refusals += 1;
      const until = Date.now() + pause;
      entry.refusal = { error, until };
      void this.shared?.shareRefusal(app.key, { kind: kind as SharedRefusal['kind'], errcode: code ?? null, until });
    }
    this.logger.warn({ app: app.label, kind, errcode: code }, 'no access token');
  }

  private hold(entry: Entry, held: HeldToken): string {
    if (entry.held?.token !== held.token) {
      this.forgetLater(entry.held?.token);
      this.redactor.learn(held.token);
    }
    entry.held = { ...held, since: performance.now() };
    return held.token;
  }

  /** A replaced token may still stand in an answer on its way: it stays masked for a while. */
  private forgetLater(token: string | undefined): void {
    if (token !== undefined) setTimeout(() => this.redactor.forget(token), FORGET_MS).unref();
  }
}
