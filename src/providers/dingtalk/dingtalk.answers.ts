import type { PlatformVerdict } from '../error-table.js';
import type { PlatformAnswer, TokenSource } from '../provider.contract.js';
import { dingtalkFacts } from './dingtalk.facts.js';
import type { DingTalkApp } from './dingtalk.settings.js';

/** Code of the `/topapi` gateway around the real one. */
const WRAPPER = '88';
/** Where the old API wants its token. */
export const OLD_API_TOKEN = { query: 'access_token' } as const;
/** Where the new API wants it; anywhere else it counts as missing. */
export const NEW_API_TOKEN = { header: 'x-acs-dingtalk-access-token' } as const;

/**
 * Did the old API say yes? Its code is a number in reality, but several official examples show the text "0".
 * @see https://open.dingtalk.com/document/development/query-users-by-phone-number
 */
export function saysYes(answer: PlatformAnswer): boolean {
  return answer.body.errcode === 0 || answer.body.errcode === '0';
}

/**
 * Did the new API say yes? It has a code only when it refuses, so the documented result has to be there and no code.
 * @param hasResult is that result in the body?
 * @see https://open.dingtalk.com/document/development/server-api-error-codes-1
 */
export function answersWith(hasResult: (body: PlatformAnswer['body']) => boolean): (answer: PlatformAnswer) => boolean {
  return ({ body }) => (body.code === undefined || body.code === null) && hasResult(body);
}

/** A text of an answer that is not empty. */
export function hasText(member: string): (body: PlatformAnswer['body']) => boolean {
  return (body) => typeof body[member] === 'string' && body[member] !== '';
}

/**
 * What DingTalk said, in one form for all its APIs: the old one's `errcode`, the wrapped one's `sub_code`, the new
 * one's `code`, and the `status` of an address ban.
 * @see https://open.dingtalk.com/document/development/server-api-error-codes-1
 * @see https://open.dingtalk.com/document/development/call-frequency-limit
 */
export function dingtalkVerdict({ body }: PlatformAnswer): PlatformVerdict | undefined {
  if (body.status === 1111 && body.punish !== undefined)
    return { code: '1111', errmsg: 'status 1111: punish', facts: {} };
  if (body.errcode !== undefined && body.errcode !== null) {
    return saysYes({ status: 200, body }) ? undefined : oldApiVerdict(body);
  }
  if (typeof body.code !== 'string' || body.code === '') return undefined;
  const message = text(body.message);
  const detail = text(body.accessdenieddetail) || text(body.AccessDeniedDetail);
  return { code: body.code, errmsg: message, facts: dingtalkFacts(message, { subMsg: detail }) };
}

function oldApiVerdict(body: Readonly<Record<string, unknown>>): PlatformVerdict {
  const code = String(body.errcode);
  const outer = text(body.errmsg);
  const inner = text(body.sub_msg);
  const facts = dingtalkFacts(outer, { subMsg: inner });
  if (code !== WRAPPER) return { code, errmsg: outer, facts };
  // Some replies carry the inner code only inside the text.
  const subCode = text(body.sub_code) || facts.subCode;
  return { code, ...(subCode ? { subCode } : {}), errmsg: inner || outer, facts };
}

function text(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return String(value);
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : '';
}

/**
 * Access tokens of DingTalk: one per app, 7200 s, the same one while it is valid. The key pair goes into the query:
 * the curl sample of the platform's page puts it into the body, which the server does not read.
 * @see https://open.dingtalk.com/document/development/obtain-orgapp-token
 */
export const dingtalkTokens: TokenSource<DingTalkApp> = {
  identity: ({ settings }) => [settings.appKey, settings.appSecret],
  secret: ({ settings }) => settings.appSecret,
  request: ({ settings }) => ({
    method: 'GET',
    base: 'oapi',
    path: '/gettoken',
    query: { appkey: settings.appKey, appsecret: settings.appSecret },
  }),
  read: ({ body }) => {
    const expiresIn = Number(body.expires_in);
    const failed = body.errcode !== undefined && !saysYes({ status: 200, body });
    if (failed || typeof body.access_token !== 'string' || body.access_token === '') return undefined;
    return { token: body.access_token, expiresIn: Number.isFinite(expiresIn) && expiresIn > 0 ? expiresIn : 7_200 };
  },
};
