import { Members, MessageDefect } from './message-checks.js';
import { Refusal } from './refusals.js';
import { isJsonObject, type JsonObject } from './topapi-arguments.js';

/** A message of a custom robot that the platform takes. */
export interface RobotMessage {
  readonly msgtype: string;
  /** The message object as received. */
  readonly content: unknown;
  readonly msgUuid: string | undefined;
  /** Everything a keyword may stand in. */
  readonly words: string;
  /** Who is notified: named in `at` and by `@…` in the text. */
  readonly mentioned: readonly string[];
  readonly mentionsAll: boolean;
}

/**
 * Checks the body of `/robot/send`. Members that are not documented pass; the other spelling of a documented one does
 * not help.
 *
 * @see https://open.dingtalk.com/document/development/robot-message-type
 * @throws Refusal
 */
export function checkRobotMessage(json: string): RobotMessage {
  const body = objectIn(json);
  const { msgtype } = body;
  if (typeof msgtype !== 'string') throw new Refusal(40035, '缺少参数 msgtype');
  const check = CHECKS.get(msgtype);
  if (!check) throw new Refusal(400105, `unsupported msgtype: ${msgtype}`);
  const { msgUuid } = body;
  if (msgUuid !== undefined && typeof msgUuid !== 'string') throw new Refusal(40035, '参数不合法 msgUuid');
  const at = atOf(body);
  try {
    const text = check(new Members(body, '').object(msgtype));
    const present = (names: readonly string[]): readonly string[] => names.filter((name) => text?.includes(`@${name}`));
    return {
      msgtype,
      content: { msgtype, [msgtype]: body[msgtype], ...(body.at !== undefined && { at: body.at }) },
      msgUuid,
      words: JSON.stringify(body[msgtype]),
      mentioned: [...present(msgtype === 'actionCard' ? [] : at.mobiles), ...present(at.userIds)],
      mentionsAll: at.all && (msgtype === 'text' || msgtype === 'markdown'),
    };
  } catch (error) {
    if (!(error instanceof MessageDefect)) throw error;
    throw new Refusal(codeOf(error), `参数不合法 ${error.member}（${error.reason}）`);
  }
}

/** Each check gives back the text in which a mention works. */
const CHECKS: ReadonlyMap<string, (content: Members) => string | undefined> = new Map<
  string,
  (content: Members) => string | undefined
>([
  ['text', (text: Members) => text.required('content')],
  ['markdown', checkMarkdown],
  ['link', checkLink],
  ['actionCard', checkActionCard],
  ['feedCard', checkFeedCard],
]);

/** Codes seen in the field: https://github.com/jenkinsci/dingtalk-plugin/issues/369 and 213 */
function codeOf({ reason, member }: MessageDefect): number {
  if (reason === 'missing' && member === 'markdown.title') return 400402;
  return reason === 'missing' && member === 'markdown.text' ? 400403 : 40035;
}

function checkMarkdown(markdown: Members): string {
  markdown.required('title');
  return markdown.required('text');
}

function checkLink(link: Members): undefined {
  link.required('title');
  link.required('text');
  link.required('messageUrl');
  link.optional('picUrl');
}

/** A `singleTitle` makes the platform overlook `btns`. */
function checkActionCard(card: Members): string {
  card.required('title');
  const text = card.required('text');
  for (const member of ['btnOrientation', 'hideAvatar']) if (card.has(member)) card.matching(member, /^[01]$/);
  if (card.has('singleTitle')) {
    card.required('singleTitle');
    card.required('singleURL');
    return text;
  }
  for (const button of card.list('btns')) {
    button.required('title');
    button.required('actionURL');
  }
  return text;
}

function checkFeedCard(card: Members): undefined {
  for (const link of card.list('links')) {
    link.required('title');
    link.required('messageURL');
    link.required('picURL');
  }
}

function atOf(body: JsonObject): { mobiles: readonly string[]; userIds: readonly string[]; all: boolean } {
  const at = body.at ?? {};
  if (!isJsonObject(at)) throw new Refusal(40035, '参数不合法 at');
  const userIds = textsIn(at, 'atUserIds');
  if (userIds.length > 50) throw new Refusal(40035, '参数不合法 at.atUserIds');
  if (at.isAtAll !== undefined && typeof at.isAtAll !== 'boolean') throw new Refusal(40035, '参数不合法 at.isAtAll');
  return { mobiles: textsIn(at, 'atMobiles'), userIds, all: at.isAtAll === true };
}

function textsIn(at: JsonObject, member: string): readonly string[] {
  const value = at[member] ?? [];
  if (!Array.isArray(value) || !value.every((entry) => typeof entry === 'string')) {
    throw new Refusal(40035, `参数不合法 at.${member}`);
  }
  return value;
}

function objectIn(json: string): JsonObject {
  try {
    const body: unknown = JSON.parse(json);
    if (isJsonObject(body)) return body;
  } catch {
    // Said below.
  }
  throw new Refusal(40035, '不合法的参数 json');
}
