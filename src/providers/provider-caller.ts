import { Inject, Injectable } from '@nestjs/common';
import { AuthTokenService, type FetchedToken, type TokenApp } from '../auth-token/auth-token.service.js';
import { tokenCacheKey } from '../auth-token/token-cipher.js';
import { ConfigService } from '../config/config.service.js';
import type { Bilingual } from '../envelope/kinds.js';
import type { Logger } from '../logging/logger.js';
import { LOGGER } from '../logging/logging.module.js';
import { Deadline } from '../outbound/deadline.js';
import type { Exchange } from '../outbound/exchange.js';
import { MAX_IN_FLIGHT, OutboundClient } from '../outbound/outbound.client.js';
import type { CallContext } from './call-context.js';
import { DeliveryError } from './delivery-error.js';
import { identityMembers } from './message-field.js';
import type { DtoClass } from '../inbound/fields.js';
import type {
  Operation,
  OperationResult,
  PlatformRequest,
  ProviderDefinition,
  ResolvedApp,
  TokenSource,
} from './provider.contract.js';
import { ProviderRegistry } from './provider.registry.js';
import { readOutcome, type CallOutcome } from './verdict.js';

/**
 * Runs operations: renders the request, gets the token, sends, reads the verdict, and repeats once with a fresh token
 * when the platform rejected the old one. Both roads end here.
 */
@Injectable()
export class ProviderCaller {
  private readonly inFlight = new Map<string, number>();
  private readonly unknownCodes = new Set<string>();
  private readonly tokenApps = new WeakMap<ResolvedApp, TokenApp>();

