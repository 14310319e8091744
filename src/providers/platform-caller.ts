import { Inject, Injectable, Optional } from '@nestjs/common';
import type { Logger } from '../logging/logger.js';
import { LOGGER } from '../logging/logging.module.js';
import type { Deadline } from '../outbound/deadline.js';
import { MAX_IN_FLIGHT, OutboundClient } from '../outbound/outbound.client.js';
import { AppTokens } from './app-tokens.js';
import type { CallContext } from './call-context.js';
import { CALL_OBSERVER, kindOf, type CallObserver } from './call-observer.js';
import { DeliveryError } from './delivery-error.js';
import { platformExchange } from './platform-exchange.js';
import type {
  Operation,
  OperationResult,
  PlatformRequest,
  ProviderDefinition,
  ResolvedApp,
} from './provider.contract.js';
import { UnknownCodes } from './unknown-codes.js';
import { readOutcome, type CallOutcome } from './verdict.js';

/** For whom a call is made; what is optional is there when somebody waits for the answer. */
export type CallOrigin = Pick<CallContext, 'requestId' | 'traceparent'> &
  Partial<Pick<CallContext, 'facts' | 'hasLine'>>;

/**
 * Sends rendered requests: gets the token, sends, reads the verdict, and repeats once with a fresh token when the
 * platform rejected the old one and a new one may help. The synchronous and the asynchronous road both end here.
 */
@Injectable()
export class PlatformCaller {
  private readonly calls = new Map<string, Calls>();

  constructor(
    private readonly tokens: AppTokens,
    private readonly outbound: OutboundClient,
    private readonly unknownCodes: UnknownCodes,
    @Inject(LOGGER) private readonly logger: Logger,
    @Optional() @Inject(CALL_OBSERVER) private readonly observer?: CallObserver,
  ) {}

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
    call: CallOrigin,
  ): Promise<OperationResult> {
    const calls = this.enter(app);
    const running = this.observer?.began(app, operation.id);
    // One function for both attempts: what waits for a platform stays in memory meanwhile.
    try {
      for (let again = false; ; again = true) {
        const held = request.token ? this.tokens.get(app, deadline) : undefined;
        const token = held instanceof Promise ? await held : held;
        const query = operation.target === 'robot' ? provider.robots?.credentials(app, Date.now()) : undefined;
        const started = performance.now();
        const exchange = await platformExchange(this.outbound, app, request, { token, query }, deadline);
        if (exchange.outcome !== 'not-written') this.observer?.left(app);
        const outcome = readOutcome(provider, operation, request, exchange, this.unknownCodes.report);
        const rejected = !outcome.ok && outcome.tokenRejected;
        let better = rejected;
        if (rejected && token !== undefined) {
          better = await this.tokens.invalidate(app, token, { operation: operation.id, began: started, again });
        }
        this.tell(app, operation, call, outcome, Math.round((performance.now() - started) * 10) / 10);
        if (better && !again) continue;
        if (!outcome.ok) throw outcome.error;
        running?.ended(outcome.result.outcome === 'sent' ? 'ok' : 'partial');
        return outcome.result;
      }
    } catch (error) {
      running?.ended(kindOf(error));
      throw error;
    } finally {
      calls.inFlight -= 1;
    }
  }

  /**
   * A yes to a caller that waits stands in the one line of its request; then a line of its own is for debugging, and
   * the second line cost as much as the first (docs/performance.md). Everything else has its own line.
   */
  private tell(app: ResolvedApp, operation: Operation, call: CallOrigin, outcome: CallOutcome, ms: number): void {
    const told = outcome.ok && call.facts !== undefined && call.hasLine === true;
    if (told) {
      const { outcome: came, receipt, warning } = outcome.result;
      call.facts.outcome = came;
      call.facts.receipt = receipt;
      call.facts.warning = warning;
      call.facts.platformMs = ms;
      if (!this.logger.isLevelEnabled('debug')) return;
    }
    this.logger[told ? 'debug' : 'info'](
      {
        requestId: call.requestId,
        traceparent: call.traceparent,
        provider: app.provider,
        app: app.name,
        operation: operation.id,
        outcome: outcome.ok ? outcome.result.outcome : outcome.error.kind,
        ...(outcome.ok
          ? { receipt: outcome.result.receipt, warning: outcome.result.warning }
          : { errcode: outcome.error.details.errcode, reason: outcome.error.details.reason }),
        ms,
      },
      'platform call',
    );
  }

  /** Counts a call in flight of the app; whoever ends it counts it off again. */
  private enter(app: ResolvedApp): Calls {
    const key = `${app.provider}/${app.name}`;
    let calls = this.calls.get(key);
    if (!calls) this.calls.set(key, (calls = { inFlight: 0 }));
    const cap = app.settings.maxInFlight ?? MAX_IN_FLIGHT;
    if (calls.inFlight >= cap) {
      throw new DeliveryError('unavailable', {
        provider: app.provider,
        reason: 'too-many-in-flight',
        retryAfter: 1,
        hint: { zh: `应用 ${key} 同时进行的调用已达 ${cap}`, en: `The app ${key} already has ${cap} calls in flight` },
      });
    }
    calls.inFlight += 1;
    return calls;
  }
}

/** Calls of one app. */
interface Calls {
  inFlight: number;
}
