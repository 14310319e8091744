import { DeliveryError } from '../../delivery-error.js';
import type { PlatformRequest, ResolvedApp } from '../../provider.contract.js';
import { OLD_API_TOKEN } from '../dingtalk.answers.js';
import type { DingTalkApp } from '../dingtalk.settings.js';

/** A JSON call to the old API. Members that are undefined are left out: the platform does not like empty ones. */
export function oldApiPost(path: string, body: Readonly<Record<string, unknown>>): PlatformRequest {
  return { method: 'POST', base: 'oapi', path, body: JSON.stringify(body), token: OLD_API_TOKEN };
}

/**
 * The AgentId of the app.
 * @throws DeliveryError kind `credentials` when it is not configured
 */
export function agentId(app: ResolvedApp<DingTalkApp>): number {
  if (app.settings.agentId !== undefined) return app.settings.agentId;
  throw new DeliveryError('credentials', {
    provider: 'dingtalk',
    reason: 'no-agent-id',
    hint: {
      zh: `应用 ${app.name} 没有配置 agentId（MSG_DD_AGENT_ID）`,
      en: `The app ${app.name} has no agentId configured (MSG_DD_AGENT_ID)`,
    },
  });
}

/** A non-empty list, or undefined so that the member is left out. */
export function given(list: readonly string[] | undefined): readonly string[] | undefined {
  return list && list.length > 0 ? list : undefined;
}
