import type { SimulatedApp } from './access-tokens.js';
import { checkCard, type CheckedCard } from './card-checks.js';
import type { ByteLimit, Members } from './members.js';
import type { MediaStore } from './media-store.js';
import { Refusal } from './refusals.js';

/** On whose behalf and by which API a message is sent, as far as it changes what is right. */
export interface MessageContext {
  readonly app: SimulatedApp;
  readonly media: MediaStore;
  /** A group chat takes fewer types, and news without mini programs. */
  readonly toChat: boolean;
  readonly toAll: boolean;
  /** Whether text and markdown of more than 2048 bytes lose their end rather than being refused. */
  readonly cutsLongText: boolean;
}

const CONTENT_LIMIT: ByteLimit = { maxBytes: 2048, code: 45002 };
const ARTICLE_LIMIT: ByteLimit = { maxBytes: 666 * 1024, code: 45002 };
/** 2048 on the message page, 1024 in the error table's text for 40039; the larger one holds here. */
const URL_LIMIT: ByteLimit = { maxBytes: 2048, code: 40039 };
const CONFIDENTIAL_FILES = 'txt pdf doc docx ppt pptx xls xlsx xml jpg jpeg png bmp gif'.split(' ');

type Check = (content: Members, context: MessageContext, safe: number) => void;

const CHECKS: ReadonlyMap<string, Check> = new Map<string, Check>([
  ['text', checkText],
  ['markdown', (markdown, context) => checkContent(markdown, context)],
  ['image', (image, { media }) => void media.use(image.requiredText('media_id', 41006), 'image')],
  ['voice', (voice, { media }) => void media.use(voice.requiredText('media_id', 41006), 'voice')],
  ['video', checkVideo],
  ['file', checkFile],
  ['textcard', checkTextCard],
  ['news', checkNews],
  ['mpnews', checkMpNews],
  ['miniprogram_notice', checkMiniProgramNotice],
]);
const CHAT_TYPES = [...CHECKS.keys()].filter((type) => type !== 'miniprogram_notice');
const APP_TYPES = [...CHECKS.keys(), 'template_card'];

/** The type, if the API takes it. This is looked at first, so that a body that is no JSON ends here. */
export function messageTypeOf(body: Members, toChat: boolean): string {
  const msgtype = body.value('msgtype');
  const types = toChat ? CHAT_TYPES : APP_TYPES;
  if (typeof msgtype !== 'string' || !types.includes(msgtype)) throw new Refusal(40008);
  return msgtype;
}

/**
 * Checks the content object of a message. Titles and descriptions that are "cut beyond" a length pass at any length,
 * and so do members that are not documented. `safe` is listed for some types only; with the others 0 and 1 pass, but
 * for news, which has a code of its own.
 *
 * @see https://developer.work.weixin.qq.com/document/path/90236
 * @see https://developer.work.weixin.qq.com/document/path/90248 for group chats
 * @returns what the platform remembers of a template card
 * @throws Refusal
 */
export function checkMessage(msgtype: string, body: Members, context: MessageContext): CheckedCard | undefined {
  const mayStayInside = ['mpnews', 'news'].includes(msgtype) && !context.toChat;
  const safe = body.choice('safe', mayStayInside ? [0, 1, 2] : [0, 1]);
  const content = body.object(msgtype);
  if (msgtype === 'template_card') return checkCard(content, { ...context, isUpdate: false });
  CHECKS.get(msgtype)?.(content, context, safe);
  return undefined;
}

/** The message without its addressees. */
export function contentOf(msgtype: string, body: Members): Record<string, unknown> {
  return { msgtype, [msgtype]: body.value(msgtype), ...(body.has('safe') && { safe: body.value('safe') }) };
}

function checkText(text: Members, context: MessageContext): void {
  checkContent(text, context);
  if (context.toChat && text.has('mentioned_list')) text.ids('mentioned_list');
}

