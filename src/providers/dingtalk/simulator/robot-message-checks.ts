import { NewApiRefusal } from './new-api-refusals.js';
import { isJsonObject, type JsonObject } from './topapi-arguments.js';

/** What a member of `msgParam` holds. */
type Member = 'text' | 'text?' | 'link' | 'media' | 'media?' | 'picture' | 'picture?' | 'digits' | 'number' | 'number?';

const CARD: Readonly<Record<string, Member>> = { title: 'text', text: 'text' };

/** So many vertical buttons. */
function buttons(count: number): Record<string, Member> {
  return Object.fromEntries(
    Array.from({ length: count }, (_, index) => index + 1).flatMap((number): [string, Member][] => [
      [`actionTitle${number}`, 'text'],
      [`actionURL${number}`, 'link'],
    ]),
  );
}

/**
 * The documented keys and the members of each. Which of them may be left out the page does not say; a message cannot be
 * shown without the others.
 *
 * @see https://open.dingtalk.com/document/development/robot-message-type
 */
const KEYS: ReadonlyMap<string, Readonly<Record<string, Member>>> = new Map<string, Readonly<Record<string, Member>>>([
  ['sampleText', { content: 'text' }],
  ['sampleMarkdown', { title: 'text', text: 'text' }],
  ['sampleImageMsg', { photoURL: 'picture' }],
  ['sampleLink', { title: 'text', text: 'text', picUrl: 'picture?', messageUrl: 'link' }],
  ['sampleActionCard', { ...CARD, singleTitle: 'text', singleURL: 'link' }],
  ['sampleActionCard2', { ...CARD, ...buttons(2) }],
  ['sampleActionCard3', { ...CARD, ...buttons(3) }],
  ['sampleActionCard4', { ...CARD, ...buttons(4) }],
  ['sampleActionCard5', { ...CARD, ...buttons(5) }],
  [
    'sampleActionCard6',
    { ...CARD, buttonTitle1: 'text', buttonUrl1: 'link', buttonTitle2: 'text', buttonUrl2: 'link' },
  ],
  ['sampleAudio', { mediaId: 'media', duration: 'digits' }],
  ['sampleFile', { mediaId: 'media', fileName: 'text', fileType: 'text' }],
  [
    'sampleVideo',
    {
      duration: 'number',
      videoMediaId: 'media',
      videoType: 'text',
      picMediaId: 'media?',
      height: 'number?',
      width: 'number?',
    },
  ],
]);

/**
 * Checks key and parameters of a robot's message. `msgParam` is a text that holds JSON, never an object.
 *
 * @param maxBytes of the text; absent where none is published
 * @throws NewApiRefusal
 */
export function checkRobotMessage(
  msgKey: string,
  msgParam: string,
  hasMedia: (mediaId: string) => boolean,
  maxBytes = Infinity,
): void {
  const members = KEYS.get(msgKey);
  if (!members) throw NewApiRefusal.bad('invalidParameter.msgKey.invalid', `msgKey不存在 ${msgKey}`);
  const param = parsed(msgParam);
  if (!param) throw NewApiRefusal.bad('invalidParameter.msgParam.invalid', 'msgParam不是合法的JSON字符串');
  if (Buffer.byteLength(msgParam) > maxBytes) {
    throw NewApiRefusal.bad('invalidParameter.msgParam.tooLong', `消息体过长，最多 ${maxBytes} 字节`);
  }
  for (const [member, holds] of Object.entries(members)) checkMember(member, holds, param[member], hasMedia);
}

function checkMember(member: string, holds: Member, value: unknown, hasMedia: (mediaId: string) => boolean): void {
  const wrong = NewApiRefusal.bad('invalidParameter.param.invalid', `msgParam 的参数不合法或为空 ${member}`);
  if (value === undefined || value === null || value === '') {
    if (holds.endsWith('?')) return;
    throw wrong;
  }
  const kind = holds.replace('?', '');
  if (kind === 'number') {
    const digits = typeof value === 'number' ? String(value) : value;
    if (typeof digits !== 'string' || !/^\d+$/.test(digits)) throw wrong;
    return;
  }
  if (typeof value !== 'string') throw wrong;
  if (kind === 'digits' && !/^\d+$/.test(value)) throw wrong;
  if (kind === 'link' && !/^[a-z][a-z\d+.-]*:\S/i.test(value)) throw wrong;
  if ((kind === 'media' || (kind === 'picture' && value.startsWith('@'))) && !hasMedia(value)) {
    throw NewApiRefusal.bad('resource.not.found', `资源不存在 ${member}`);
  }
}

function parsed(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
