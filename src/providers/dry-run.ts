import type { Advice } from '../inbound/advice.js';
import type { Operation, PlatformRequest, PublishedLimit, ResolvedApp } from './provider.contract.js';
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
    /** Where the token would stand; its value is never shown. */
    readonly token: string | null;
  };
  /** Advised limits that the message exceeds. */
  readonly advice: readonly { readonly path: string; readonly message: string }[];
  /** Published limits that apply. */
  readonly limits: readonly PublishedLimit[];
}

/** Describes a rendered request without sending it. */
export function describeDryRun(
  operation: Operation,
  app: ResolvedApp,
  request: PlatformRequest,
  advice: readonly Advice[],
  limits: readonly PublishedLimit[],
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
      body: request.body === undefined ? null : (JSON.parse(request.body) as unknown),
      bytes: request.body === undefined ? 0 : byteLength(request.body),
      token: tokenPlace(request),
    },
    advice: advice.map(({ path, message }) => ({ path, message: `${message.zh} ${message.en}` })),
    limits: limits.filter((limit) => limit.operations === undefined || limit.operations.includes(operation.id)),
  };
}

function tokenPlace({ token }: PlatformRequest): string | null {
  if (!token) return null;
  return 'query' in token ? `query ${token.query}=***` : `header ${token.header}: ***`;
}
