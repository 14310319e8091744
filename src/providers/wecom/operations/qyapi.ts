import { DeliveryError } from '../../delivery-error.js';
import type { PlatformRequest, ResolvedApp } from '../../provider.contract.js';
import { WECOM_TOKEN } from '../wecom.answers.js';
import type { WeComApp } from '../wecom.settings.js';

/** A JSON call. Members that are undefined are left out: the platform does not like empty ones. */
export function qyapiPost(path: string, body: Readonly<Record<string, unknown>>): PlatformRequest {
  return { method: 'POST', base: 'qyapi', path, body: JSON.stringify(body), token: WECOM_TOKEN };
}

/**
 * The AgentId of the app, sent as a number: text is not accepted everywhere.
 * @throws DeliveryError kind `credentials` when it is not configured
 */
export function agentId(app: ResolvedApp<WeComApp>): number {
  if (app.settings.agentId !== undefined) return app.settings.agentId;
  throw new DeliveryError('credentials', {
    provider: 'wecom',
    reason: 'no-agent-id',
    hint: {
      zh: `应用 ${app.name} 没有配置 agentId（MSG_WECOM_AGENT_ID）`,
      en: `The app ${app.name} has no agentId configured (MSG_WECOM_AGENT_ID)`,
    },
  });
}

/** Ids in the platform's form, `a|b`; undefined when there are none, so that the member is left out. */
export function joined(list: readonly string[] | undefined): string | undefined {
  return list && list.length > 0 ? list.join('|') : undefined;
}
