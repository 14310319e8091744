import { ErrorTable } from '../error-table.js';
import type { Operation, ProviderDefinition } from '../provider.contract.js';
import { dingtalkTokens, dingtalkVerdict } from './dingtalk.answers.js';
import { dingtalkLimits } from './dingtalk.limits.js';
import { dingtalkAdHocApp, dingtalkApps, dingtalkSettings, type DingTalkApp } from './dingtalk.settings.js';
import { chatCreate, chatGet, chatSend, chatUpdate } from './operations/chat.operations.js';
import { mediaUpload } from './operations/media.operations.js';
import { noticeProgress, noticeRecall, noticeResult, noticeSend } from './operations/work-notice.operations.js';

/** DingTalk (钉钉). */
export const dingtalk: ProviderDefinition<DingTalkApp> = {
  id: 'dingtalk',
  title: { zh: '钉钉', en: 'DingTalk' },
  docs: 'https://open.dingtalk.com/document/',
  settings: dingtalkSettings,
  environment: {
    MSG_DD_APP_KEY: 'apps.default.appKey',
    MSG_DD_APP_SECRET: 'apps.default.appSecret',
    MSG_DD_AGENT_ID: 'apps.default.agentId',
    MSG_DD_BASE_URL: 'baseUrl',
    MSG_DD_API_BASE_URL: 'apiBaseUrl',
  },
  apps: dingtalkApps,
  adHocApp: dingtalkAdHocApp,
  tokens: dingtalkTokens,
  operations: [
    chatCreate,
    chatUpdate,
    chatGet,
    chatSend,
    noticeSend,
    noticeProgress,
    noticeResult,
    noticeRecall,
    mediaUpload,
  ] as readonly Operation[],
  errors: ErrorTable.load(new URL('dingtalk.errors.json', import.meta.url)),
  verdict: dingtalkVerdict,
  limits: dingtalkLimits,
  simulator: async () => {
    const { DingTalkSimulator } = await import('./simulator/dingtalk.simulator.js');
    return new DingTalkSimulator();
  },
};
