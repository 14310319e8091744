import type { SimulatedCall } from '../../../simulator/simulated-call.js';
import { SlidingWindow } from '../../../simulator/sliding-window.js';
import type { AccessTokens, SimulatedApp } from './access-tokens.js';
import { Refusal } from './refusals.js';

export interface GateOptions {
  /** Addresses from which apps may call. Absent: any, as for apps made before June 2022. */
  readonly trustedIps?: readonly string[];
  /** Calls of the organisation to one API within a minute. Default 10,000. */
  readonly callsPerMinute?: number;
}

/** Has a limit of its own, counted in persons. */
const EXEMPT_FROM_CALL_RATE = '/cgi-bin/message/send';

/** What stands in front of every API that takes an access token. */
export class Gate {
  busy = false;
  throttled = false;
  trustedIps: readonly string[] | null;
  private readonly perApi: SlidingWindow;

  constructor(
    private readonly tokens: AccessTokens,
    clock: () => number,
    options: GateOptions,
  ) {
    this.trustedIps = options.trustedIps ?? null;
    this.perApi = new SlidingWindow(options.callsPerMinute ?? 10_000, 60_000, clock);
  }

  /**
   * Whether fetching a token is bound to trusted addresses too is not known; here it is not.
   *
   * @see https://developer.work.weixin.qq.com/document/path/90664
   * @see https://developer.work.weixin.qq.com/document/path/90312 for the call rate
   * @throws Refusal if the call may not reach the API
   */
  admit(call: SimulatedCall): SimulatedApp {
    if (this.busy) throw new Refusal(-1);
    if (this.throttled) throw new Refusal(45009);
    const token = call.query.get('access_token');
    if (!token) throw new Refusal(41001);
    const app = this.tokens.appOf(token);
    if (this.trustedIps && !this.trustedIps.includes(call.remoteAddress)) throw new Refusal(60020);
    if (call.path !== EXEMPT_FROM_CALL_RATE && !this.perApi.tryTake(call.path)) throw new Refusal(45009);
    return app;
  }
}
