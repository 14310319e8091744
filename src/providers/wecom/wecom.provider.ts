import { ErrorTable } from '../error-table.js';
import type { Operation, ProviderDefinition } from '../provider.contract.js';
import { appchatCreate, appchatGet, appchatSend, appchatUpdate } from './operations/appchat.operations.js';
import { departmentList, departmentUsers, userByMobile } from './operations/directory.operations.js';
import { mediaUpload } from './operations/media.operations.js';
import { cardUpdate, messageRecall, messageSend } from './operations/message.operations.js';
import { robotSend, robotUpload } from './operations/robot.operations.js';
import { wecomTokens, wecomVerdict } from './wecom.answers.js';
import { wecomLimits } from './wecom.limits.js';
import { wecomAdHocApp, wecomApps, wecomConfiguration, type WeComApp, wecomRobots } from './wecom.settings.js';

/** WeCom (企业微信). */
export const wecom: ProviderDefinition<WeComApp> = {
  ...wecomConfiguration,
  title: { zh: '企业微信', en: 'WeCom' },
  docs: 'https://developer.work.weixin.qq.com/document/',
  apps: wecomApps,
  adHocApp: wecomAdHocApp,
  tokens: wecomTokens,
  robots: wecomRobots,
  operations: [
    messageSend,
    messageRecall,
    cardUpdate,
    appchatCreate,
    appchatUpdate,
    appchatGet,
    appchatSend,
    mediaUpload,
    departmentList,
    departmentUsers,
    userByMobile,
    robotSend,
    robotUpload,
  ] as readonly Operation[],
  errors: ErrorTable.load(new URL('wecom.errors.json', import.meta.url)),
  verdict: wecomVerdict,
  limits: wecomLimits,
  simulator: async () => {
    const { WeComSimulator } = await import('./simulator/wecom.simulator.js');
    return new WeComSimulator();
  },
};
