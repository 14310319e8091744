import type { Complaint } from '../../delivery-error.js';
import { rootMessage, withRootMessage } from '../../message-field.js';
import { jsonBytes, utf8Bytes, type LongText } from '../../overlong/long-text.js';
import type { Operation, PlatformRequest } from '../../provider.contract.js';
import type { RepeatableRequest } from '../../repeatable-request.js';
import { adviseMentions, mentionsOfParts, robotText, withMentions } from '../custom-robot.mentions.js';
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
  longText,
  check: sizeComplaints,
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
 * Limit of the whole body, bytes (error 460101; older robots answer 101002).
 * @see https://github.com/timonwong/prometheus-webhook-dingtalk/issues/30
 */
const MAX_BODY_BYTES = 20_000;
/** Room for the `msgUuid` that an asynchronous message gets, bytes. */
const UUID_BYTES = 64;

/** The text has the room that the rest of the body leaves, mentions included that are added to it. */
function longText(input: CustomRobotSendDto): LongText<CustomRobotSendDto> | undefined {
  const message = rootMessage(input);
  const found = robotText(message);
  if (!found) return undefined;
  const type = String(message.msgtype);
  const content = message[type] as Record<string, unknown>;
  const withText = (text: string): Record<string, unknown> => ({
    ...message,
    [type]: { ...content, [found.member]: text },
  });
  const besides = JSON.stringify({ ...withText(''), at: input.at, msgUuid: input.msgUuid });
  const room = MAX_BODY_BYTES - UUID_BYTES - utf8Bytes(besides);
  const mentions = withMentions(found.text, type, input.at).slice(found.text.length);
  return {
    path: `${type}.${found.member}`,
    text: found.text,
    format: type === 'text' ? 'text' : 'markdown',
    limit: Math.max(0, room - jsonBytes(mentions)),
    // Whom the text named behind the cut is named again at its end.
    limitWhenCut: Math.max(0, room - jsonBytes(withMentions('', type, input.at))),
    measure: jsonBytes,
    // The buttons would stand below every part.
    splits: type !== 'actionCard',
    parts: (texts) => {
      const mentioned = mentionsOfParts(texts, input.at);
      return texts.map((text, index) =>
        withRootMessage(input, withText(text), {
          at: mentioned[index],
          // Of two parts with one key the platform would take only the first.
          msgUuid: index === 0 || input.msgUuid === undefined ? input.msgUuid : `${input.msgUuid}-${index + 1}`,
        }),
      );
    },
  };
}

/** A body that is too large although it has no long text. */
function sizeComplaints(input: CustomRobotSendDto): Complaint[] {
  const message = rootMessage(input);
  if (robotText(message)) return [];
  const bytes = utf8Bytes(JSON.stringify(robotBody(input)));
  if (bytes <= MAX_BODY_BYTES) return [];
  const said = {
    zh: `整个请求最多 ${MAX_BODY_BYTES} 字节（UTF-8 JSON），现为 ${bytes}`,
    en: `the whole request may have ${MAX_BODY_BYTES} bytes as UTF-8 JSON, got ${bytes}`,
  };
  return [{ path: String(message.msgtype), message: said }];
}

/**
 * The platform takes one `msgUuid` once, so that a send can be repeated after silence; for how long it remembers is not
 * documented. The caller's own value wins.
 */
function withMsgUuid(request: PlatformRequest, deliveryId: string): RepeatableRequest {
  const body = JSON.parse(request.body ?? '{}') as Record<string, unknown>;
  if (body.msgUuid !== undefined) return { request };
  return { request: { ...request, body: JSON.stringify({ ...body, msgUuid: deliveryId }) } };
}
