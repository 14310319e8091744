import { randomUUID } from 'node:crypto';
import { jsonAnswer, type Answer } from '../../../simulator/simulated-call.js';
import type { GateWords } from './gate.js';

/** A call that the new API refuses: a real HTTP status, and a code that is text. */
export class NewApiRefusal extends Error {
  override readonly name = 'NewApiRefusal';

  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    /** Members beside the usual three. */
    readonly more: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
  }

  /** What the caller sent is wrong. */
  static bad(code: string, message: string): NewApiRefusal {
    return new NewApiRefusal(400, code, message);
  }
}

/** @see https://open.dingtalk.com/document/development/server-api-error-codes-1 */
export function newApiRefusalAnswer({ status, code, message, more }: NewApiRefusal): Answer {
  return jsonAnswer({ code, requestid: randomUUID().toUpperCase(), message, ...more }, status);
}

/**
 * The gate in the words of the new API: the token comes in a header and nowhere else, and what it forbids is HTTP 403,
 * throttling included.
 *
 * @see https://open.dingtalk.com/document/development/how-to-process-api-throttling-on-the-dingtalk-server
 * @see https://open.dingtalk.com/document/development/add-api-permission
 */
export const NEW_API_WORDS: GateWords = {
  tokenIn: ({ headers }) => {
    const token = headers['x-acs-dingtalk-access-token'];
    return typeof token === 'string' ? token : undefined;
  },
  noToken: () => NewApiRefusal.bad('AuthenticationFailed.MissingParameter', '缺少参数 x-acs-dingtalk-access-token'),
  badToken: () => NewApiRefusal.bad('InvalidAuthentication', '不合法的access_token'),
  tooFast: ({ path }) =>
    forbidden('QpsLimitForAppkeyAndApi', `应用调用该接口次数过多，超出了该接口承受的最大qps, apiPath(${path})`),
  notListed: ({ remoteAddress }, { appKey }) =>
    forbidden('IpNotInWhiteList', `访问ip不在白名单之中,request ip=${remoteAddress} appKey(${appKey})`),
  missingScope: (scope, { appKey }) =>
    new NewApiRefusal(
      403,
      'Forbidden.AccessDenied.AccessTokenPermissionDenied',
      `应用尚未开通所需的权限：[${scope}]，点击链接申请并开通即可：https://open-dev.dingtalk.com/appscope/apply?content=${appKey}%23${scope}`,
      { accessdenieddetail: { requiredScopes: [scope] } },
    ),
};

function forbidden(code: string, message: string): NewApiRefusal {
  return new NewApiRefusal(403, `Forbidden.AccessDenied.${code}`, message);
}
