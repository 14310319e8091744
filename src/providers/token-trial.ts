import { AuthTokenService } from '../auth-token/auth-token.service.js';
import type { ConfigService } from '../config/config.service.js';
import { kindRule } from '../envelope/kinds.js';
import { createLogger } from '../logging/logger.js';
import type { Redactor } from '../logging/redactor.js';
import { OutboundClient } from '../outbound/outbound.client.js';
import { AppTokens } from './app-tokens.js';
import { DeliveryError } from './delivery-error.js';
import type { ProviderDefinition, ResolvedApp } from './provider.contract.js';
import { ProviderRegistry } from './provider.registry.js';
import { UnknownCodes } from './unknown-codes.js';

/** Longest quotation of a platform's words, characters. */
const MAX_WORDS = 200;

/** What became of the token call of one app. */
export interface TrialResult {
  /** For people: `dingtalk/default`. */
  readonly app: string;
  readonly milliseconds: number;
  /** Why there is no token, and what to do; undefined when there is one. */
  readonly refusal?: string;
}

/**
 * Asks every platform once for a token of each app, without a server. The level that replicas share is left out: what
 * it holds would prove nothing about the secret, and a refusal must not stop a gateway that runs with another one.
 */
export class TokenTrial {
  private readonly registry: ProviderRegistry;

  constructor(
    providers: readonly ProviderDefinition[],
    private readonly config: ConfigService,
    private readonly redactor: Redactor,
  ) {
    this.registry = new ProviderRegistry(providers, config);
  }

  get apps(): readonly ResolvedApp[] {
    return this.registry.apps();
  }

  /** How many robots are configured: they have no token, only messages. */
  get robots(): number {
    return this.registry.senders().length - this.apps.length;
  }

  /** All apps at the same time, each within its own deadline. Leaves no connection open. */
  async run(): Promise<readonly TrialResult[]> {
    const { logger } = createLogger('silent', this.redactor);
    const outbound = new OutboundClient();
    const held = new AuthTokenService(this.config, logger, this.redactor);
    const tokens = new AppTokens(this.registry, held, outbound, new UnknownCodes(logger));
    try {
      return await Promise.all(this.apps.map((app) => ask(app, tokens)));
    } finally {
      await outbound.onApplicationShutdown();
    }
  }
}

async function ask(app: ResolvedApp, tokens: AppTokens): Promise<TrialResult> {
  const started = performance.now();
  const result = (refusal?: string): TrialResult => ({
    app: `${app.provider}/${app.name}`,
    milliseconds: Math.round(performance.now() - started),
    ...(refusal === undefined ? {} : { refusal }),
  });
  try {
    await tokens.get(app);
    return result();
  } catch (error) {
    if (!(error instanceof DeliveryError)) throw error;
    return result(refusalOf(error));
  }
}

/** The sentence of the kind, the platform's code and words, and the hint. */
function refusalOf({ kind, details }: DeliveryError): string {
  const { sentence, hint } = kindRule(kind);
  const { errcode, errmsg = '', reason = '' } = details;
  const words = [errcode ?? '', errmsg.slice(0, MAX_WORDS), reason].filter((word) => word !== '').join(' ');
  return `${sentence.en}${words === '' ? '' : ` [${words}]`}; ${(details.hint ?? hint).en}`;
}
