import type { PlatformVerdict } from '../error-table.js';
import type { PlatformAnswer, TokenSource } from '../provider.contract.js';
import { wecomFacts } from './wecom.facts.js';
import type { WeComApp } from './wecom.settings.js';

/** Where the platform wants its token. */
export const WECOM_TOKEN = { query: 'access_token' } as const;

/** Its code says yes; the text "0" counts as well. */
function codeIsZero({ body }: PlatformAnswer): boolean {
  return body.errcode === 0 || body.errcode === '0';
}

/**
 * Did the platform say yes? Its code is 0; some endpoints leave the code out on success, and then the documented
 * member of the result must be there.
 * @param member that member, `msgid`; absent for operations whose answer has none
 * @see https://developer.work.weixin.qq.com/document/path/90664
 */
export function saysYes(member?: string): (answer: PlatformAnswer) => boolean {
  return (answer) => {
    if (answer.body.errcode !== undefined) return codeIsZero(answer);
    return member !== undefined && answer.body[member] !== undefined && answer.body[member] !== null;
  };
}

/**
 * What WeCom said.
 * @see https://developer.work.weixin.qq.com/document/path/90313
 */
export function wecomVerdict(answer: PlatformAnswer): PlatformVerdict | undefined {
  const { errcode, errmsg } = answer.body;
  if ((typeof errcode !== 'number' && typeof errcode !== 'string') || codeIsZero(answer)) return undefined;
  const words = typeof errmsg === 'string' ? errmsg : '';
  return { code: String(errcode), errmsg: words, facts: wecomFacts(words) };
}

/**
 * The platform reads a body that does not quite fit as far as it can and says so in `errmsg` beside a yes: worth a
 * line in the log.
 * @see https://developer.work.weixin.qq.com/document/path/90313
 */
export function warningOf({ body }: PlatformAnswer): string | undefined {
  return typeof body.errmsg === 'string' && body.errmsg.includes('wrong json format') ? body.errmsg : undefined;
}

/** People or departments that were left out: text joined by `|` on one endpoint, a list on another. */
export function leftOut({ body }: PlatformAnswer, member: string): string[] {
  const value = body[member];
  if (Array.isArray(value)) return value.map(String);
  return typeof value === 'string' ? value.split('|').filter((id) => id !== '') : [];
}

/**
 * Access tokens of WeCom: one per app, because every app has a secret of its own.
 * @see https://developer.work.weixin.qq.com/document/path/91039
 */
export const wecomTokens: TokenSource<WeComApp> = {
  identity: ({ settings }) => [settings.corpId, settings.corpSecret],
  secret: ({ settings }) => settings.corpSecret,
  request: ({ settings }) => ({
    method: 'GET',
    base: 'qyapi',
    path: '/cgi-bin/gettoken',
    query: { corpid: settings.corpId, corpsecret: settings.corpSecret },
  }),
  read: (answer) => {
    const { access_token: token, expires_in: life } = answer.body;
    if (!saysYes('access_token')(answer) || typeof token !== 'string' || token === '') return undefined;
    return { token, expiresIn: typeof life === 'number' && life > 0 ? life : 7_200 };
  },
};
