import { isIP } from 'node:net';

/** Longer messages are not searched beyond this; every expression below is linear in it. */
const MAX_LENGTH = 4096;

const IP = /\bip[\s:：=]{1,4}([0-9a-f:.]{2,45})/gi;
const APP_KEY = /\bapp_?key[\s:：=("']{1,4}([\w-]{4,64})/i;
const SUB_CODE = /\bsub_?code["']?\s?[=:]\s?["']?([\w.-]{1,100})/i;
/** `应用尚未开通所需的权限：[qyapi_robot_sendmsg]`, or `"requiredScopes":["qyapi_robot_sendmsg"]` of the new API. */
const SCOPES = /(?:权限|permissions?|scopes?)["'\s:：=]{0,6}\[([^\]]{1,600})\]/i;
const SCOPE = /^[\w.:-]{2,100}$/;
const APPLY_URL = /https:\/\/open-dev\.dingtalk\.com\/[\w/?=&%#.-]{1,300}/i;

/**
 * Facts that DingTalk quotes in its error text, by the name of the placeholder they fill:
 *
 * - `ip`: the address the platform saw (60020, 310000)
 * - `appKey`: the app it means (60020)
 * - `scope`: missing permission points, comma separated (60011)
 * - `applyUrl`: page of the developer console where they are applied for (60011)
 * - `subCode`: inner code of a wrapped reply (88)
 *
 * The text never decides what happened; it only makes hints more helpful.
 *
 * @param errmsg the platform's words: `errmsg` of the old API, `message` of the new one
 * @param extra `sub_msg` of the old API, or the text of the access-denied detail of the new one
 * @see https://open.dingtalk.com/document/development/add-api-permission
 */
export function dingtalkFacts(errmsg: string, extra: { subMsg?: string } = {}): Record<string, string> {
  const text = [extra.subMsg ?? '', errmsg].map((part) => part.slice(0, MAX_LENGTH)).join('\n');
  const facts: Record<string, string> = {};
  const ip = addressIn(text);
  if (ip) facts.ip = ip;
  const appKey = APP_KEY.exec(text)?.[1];
  if (appKey) facts.appKey = appKey;
  const scope = scopesIn(text);
  if (scope) facts.scope = scope;
  const applyUrl = APPLY_URL.exec(text)?.[0];
  if (applyUrl) facts.applyUrl = applyUrl;
  const subCode = SUB_CODE.exec(text)?.[1];
  if (subCode) facts.subCode = subCode;
  return facts;
}

function scopesIn(text: string): string {
  const names = (SCOPES.exec(text)?.[1] ?? '').split(/[,，、\s]/).map((name) => name.replaceAll(/["']/g, ''));
  return names
    .filter((name) => SCOPE.test(name))
    .slice(0, 10)
    .join(', ');
}

function addressIn(text: string): string | undefined {
  return Array.from(text.matchAll(IP), (match) => (match[1] ?? '').replace(/\.$/, '')).find(
    (candidate) => isIP(candidate) !== 0,
  );
}
