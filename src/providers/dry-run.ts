import type { Advice } from '../inbound/advice.js';
import type { Operation, PlatformRequest, ProviderDefinition, ResolvedApp } from './provider.contract.js';
import { limitsFor, type PublishedLimit } from './published-limits.js';
import { byteLength } from '../inbound/fields.js';

/** What a dry run tells: what would be sent, and what it would meet. Nothing is sent. */
export interface DryRun {
  readonly dryRun: true;
  readonly provider: string;
  readonly app: string;
  readonly operation: string;
  readonly request: {
    readonly method: string;
    readonly url: string;
    readonly query: Readonly<Record<string, string>>;
    readonly body: unknown;
    /** Bytes of the body as it would travel. */
    readonly bytes: number;
    /** Where the token, or what proves a robot, would stand; the values are never shown. */
    readonly token: string | null;
  };
  /** Advised limits that the message exceeds. */
  readonly advice: readonly { readonly path: string; readonly message: string }[];
  /** Limits that apply, with the counts of the configuration. */
  readonly limits: readonly PublishedLimit[];
}

/** Shorter values would mask ordinary words; the logs draw the same line. */
const SHORTEST_SECRET = 6;

/**
 * Describes a rendered request without sending it.
 * @param secrets of the configuration: where the request has one (an appKey that stands in for a robot's code), it is
 *   masked
 */
export function describeDryRun(
  provider: ProviderDefinition,
  operation: Operation,
  app: ResolvedApp,
  request: PlatformRequest,
  advice: readonly Advice[],
  secrets: readonly string[],
): DryRun {
  return {
    dryRun: true,
    provider: app.provider,
    app: app.name,
    operation: operation.id,
    request: {
      method: request.method,
      url: `${app.baseUrls[request.base]}${request.path}`,
      query: request.query ?? {},
      body: request.body === undefined ? null : (JSON.parse(masked(request.body, secrets)) as unknown),
      bytes: request.body === undefined ? 0 : byteLength(request.body),
      token: operation.target === 'robot' ? robotPlace(provider, app) : tokenPlace(request),
    },
    advice: advice.map(({ path, message }) => ({ path, message: `${message.zh} ${message.en}` })),
    limits: limitsFor(provider, operation, app),
  };
}

function masked(json: string, secrets: readonly string[]): string {
  return secrets
    .filter(({ length }) => length >= SHORTEST_SECRET)
    .toSorted((a, b) => b.length - a.length)
    .reduce((text, secret) => text.replaceAll(JSON.stringify(secret).slice(1, -1), '***'), json);
}

function robotPlace({ robots }: ProviderDefinition, app: ResolvedApp): string {
  const names = Object.keys(robots?.credentials(app, 0) ?? {});
  return `query ${names.map((name) => `${name}=***`).join('&')}`;
}

function tokenPlace({ token }: PlatformRequest): string | null {
  if (!token) return null;
  return 'query' in token ? `query ${token.query}=***` : `header ${token.header}: ***`;
}
