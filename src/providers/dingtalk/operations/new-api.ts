import type { Advice } from '../../../inbound/advice.js';
import type { PlatformRequest, ResolvedApp } from '../../provider.contract.js';
import { NEW_API_TOKEN } from '../dingtalk.answers.js';
import type { DingTalkApp } from '../dingtalk.settings.js';

/** A JSON call to the new API. Members that are undefined are left out. */
export function newApiPost(path: string, body: Readonly<Record<string, unknown>>): PlatformRequest {
  return { method: 'POST', base: 'api', path, body: JSON.stringify(body), token: NEW_API_TOKEN };
}

/** A reading call to the new API. */
export function newApiGet(path: string, query: Readonly<Record<string, string>>): PlatformRequest {
  return { method: 'GET', base: 'api', path, query, token: NEW_API_TOKEN };
}

/**
 * Says that the robot's code is assumed, where nobody configured one. That it equals the Client ID was found in several
 * codebases, and is written on no page of the platform.
 */
export function robotCodeAdvice({ name, settings }: ResolvedApp<DingTalkApp>): readonly Advice[] {
  if (!settings.robotCodeAssumed) return [];
  return [
    {
      path: 'robotCode',
      message: {
        zh: `应用 ${name} 没有配置 robotCode，以 appKey 代替；若不同，请设置 providers.dingtalk.apps.${name}.robotCode`,
        en: `the app ${name} has no robotCode configured, so its appKey is used; if they differ, set providers.dingtalk.apps.${name}.robotCode`,
      },
    },
  ];
}