/**
 * The message page says that text beyond 2048 bytes is cut, the table of errors that it is refused, and neither of
 * them what happens to markdown. A refusal is what nobody overlooks, so that is the default.
 */
function checkContent(content: Members, { cutsLongText, toChat }: MessageContext): void {
  content.requiredText('content', 44004, cutsLongText && !toChat ? undefined : CONTENT_LIMIT);
}

function checkVideo(video: Members, { media }: MessageContext): void {
  media.use(video.requiredText('media_id', 41006), 'video');
  video.text('title');
  video.text('description');
}

/** Whether a file has to be uploaded as one is not said; a picture sent as a file passes here. */
function checkFile(file: Members, { media }: MessageContext, safe: number): void {
  const { filename } = media.use(file.requiredText('media_id', 41006));
  const extension = filename.split('.').at(-1)?.toLowerCase() ?? '';
  if (safe === 1 && !CONFIDENTIAL_FILES.includes(extension)) throw new Refusal(40004, 'not for a confidential message');
}

function checkTextCard(card: Members): void {
  card.requiredText('title', 41016);
  card.requiredText('description', 41033);
  checkUrl(card, 'url');
  card.text('btntxt');
}

function checkNews(news: Members, { toChat }: MessageContext, safe: number): void {
  if (safe !== 0) throw new Refusal(40074);
  for (const article of news.list('articles', { min: 1, max: 8, code: 45008 })) {
    article.requiredText('title', 41016);
    article.text('description');
    if (article.has('picurl') && article.text('picurl') !== '') checkUrl(article, 'picurl');
    const opensMiniProgram = !toChat && (article.has('appid') || article.has('pagepath'));
    if (!opensMiniProgram) {
      checkUrl(article, 'url');
      continue;
    }
    article.requiredText('appid', 40058);
    article.requiredText('pagepath', 40058, { maxBytes: 128, code: 40058 });
  }
}

function checkMpNews(mpnews: Members, { media }: MessageContext): void {
  for (const article of mpnews.list('articles', { min: 1, max: 8, code: 45008 })) {
    article.requiredText('title', 41016);
    media.use(article.requiredText('thumb_media_id', 41006), 'image');
    article.requiredText('content', 44004, ARTICLE_LIMIT);
    article.text('author', { maxBytes: 64, code: 45032 });
    article.text('digest');
    article.text('content_source_url', URL_LIMIT);
  }
}

function checkMiniProgramNotice(notice: Members, { app, toAll }: MessageContext): void {
  if (app.miniProgram === undefined) throw new Refusal(48002, 'the app is bound to no mini program');
  if (toAll) throw new Refusal(40058, 'miniprogram_notice can not be sent to @all');
  if (notice.requiredText('appid', 90200) !== app.miniProgram) throw new Refusal(90208);
  checkNoticeLine(notice, 'title', notice.requiredText('title', 41016));
  checkNoticeLine(notice, 'description', notice.text('description'));
  notice.text('page', { maxBytes: 1024, code: 90204 });
  notice.boolean('emphasis_first_item');
  for (const item of notice.list('content_item', { max: 10, code: 90201 })) {
    if (chineseWidth(item.requiredText('key', 90202)) > 10) throw new Refusal(90202);
    if (chineseWidth(item.requiredText('value', 90203)) > 30) throw new Refusal(90203);
  }
}

function checkNoticeLine(notice: Members, member: string, line: string | undefined): void {
  if (line === undefined || ([...line].length >= 4 && chineseWidth(line) <= 12)) return;
  throw new Refusal(40058, `${notice.path(member)} should be 4 to 12 characters`);
}

/** "4 to 12 Chinese characters": how others count is not said, so two of ASCII count as one. */
function chineseWidth(text: string): number {
  return [...text].reduce((width, character) => width + (character <= '\u007f' ? 0.5 : 1), 0);
}

function checkUrl(owner: Members, member: string): void {
  const url = owner.requiredText(member, 41010, URL_LIMIT);
  if (!/^https?:\/\//i.test(url)) throw new Refusal(45034, owner.path(member));
}