  constructor(
    private readonly registry: ProviderRegistry,
    private readonly tokens: AuthTokenService,
    private readonly outbound: OutboundClient,
    private readonly config: ConfigService,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /**
   * Runs an operation for a caller, now, and gives back what goes into `data`.
   * @throws DeliveryError
   */
  async run<Input>(providerId: string, operation: Operation<Input>, input: Input, call: CallContext): Promise<unknown> {
    const provider = this.registry.provider(providerId);
    return this.runAs(() => this.appFor(provider, call), provider, operation, input, call);
  }

  /**
   * The same with an app that is not in the configuration.
   * @throws DeliveryError
   */
  async runAdHoc<Input>(
    app: ResolvedApp,
    operation: Operation<Input>,
    input: Input,
    call: CallContext,
  ): Promise<unknown> {
    return this.runAs(() => app, this.registry.provider(app.provider), operation, input, call);
  }

  private async runAs<Input>(
    chooseApp: () => ResolvedApp,
    provider: ProviderDefinition,
    operation: Operation<Input>,
    input: Input,
    call: CallContext,
  ): Promise<unknown> {
    Object.assign(call.facts, { provider: provider.id, app: call.app, operation: operation.id });
    // What is refused here never ran: it is described by its kind, not as an operation that failed.
    const app = chooseApp();
    refuseForeignIdentity(input, app);
    const complaints = operation.check?.(input) ?? [];
    if (complaints.length > 0) throw DeliveryError.invalid(complaints);
    requireBroadcast(operation, input, call);
    try {
      const request = operation.render(input, app);
      const plain = operation as Operation;
      const result = await this.withDeadline(plain, app, call, (limit) =>
        this.execute(provider, plain, app, request, limit, call),
      );
      return result.data;
    } catch (error) {
      if (error instanceof DeliveryError && !error.details.complaints) throw error.during(operation.failure);
      throw error;
    }
  }

  /**
   * Sends a rendered request and reads the verdict. The asynchronous road calls it with a request that was stored.
   * @throws DeliveryError
   */
  async execute(
    provider: ProviderDefinition,
    operation: Operation,
    app: ResolvedApp,
    request: PlatformRequest,
    deadline: Deadline,
    call: Pick<CallContext, 'requestId' | 'traceparent'>,
  ): Promise<OperationResult> {
    const release = this.enter(app);
    try {
      let outcome = await this.attempt(provider, operation, app, request, deadline, call);
      if (!outcome.ok && outcome.tokenRejected)
        outcome = await this.attempt(provider, operation, app, request, deadline, call);
      if (outcome.ok) return outcome.result;
      throw outcome.error;
    } finally {
      release();
    }
  }

  /** Asks for a token now, so that the first message need not; what goes wrong is in the token's status. */
  async warm(app: ResolvedApp): Promise<void> {
    await this.tokens.get(this.tokenApp(this.registry.provider(app.provider), app));
  }

  private async attempt(
    provider: ProviderDefinition,
    operation: Operation,
    app: ResolvedApp,
    request: PlatformRequest,
    deadline: Deadline,
    call: Pick<CallContext, 'requestId' | 'traceparent'>,
  ): Promise<CallOutcome> {
    const tokenApp = this.tokenApp(provider, app);
    const token = request.token ? await withinDeadline(this.tokens.get(tokenApp), deadline) : undefined;
    const started = performance.now();
    const exchange = await this.exchange(app, request, token, deadline);
    const outcome = readOutcome(provider, operation, exchange, (id, code) => this.reportUnknownCode(id, code));
    if (!outcome.ok && outcome.tokenRejected && token !== undefined) await this.tokens.invalidate(tokenApp, token);
    this.logger.info(
      {
        requestId: call.requestId,
        traceparent: call.traceparent,
        provider: provider.id,
        app: app.name,
        operation: operation.id,
        outcome: outcome.ok ? outcome.result.outcome : outcome.error.kind,
        ...(outcome.ok
          ? { receipt: outcome.result.receipt, warning: outcome.result.warning }
          : { errcode: outcome.error.details.errcode, reason: outcome.error.details.reason }),
        ms: Math.round((performance.now() - started) * 10) / 10,
      },
      'platform call',
    );
    return outcome;
  }

  private exchange(
    app: ResolvedApp,
    request: PlatformRequest,
    token: string | undefined,
    deadline: Deadline,
  ): Promise<Exchange> {
    const query: Record<string, string> = { ...request.query };
    const headers: Record<string, string> = {};
    if (request.token && token !== undefined) {
      if ('query' in request.token) query[request.token.query] = token;
      else headers[request.token.header] = request.token.scheme ? `${request.token.scheme} ${token}` : token;
    }
    const { proxy } = app.settings;
    return this.outbound.send(
      {
        method: request.method,
        baseUrl: app.baseUrls[request.base] as string,
        path: request.path,
        query,
        headers,
        ...(request.upload ? { body: request.upload } : {}),
        ...(request.body === undefined ? {} : { body: request.body }),
        ...(proxy === undefined ? {} : { proxy }),
      },
      deadline,
    );
  }

  private async withDeadline<T>(
    operation: Operation,
    app: ResolvedApp,
    call: CallContext,
    action: (deadline: Deadline) => Promise<T>,
  ): Promise<T> {
    const { timeoutMs, uploadTimeoutMs } = this.config.current.outbound;
    const deadline = new Deadline(
      operation.effect === 'upload' ? uploadTimeoutMs : (app.settings.timeoutMs ?? timeoutMs),
    );
    const unsubscribe = call.onLeave(() => deadline.stop('caller-left'));
    try {
      return await action(deadline);
    } finally {
      unsubscribe();
      deadline.finish();
    }
  }

  private appFor(provider: ProviderDefinition, call: CallContext): ResolvedApp {
    if (call.principal && !call.principal.mayUse(provider.id, call.app)) {
      throw new DeliveryError('forbidden', {
        reason: 'app',
        hint: {
          zh: `该调用方不能使用应用 ${provider.id}/${call.app}`,
          en: `This caller may not use the app ${provider.id}/${call.app}`,
        },
      });
    }
    return this.registry.app(provider.id, call.app);
  }

  /** Counts a call in flight of the app. */
  private enter(app: ResolvedApp): () => void {
    const key = `${app.provider}/${app.name}`;
    const now = this.inFlight.get(key) ?? 0;
    const cap = app.settings.maxInFlight ?? MAX_IN_FLIGHT;
    if (now >= cap) {
      throw new DeliveryError('unavailable', {
        provider: app.provider,
        reason: 'too-many-in-flight',
        retryAfter: 1,
        hint: { zh: `应用 ${key} 同时进行的调用已达 ${cap}`, en: `The app ${key} already has ${cap} calls in flight` },
      });
    }
    this.inFlight.set(key, now + 1);
    return () => this.inFlight.set(key, (this.inFlight.get(key) ?? 1) - 1);
  }

  private tokenApp(provider: ProviderDefinition, app: ResolvedApp): TokenApp {
    let tokenApp = this.tokenApps.get(app);
    if (!tokenApp) {
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
    const deadline = new Deadline(app.settings.timeoutMs ?? this.config.current.outbound.timeoutMs);
    try {
      const exchange = await this.exchange(app, tokens.request(app), undefined, deadline);
      let fetched: FetchedToken | undefined;
      const outcome = readOutcome(
        provider,
        {
          succeeded: (answer) => (fetched = tokens.read(answer)) !== undefined,
          result: () => ({ data: null, outcome: 'sent' }),
        },
        exchange,
        (id, code) => this.reportUnknownCode(id, code),
      );
      if (fetched && outcome.ok) return fetched;
      throw outcome.ok ? new DeliveryError('internal') : asTokenFailure(outcome.error);
    } finally {
      deadline.finish();
    }
  }

  private reportUnknownCode(provider: string, code: string): void {
    const key = `${provider} ${code}`;
    if (this.unknownCodes.has(key) || this.unknownCodes.size > 1_000) return;
    this.unknownCodes.add(key);
    this.logger.warn({ provider, errcode: code }, 'the platform used a code that the error table does not know');
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
async function withinDeadline(token: string | Promise<string>, deadline: Deadline): Promise<string> {
  if (typeof token === 'string') return token;
  let unsubscribe = (): void => undefined;
  const stopped = new Promise<never>((_resolve, reject) => {
    unsubscribe = deadline.onStop((reason) =>
      reject(new DeliveryError('provider-unavailable', { reason: `token-${reason}` })),
    );
  });
  try {
    return await Promise.race([token, stopped]);
  } finally {
    unsubscribe();
  }
}

/** Reaching everybody needs a scope of its own. */
function requireBroadcast<Input>(operation: Operation<Input>, input: Input, call: CallContext): void {
  if (!operation.broadcasts?.(input) || call.principal?.has('broadcast') !== false) return;
  throw new DeliveryError('forbidden', {
    reason: 'broadcast',
    hint: { zh: '发给所有人需要 scope: broadcast', en: 'Reaching everybody needs the scope broadcast' },
  });
}

/** Identity members must say what the configuration says. */
function refuseForeignIdentity(input: unknown, app: ResolvedApp): void {
  if (typeof input !== 'object' || input === null) return;
  const complaints = identityMembers(input.constructor as DtoClass).flatMap(({ member, setting }) => {
    const given = (input as Record<string, string | number | null | undefined>)[member] ?? undefined;
    const configured = (app.settings as Readonly<Record<string, unknown>>)[setting] as string | number | undefined;
    if (given === undefined || String(given) === String(configured)) return [];
    return [
      {
        path: member,
        message: {
          zh: `由配置决定（应用 ${app.name}），请省略或用 X-App 选择应用`,
          en: `comes from the configuration (app ${app.name}): leave it out, or choose the app with X-App`,
        },
      },
    ];
  });
  if (complaints.length > 0) throw DeliveryError.invalid(complaints);
}
