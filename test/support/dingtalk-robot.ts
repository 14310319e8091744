import { appRobotMessages } from '../../src/providers/dingtalk/dto/app-robot-messages.js';

/** Paths of the gateway. */
export const OTO = '/v1/dd/robot/oto';
export const GROUP = '/v1/dd/robot/group';

/** Paths of the platform's calls behind them. */
export const OTO_CALL = '/v1.0/robot/oToMessages/batchSend';
export const GROUP_CALL = '/v1.0/robot/groupMessages/send';

/** Every documented message, by its key. */
export const ROBOT_MESSAGES = appRobotMessages.examples.map(({ name, message }) => [name, message] as const);

/** A one-to-one text message of the app robot. */
export function anOto(overrides: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return { userIds: ['zhangsan'], msgKey: 'sampleText', msgParam: { content: '磁盘空间不足' }, ...overrides };
}
