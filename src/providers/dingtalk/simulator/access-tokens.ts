import { randomBytes } from 'node:crypto';

/** An internal app of the simulated organisation. */
export interface SimulatedApp {
  /** Name in the gateway's configuration. The platform itself knows no such name. */
  readonly name: string;
  /** Today called Client ID in the developer console. */
  readonly appKey: string;
  readonly appSecret: string;
  readonly agentId: number;
  /** Departments whose people the app may see, with those below. Absent: everybody. */
  readonly contactScope?: readonly number[];
  /** Default: the appKey, as in the field. */
  readonly robotCode?: string;
}

/** Code of an app's robot. */
export function robotCodeOf({ robotCode, appKey }: SimulatedApp): string {
  return robotCode ?? appKey;
}

interface IssuedToken {
  readonly value: string;
  readonly app: SimulatedApp;
  expiresAt: number;
}

/**
 * One living token per app: asking again returns the same value and extends its life.
 *
 * @see https://open.dingtalk.com/document/development/obtain-orgapp-token
 */
export class AccessTokens {
  /** While true, no credentials are accepted. */
  rejecting = false;
  private readonly issued = new Map<string, IssuedToken>();

  constructor(
    private readonly apps: readonly SimulatedApp[],
    readonly lifeSeconds: number,
    private readonly clock: () => number,
  ) {}

  /** The token of the app with these credentials, or undefined if no app has them. */
  issue(appKey: string, appSecret: string): string | undefined {
    const app = this.apps.find((candidate) => candidate.appKey === appKey && candidate.appSecret === appSecret);
    if (!app || this.rejecting) return undefined;
    const now = this.clock();
    const current = [...this.issued.values()].find((token) => token.app === app && token.expiresAt > now);
    const token = current ?? { value: randomBytes(16).toString('hex'), app, expiresAt: 0 };
    token.expiresAt = now + this.lifeSeconds * 1000;
    this.issued.set(token.value, token);
    return token.value;
  }

  /** The app that a token belongs to, or undefined if the token is unknown, revoked or too old. */
  appOf(value: string): SimulatedApp | undefined {
    const token = this.issued.get(value);
    if (!token) return undefined;
    if (token.expiresAt > this.clock()) return token.app;
    this.issued.delete(value);
    return undefined;
  }

  revokeAll(): void {
    this.issued.clear();
  }
}
