import { rootMessage } from '../../message-field.js';
import type { Operation, PlatformRequest } from '../../provider.contract.js';
import { adviseMentions, robotText, withMentions } from '../custom-robot.mentions.js';
import { saysYes } from '../dingtalk.answers.js';
import type { DingTalkRobot } from '../dingtalk.settings.js';
import { CustomRobotSendDto } from '../dto/custom-robot.dto.js';
import { customRobotMessages } from '../dto/custom-robot-messages.js';
import { ROBOT_PAGE } from '../dto/custom-robot/page.js';

/** Custom robots: the webhook of one group. The credentials are added when a request leaves. */

export const customRobotSend: Operation<CustomRobotSendDto, DingTalkRobot> = {
  id: 'robot.send',
  effect: 'send',
  target: 'robot',
  title: { zh: '自定义机器人发送群消息', en: 'Send a message with a custom robot' },
  failure: { zh: '机器人消息发送失败', en: 'The robot’s message was not sent' },
  source: ROBOT_PAGE,
  input: CustomRobotSendDto,
  messages: customRobotMessages,
  // The platform gives no id for a message of a robot.
  data: { nullable: true, example: null },
  advise: (input) => adviseMentions(rootMessage(input).msgtype, input.at),
  broadcasts: ({ at }) => at?.isAtAll === true,
  render: (input) => ({ method: 'POST', base: 'oapi', path: '/robot/send', body: JSON.stringify(robotBody(input)) }),
  asRepeatable: withMsgUuid,
  succeeded: saysYes,
  result: () => ({ data: null, outcome: 'sent' }),
  examples: [
    ...customRobotMessages.examples.map(({ name, summary, message }) => ({
      name,
      summary,
      input: message as unknown as CustomRobotSendDto,
    })),
    {
      name: 'text-at',
      summary: { zh: '提到值班人', en: 'Mentions who is on duty' },
      input: {
        msgtype: 'text',
        text: { content: '磁盘 91%，请 @13800001111 @zhangsan 处理' },
        at: { atMobiles: ['13800001111'], atUserIds: ['zhangsan'] },
      } as CustomRobotSendDto,
    },
  ],
};

/** The body as the webhook takes it; members that were not given are left out. */
function robotBody(input: CustomRobotSendDto): Record<string, unknown> {
  const message = rootMessage(input);
  const { msgtype } = message;
  const found = robotText(message);
  const content = message[String(msgtype)] as Record<string, unknown>;
  return {
    ...message,
    ...(found
      ? { [String(msgtype)]: { ...content, [found.member]: withMentions(found.text, msgtype, input.at) } }
      : {}),
    at: input.at,
    msgUuid: input.msgUuid,
  };
}

/**
 * The platform takes one `msgUuid` once, so that a send can be repeated after silence; for how long it remembers is not
 * documented. The caller's own value wins.
 */
function withMsgUuid(request: PlatformRequest, deliveryId: string): PlatformRequest {
  const body = JSON.parse(request.body ?? '{}') as Record<string, unknown>;
  return body.msgUuid === undefined ? { ...request, body: JSON.stringify({ ...body, msgUuid: deliveryId }) } : request;
}
