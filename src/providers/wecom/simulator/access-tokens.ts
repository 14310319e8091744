import { randomBytes } from 'node:crypto';
import { SlidingWindow } from '../../../simulator/sliding-window.js';
import { Refusal } from './refusals.js';
import type { VisibleRange } from './visible-range.js';

/** A self-built app of the simulated organisation. */
export interface SimulatedApp {
  /** Name in the gateway's configuration. The platform itself knows no such name. */
  readonly name: string;
  readonly agentId: number;
  readonly secret: string;
  readonly visibleRange: VisibleRange;
  /** Whether the app has a URL for receiving messages, which interactive cards demand. Default true. */
  readonly hasCallbackUrl?: boolean;
  /** appid of the mini program bound to the app. Without one it sends no `miniprogram_notice`. */
  miniProgram?: string;
}

export interface AccessTokenOptions {
  /** Default 7200. */
  readonly tokenLifeSeconds?: number;
  /** How many wrong secrets an address may try in an hour before it is blocked for an hour. Default 5. */
  readonly wrongSecretsPerHour?: number;
  /** The code for a token that is too old: 42001, or 40014, which was seen for plain expiry too. Default 42001. */
  readonly expiredTokenCode?: 42001 | 40014;
}

interface IssuedToken {
  readonly value: string;
  readonly app: SimulatedApp;
  readonly expiresAt: number;
}

const HOUR_MS = 60 * 60 * 1000;

/**
 * One living token per app. Asking again returns the same answer and does not extend the token's life; earlier copies
 * of the page say so, and the current one is silent.
 *
 * @see https://developer.work.weixin.qq.com/document/path/91039
 */
export class AccessTokens {
  /** While true, no secret is accepted. */
  rejecting = false;
  readonly lifeSeconds: number;
  private readonly issued = new Map<string, IssuedToken>();
  private readonly wrongSecrets: SlidingWindow;
  private readonly blockedUntil = new Map<string, number>();

  constructor(
    private readonly corpId: string,
    private readonly apps: readonly SimulatedApp[],
    private readonly options: AccessTokenOptions,
    private readonly clock: () => number,
  ) {
    this.lifeSeconds = options.tokenLifeSeconds ?? 7200;
    this.wrongSecrets = new SlidingWindow(options.wrongSecretsPerHour ?? 5, HOUR_MS, clock);
  }

  /**
   * The token of the app with this secret.
   *
   * @throws Refusal if there is none, or if the address is blocked: then a right secret does not help either
   */
  issue(corpId: string, secret: string, address: string): string {
    if (this.clock() < (this.blockedUntil.get(address) ?? 0)) throw new Refusal(45009);
    if (corpId === '') throw new Refusal(41002);
    if (secret === '') throw new Refusal(41004);
    if (corpId !== this.corpId) throw new Refusal(40013);
    const app = this.apps.find((candidate) => candidate.secret === secret);
    if (!app || this.rejecting) {
      this.countWrongSecret(address);
      throw new Refusal(40001);
    }
    return this.current(app).value;
  }

  /** @throws Refusal if the token is unknown, revoked or too old */
  appOf(value: string): SimulatedApp {
    const token = this.issued.get(value);
    if (!token) throw new Refusal(40014);
    if (token.expiresAt <= this.clock()) throw new Refusal(this.options.expiredTokenCode ?? 42001);
    return token.app;
  }

  revokeAll(): void {
    this.issued.clear();
  }

  private current(app: SimulatedApp): IssuedToken {
    const now = this.clock();
    const living = [...this.issued.values()].find((token) => token.app === app && token.expiresAt > now);
    // As long as real ones, for which the platform asks to reserve 512 bytes.
    const value = randomBytes(160).toString('base64url');
    const token = living ?? { value, app, expiresAt: now + this.lifeSeconds * 1000 };
    this.issued.set(token.value, token);
    return token;
  }

  /** The platform gives the hour and not the number. */
  private countWrongSecret(address: string): void {
    this.wrongSecrets.tryTake(address);
    if (this.wrongSecrets.count(address) >= this.wrongSecrets.limit) {
      this.blockedUntil.set(address, this.clock() + HOUR_MS);
    }
  }
}
