import { Injectable } from '@nestjs/common';
import { AuthTokenService, type FetchedToken, type TokenApp } from '../auth-token/auth-token.service.js';
import type { RefusedCall } from '../auth-token/fresh-refusals.js';
import { tokenCacheKey } from '../auth-token/token-cipher.js';
import type { Bilingual } from '../envelope/kinds.js';
import { Deadline, type Stoppable } from '../outbound/deadline.js';
import { OutboundClient } from '../outbound/outbound.client.js';
import { DeliveryError } from './delivery-error.js';
import { platformExchange } from './platform-exchange.js';
import type { ProviderDefinition, ResolvedApp, TokenSource } from './provider.contract.js';
import { ProviderRegistry } from './provider.registry.js';
import { UnknownCodes } from './unknown-codes.js';
import { readOutcome } from './verdict.js';

/** Access tokens of the providers' apps: says to the token service how each one is asked for. */
@Injectable()
export class AppTokens {
  private readonly tokenApps = new WeakMap<ResolvedApp, TokenApp>();

  constructor(
    private readonly registry: ProviderRegistry,
    private readonly tokens: AuthTokenService,
    private readonly outbound: OutboundClient,
    private readonly unknownCodes: UnknownCodes,
  ) {}

  /**
   * A valid token of the app, if it comes before the deadline.
   * @throws DeliveryError
   */
  get(app: ResolvedApp, deadline?: Deadline): string | Promise<string> {
    const token = this.tokens.get(this.tokenApp(app));
    return typeof token === 'string' || !deadline ? token : withinDeadline(token, deadline);
  }

  /** The platform rejected this token of the app; whether a repeat may go better. */
  invalidate(app: ResolvedApp, token: string, call: RefusedCall): Promise<boolean> {
    return this.tokens.invalidate(this.tokenApp(app), token, call);
  }

  private tokenApp(app: ResolvedApp): TokenApp {
    let tokenApp = this.tokenApps.get(app);
    if (!tokenApp) {
      const provider = this.registry.provider(app.provider);
      const { tokens } = provider;
      tokenApp = {
        key: tokenCacheKey([provider.id, ...Object.values(app.baseUrls), ...tokens.identity(app)]),
        label: `${provider.id}/${app.name}`,
        secret: tokens.secret(app),
        fetch: () => this.fetchToken(provider, tokens, app),
      };
      this.tokenApps.set(app, tokenApp);
    }
    return tokenApp;
  }

  /** One token call. It has a deadline of its own: several callers wait for it, and none of them owns it. */
  private async fetchToken(provider: ProviderDefinition, tokens: TokenSource, app: ResolvedApp): Promise<FetchedToken> {
    const deadline = new Deadline(this.registry.timeoutMs(app));
    try {
      const request = tokens.request(app);
      const exchange = await platformExchange(this.outbound, app, request, {}, deadline);
      let fetched: FetchedToken | undefined;
      const outcome = readOutcome(
        provider,
        {
          succeeded: (answer) => (fetched = tokens.read(answer)) !== undefined,
          result: () => ({ data: null, outcome: 'sent' }),
        },
        request,
        exchange,
        this.unknownCodes.report,
      );
      if (fetched && outcome.ok) return fetched;
      throw outcome.ok ? new DeliveryError('internal') : asTokenFailure(outcome.error);
    } finally {
      deadline.finish();
    }
  }
}

/** The message itself was not sent when the token call got no verdict: that is safe to repeat. */
function asTokenFailure(error: DeliveryError): DeliveryError {
  if (error.kind !== 'outcome-unknown') return error;
  const hint: Bilingual = {
    zh: '没有取到 access_token，消息没有发出，可以稍后重试',
    en: 'No access token could be had, so nothing was sent; it is safe to try again later',
  };
  return new DeliveryError('provider-unavailable', { ...error.details, hint });
}

/** @throws DeliveryError kind `provider-unavailable` when the deadline ends first: nothing was written yet */
async function withinDeadline(token: Promise<string>, deadline: Deadline): Promise<string> {
  let wait: Stoppable | undefined;
  const stopped = new Promise<never>((_resolve, reject) => {
    wait = { stop: (reason) => reject(new DeliveryError('provider-unavailable', { reason: `token-${reason}` })) };
    deadline.watch(wait);
  });
  try {
    return await Promise.race([token, stopped]);
  } finally {
    if (wait) deadline.letGo(wait);
  }
}
