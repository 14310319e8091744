import { ErrorTable } from '../error-table.js';
import type { Operation, ProviderDefinition } from '../provider.contract.js';
import { dingtalkTokens, dingtalkVerdict } from './dingtalk.answers.js';
import { dingtalkLimits } from './dingtalk.limits.js';
import {
  dingtalkAdHocApp,
  dingtalkApps,
  dingtalkConfiguration,
  dingtalkRobots,
  type DingTalkApp,
} from './dingtalk.settings.js';
import { robotGroupSend, robotOtoSend } from './operations/app-robot.operations.js';
import {
  robotGroupQuery,
  robotGroupRecall,
  robotOtoQuery,
  robotOtoRecall,
} from './operations/app-robot-follow-up.operations.js';
import { chatCreate, chatGet, chatSend, chatUpdate } from './operations/chat.operations.js';
import { customRobotSend } from './operations/custom-robot.operations.js';
import { departmentList, departmentUsers, userByMobile } from './operations/directory.operations.js';
import { chatConvert, groupCreate, groupUpdate } from './operations/group.operations.js';
import { mediaUpload } from './operations/media.operations.js';
import { noticeProgress, noticeRecall, noticeResult, noticeSend } from './operations/work-notice.operations.js';

/** DingTalk (钉钉). */
export const dingtalk: ProviderDefinition<DingTalkApp> = {
  ...dingtalkConfiguration,
  title: { zh: '钉钉', en: 'DingTalk' },
  docs: 'https://open.dingtalk.com/document/',
  apps: dingtalkApps,
  adHocApp: dingtalkAdHocApp,
  tokens: dingtalkTokens,
  robots: dingtalkRobots,
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
    groupCreate,
    groupUpdate,
    chatConvert,
    robotOtoSend,
    robotOtoQuery,
    robotOtoRecall,
    robotGroupSend,
    robotGroupQuery,
    robotGroupRecall,
    customRobotSend,
    departmentList,
    departmentUsers,
    userByMobile,
  ] as readonly Operation[],
  errors: ErrorTable.load(new URL('dingtalk.errors.json', import.meta.url)),
  verdict: dingtalkVerdict,
  limits: dingtalkLimits,
  simulator: async () => {
    const { DingTalkSimulator } = await import('./simulator/dingtalk.simulator.js');
    return new DingTalkSimulator();
  },
};
