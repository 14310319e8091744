import { jsonAnswer, type Answer, type SimulatedCall } from '../../../simulator/simulated-call.js';
import { SlidingWindow } from '../../../simulator/sliding-window.js';
import type { AccessTokens, SimulatedApp } from './access-tokens.js';
import { GateRefusal } from './refusals.js';

export interface GateOptions {
  /** Egress addresses from which apps may call; `*` stands for any run of characters. Absent: any address. */
  readonly allowIps?: readonly string[];
  /** Calls per second of one app to one API, 20 on the standard edition. Absent: any number. */
  readonly perApiPerSecond?: number;
  /** Calls of one address to all APIs within 20 s, 10,000 on the platform. Absent: any number. */
  readonly perAddressIn20Seconds?: number;
}

const BAN_SECONDS = 300;
const BAN_PAGE =
  '<!DOCTYPE html><html><head><meta charset="utf-8"><title>访问被拒绝</title></head>' +
  '<body><h1>访问被拒绝</h1><p>访问过于频繁，请稍后再试。</p></body></html>';

/** How a family of APIs takes its token, and how it words what the gate refuses. */
export interface GateWords {
  /** The token of a call; undefined when there is none where this family looks for it. */
  tokenIn(call: SimulatedCall): string | undefined;
  noToken(call: SimulatedCall): Error;
  badToken(): Error;
  tooFast(call: SimulatedCall): Error;
  notListed(call: SimulatedCall, app: SimulatedApp): Error;
  missingScope(scope: string, app: SimulatedApp): Error;
}

/** What stands in front of every API: address, token, permission, rate. */
export class Gate {
  throttled = false;
  missingScope: string | null = null;
  allowIps: readonly string[] | null;
  private readonly perApi: SlidingWindow | undefined;
  private readonly perAddress: SlidingWindow | undefined;
  private bannedUntil = 0;
  private banAsHtml = false;

  constructor(
    private readonly tokens: AccessTokens,
    private readonly clock: () => number,
    options: GateOptions,
  ) {
    this.allowIps = options.allowIps ?? null;
    if (options.perApiPerSecond) this.perApi = new SlidingWindow(options.perApiPerSecond, 1000, clock);
    if (options.perAddressIn20Seconds) {
      this.perAddress = new SlidingWindow(options.perAddressIn20Seconds, 20_000, clock);
    }
  }

  ban(seconds: number, asHtml: boolean): void {
    this.bannedUntil = this.clock() + seconds * 1000;
    this.banAsHtml = asHtml;
  }

  /**
   * The answer to a banned address, which is neither of the platform's error shapes.
   *
   * @see https://open.dingtalk.com/document/development/call-frequency-limit
   */
  banAnswer(call: SimulatedCall): Answer | undefined {
    if (this.perAddress && !this.perAddress.tryTake(call.remoteAddress)) this.ban(BAN_SECONDS, this.banAsHtml);
    if (this.clock() >= this.bannedUntil) return undefined;
    if (this.banAsHtml) return { status: 200, contentType: 'text/html;charset=utf-8', body: BAN_PAGE };
    const uuid = '7a1f0c52e3b84d6d9e0f4c1b2a3d5e6f';
    return jsonAnswer({ status: 1111, wait: 5, source: 'x5', punish: 'deny', uuid });
  }

  /** @throws what the words say, if the call may not reach the API */
  admit(call: SimulatedCall, words: GateWords): SimulatedApp {
    if (this.throttled) throw words.tooFast(call);
    const token = words.tokenIn(call);
    if (!token) throw words.noToken(call);
    const app = this.tokens.appOf(token);
    if (!app) throw words.badToken();
    if (this.allowIps && !this.allowIps.some((pattern) => matchesAddress(pattern, call.remoteAddress))) {
      throw words.notListed(call, app);
    }
    if (this.missingScope !== null) throw words.missingScope(this.missingScope, app);
    if (this.perApi && !this.perApi.tryTake(`${app.appKey} ${call.path}`)) throw words.tooFast(call);
    return app;
  }
}

/**
 * Old APIs read the token from the query, `/topapi` from a form as well; a header is ignored.
 *
 * @see https://open.dingtalk.com/document/development/how-to-process-api-throttling-on-the-dingtalk-server
 * @see https://open.dingtalk.com/document/development/add-api-permission
 */
export const OLD_API_WORDS: GateWords = {
  tokenIn: (call) => {
    const fromForm = isTopapi(call) && call.mediaType === 'application/x-www-form-urlencoded';
    return call.query.get('access_token') ?? (fromForm ? call.form().get('access_token') : null) ?? undefined;
  },
  noToken: (call) =>
    isTopapi(call) ? new GateRefusal(40000, 'access_token is blank') : new GateRefusal(41001, '缺少access_token参数'),
  // The global table also has 42001 for a token that timed out; what was seen live is 40014.
  badToken: () => new GateRefusal(40014, '不合法的access_token'),
  tooFast: ({ path }) => new GateRefusal(90018, `应用调用该接口次数过多，超出了该接口承受的最大qps, apiPath(${path})`),
  notListed: ({ remoteAddress }, { appKey }) =>
    new GateRefusal(60020, `访问ip不在白名单之中,request ip=${remoteAddress} appKey(${appKey})`),
  missingScope: (scope, { appKey }) => {
    const link = `https://open-dev.dingtalk.com/appscope/apply?content=${appKey}%23${scope}`;
    return new GateRefusal(
      60011,
      `应用尚未开通所需的权限：[${scope}]，点击链接申请并开通即可：${link}, {requiredScopes=[${scope}]}`,
    );
  },
};

function isTopapi({ path }: SimulatedCall): boolean {
  return path.startsWith('/topapi/');
}

function matchesAddress(pattern: string, address: string): boolean {
  const expression = pattern
    .split('*')
    .map((text) => text.replace(/[.\\+?^${}()|[\]]/g, '\\$&'))
    .join('.*');
  return new RegExp(`^${expression}$`).test(address);
}
