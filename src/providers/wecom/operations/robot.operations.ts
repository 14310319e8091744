import { textMember } from '../../answer-members.js';
import { checkMedia } from '../../media-rules.js';
import { rootMessage, withRootMessage } from '../../message-field.js';
import type { LongText } from '../../overlong/long-text.js';
import type { Operation } from '../../provider.contract.js';
import { exampleFile, type ReceivedFile } from '../../received-file.js';
import { robotMessages } from '../dto/robot-messages.js';
import { RobotSendDto, RobotUploadDto } from '../dto/robot.dto.js';
import { ROBOT_PAGE } from '../dto/robot/page.js';
import { saysYes, warningOf } from '../wecom.answers.js';
import { PLATFORM_MEDIA, type WeComRobot } from '../wecom.settings.js';
import { carriesMedia, MEDIA_LIFE_SECONDS } from './media.operations.js';

/** Group robots: the webhook of one group. The key is added when a request leaves. */

export const robotSend: Operation<RobotSendDto, WeComRobot> = {
  id: 'robot.send',
  effect: 'send',
  target: 'robot',
  title: { zh: '群机器人发送消息', en: 'Send a message with a group robot' },
  failure: { zh: '机器人消息发送失败', en: 'The robot’s message was not sent' },
  source: ROBOT_PAGE,
  input: RobotSendDto,
  messages: robotMessages,
  // The platform gives no id for a message of a robot.
  data: { nullable: true, example: null },
  longText,
  goodForSeconds: (input) => (carriesMedia(rootMessage(input)) ? MEDIA_LIFE_SECONDS : undefined),
  broadcasts: (input) => mentionsEverybody(rootMessage(input)),
  render: (input) => ({
    method: 'POST',
    base: 'qyapi',
    path: '/cgi-bin/webhook/send',
    body: JSON.stringify(rootMessage(input)),
  }),
  succeeded: saysYes(),
  result: (answer) => ({ data: null, outcome: 'sent', warning: warningOf(answer) }),
  examples: robotMessages.examples.map(({ name, summary, message }) => ({
    name,
    summary,
    input: message as unknown as RobotSendDto,
  })),
};

/** Limits of the texts, UTF-8 bytes; beyond them the platform refuses with 40058. */
const MAX_BYTES: ReadonlyMap<unknown, number> = new Map([
  ['text', 2048],
  ['markdown', 4096],
  ['markdown_v2', 4096],
]);

/** The lists of mentions go with the first part alone, or people would be called again and again. */
function longText(input: RobotSendDto): LongText<RobotSendDto> | undefined {
  const message = rootMessage(input);
  const limit = MAX_BYTES.get(message.msgtype);
  if (limit === undefined) return undefined;
  const type = String(message.msgtype);
  const { mentioned_list: _list, mentioned_mobile_list: _mobiles, ...rest } = message[type] as Record<string, unknown>;
  return {
    path: `${type}.content`,
    text: String(rest.content),
    format: type === 'text' ? 'text' : 'markdown',
    limit,
    parts: (texts) =>
      texts.map((content, index) => {
        const others = index === 0 ? (message[type] as Record<string, unknown>) : rest;
        return withRootMessage(input, { ...message, [type]: { ...others, content } });
      }),
  };
}

/** A validated form with its file. */
export type RobotUpload = RobotUploadDto & { readonly media: ReceivedFile };

export const robotUpload: Operation<RobotUpload, WeComRobot> = {
  id: 'robot.upload',
  effect: 'upload',
  target: 'robot',
  title: { zh: '上传群机器人的文件（三天有效）', en: 'Upload a file for a group robot (lives three days)' },
  failure: { zh: '资源上传失败', en: 'The file was not uploaded' },
  source: ROBOT_PAGE,
  input: RobotUploadDto as new () => RobotUpload,
  data: { type: 'string', description: 'media_id', example: '3gZrobotFile7Kd2mXq9RtB5wLnC8sHjPe4' },
  render: ({ type, media }) => {
    checkMedia(type, media, PLATFORM_MEDIA[type]);
    return {
      method: 'POST',
      base: 'qyapi',
      path: '/cgi-bin/webhook/upload_media',
      query: { type },
      upload: { field: 'media', fileName: media.originalname, contentType: media.mimetype, bytes: media.buffer },
    };
  },
  succeeded: saysYes('media_id'),
  result: (answer) => ({
    data: answer.body.media_id ?? null,
    outcome: 'sent',
    receipt: textMember(answer, 'media_id'),
  }),
  examples: [
    {
      name: 'file',
      summary: { zh: '上传巡检报告', en: 'Upload a report' },
      input: { type: 'file', media: exampleFile('report.pdf', 'application/pdf', 'an inspection report') },
    },
  ],
};

/** `@all` in one of the lists of a text, or `<@all>` in what it says. */
function mentionsEverybody(message: Readonly<Record<string, unknown>>): boolean {
  const content = (message[String(message.msgtype)] ?? {}) as Readonly<Record<string, unknown>>;
  const lists = [content.mentioned_list, content.mentioned_mobile_list];
  const said = typeof content.content === 'string' && content.content.includes('<@all>');
  return said || lists.some((list) => Array.isArray(list) && list.includes('@all'));
}
