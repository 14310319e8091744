import type { CallerLimit, Scope } from '../config/access.settings.js';

/**
 * Who calls. Every feature that depends on the caller asks this object; nothing else looks at addresses or keys.
 */
export class Principal {
  /** Kind and id in one: whose deliveries, whose requests. */
  readonly name: string;
  /** The window that its requests are counted in. */
  readonly window: string;

  constructor(
    /** `address`: an allow-list entry; `loopback`: this machine, where nobody is listed; `key`: an API key. */
    readonly kind: 'address' | 'loopback' | 'key',
    /** Stable identity for limits and idempotency: the entry's network, `loopback`, or the id of the key. */
    readonly id: string,
    private readonly scopes: ReadonlySet<Scope>,
    /** Patterns `provider/app`, `provider/*`, `provider/robots/name`; undefined means every app. */
    private readonly apps?: readonly string[],
    /** Overrides `envelope.httpStatus` for this caller. */
    readonly httpStatus?: 'semantic' | 'always-200',
    /** Overrides `limits.caller` for this caller. */
    readonly limit?: CallerLimit,
  ) {
    this.name = `${kind}:${id}`;
    this.window = `caller:${this.name}`;
  }

  has(scope: Scope): boolean {
    return this.scopes.has(scope);
  }

  /** May this caller use the app (`default`) or robot (`robots/ops`) of the provider? */
  mayUse(provider: string, app: string): boolean {
    if (!this.apps) return true;
    return this.apps.some(
      (pattern) => pattern === '*' || pattern === `${provider}/*` || pattern === `${provider}/${app}`,
    );
  }
}

/** What an allow-list entry without scopes may do, as in system A. */
export const ADDRESS_SCOPES: ReadonlySet<Scope> = new Set<Scope>(['send', 'read', 'broadcast']);

/** What this machine may do where neither keys nor addresses are configured: everything but administer. */
export const LOOPBACK_SCOPES: ReadonlySet<Scope> = new Set<Scope>([
  'send',
  'broadcast',
  'external',
  'directory',
  'read',
  'cancel',
  'replay',
  'metrics',
]);
