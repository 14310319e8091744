import { isJsonObject, type JsonObject } from './topapi-arguments.js';

/** What is wrong with a message. Each API has its own code for it. */
export type DefectReason =
  | 'no-msgtype'
  | 'unknown-msgtype'
  | 'missing'
  | 'missing-media'
  | 'missing-link'
  | 'empty-text'
  | 'malformed'
  | 'too-long'
  | 'unknown-media';

export class MessageDefect extends Error {
  override readonly name = 'MessageDefect';

  constructor(
    readonly reason: DefectReason,
    /** Path of the member, for example `action_card.single_url`. */
    readonly member: string,
  ) {
    super(`${reason}: ${member}`);
  }
}

/** @see https://open.dingtalk.com/document/development/asynchronous-sending-of-enterprise-session-messages */
export const MAX_MESSAGE_BYTES = 2048;

type MediaLookup = (mediaId: string) => boolean;

/**
 * Checks the `msg` of a work notice or of chat/send. Lengths that the documentation merely advises (text 500, link
 * title 100 …) are not enforced; those confirmed by code 34016 are. Members that are not documented pass, another
 * message type's content object does not: a message has exactly one type.
 *
 * @see https://open.dingtalk.com/document/development/message-types-and-data-format
 * @throws MessageDefect
 */
export function checkMessage(msg: JsonObject, hasMedia: MediaLookup): string {
  const { msgtype } = msg;
  if (typeof msgtype !== 'string' || msgtype === '') throw new MessageDefect('no-msgtype', 'msgtype');
  const check = CHECKS.get(msgtype);
  if (!check) throw new MessageDefect('unknown-msgtype', 'msgtype');
  const other = [...CHECKS.keys()].find((type) => type !== msgtype && msg[type] !== undefined);
  if (other !== undefined) throw new MessageDefect('malformed', other);
  check(new Members(msg, '').object(msgtype), hasMedia);
  if (Buffer.byteLength(JSON.stringify(msg)) > MAX_MESSAGE_BYTES) throw new MessageDefect('too-long', 'msg');
  return msgtype;
}

/** Reads the members of one object of a message and says by path what is wrong with them. */
export class Members {
  constructor(
    private readonly values: JsonObject,
    private readonly at: string,
  ) {}

  has(member: string): boolean {
    return this.values[member] !== undefined;
  }

  /** An optional string, of at most `max` characters. */
  optional(member: string, max = Infinity): string | undefined {
    const value = this.values[member];
    if (value === undefined) return undefined;
    if (typeof value !== 'string') throw new MessageDefect('malformed', this.path(member));
    if (value.length > max) throw new MessageDefect('too-long', this.path(member));
    return value;
  }

  /** A string that must be there and not be empty. */
  required(member: string, max = Infinity, reason: DefectReason = 'missing'): string {
    const value = this.optional(member, max);
    if (!value) throw new MessageDefect(reason, this.path(member));
    return value;
  }

  matching(member: string, pattern: RegExp): void {
    if (!pattern.test(this.required(member))) throw new MessageDefect('malformed', this.path(member));
  }

  object(member: string): Members {
    const value = this.values[member];
    if (value === undefined) throw new MessageDefect('missing', this.path(member));
    if (!isJsonObject(value)) throw new MessageDefect('malformed', this.path(member));
    return new Members(value, this.path(member));
  }

  list(member: string, max = Infinity): Members[] {
    const value = this.values[member];
    if (!Array.isArray(value) || value.length === 0) throw new MessageDefect('malformed', this.path(member));
    if (JSON.stringify(value).length > max) throw new MessageDefect('too-long', this.path(member));
    return value.map((entry: unknown, index) => {
      const path = `${this.path(member)}[${index}]`;
      if (!isJsonObject(entry)) throw new MessageDefect('malformed', path);
      return new Members(entry, path);
    });
  }

  media(member: string, hasMedia: MediaLookup): void {
    const mediaId = this.required(member, Infinity, 'missing-media');
    if (!hasMedia(mediaId)) throw new MessageDefect('unknown-media', this.path(member));
  }

  path(member: string): string {
    return this.at === '' ? member : `${this.at}.${member}`;
  }
}

const CHECKS: ReadonlyMap<string, (content: Members, hasMedia: MediaLookup) => void> = new Map([
  ['text', checkText],
  ['image', (image: Members, hasMedia: MediaLookup) => image.media('media_id', hasMedia)],
  // A work notice takes files of at most 10 MB says one page, an upload of 20 MB another; the larger one holds here.
  ['file', (file: Members, hasMedia: MediaLookup) => file.media('media_id', hasMedia)],
  ['voice', checkVoice],
  ['link', checkLink],
  ['oa', checkOa],
  ['markdown', checkMarkdown],
  ['action_card', checkActionCard],
]);

function checkText(text: Members): void {
  if (text.optional('content', 5000) === '') throw new MessageDefect('empty-text', text.path('content'));
  text.required('content');
}

function checkVoice(voice: Members, hasMedia: MediaLookup): void {
  voice.media('media_id', hasMedia);
  voice.matching('duration', /^([1-9]|[1-5]\d)$/);
}

function checkLink(link: Members, hasMedia: MediaLookup): void {
  link.required('messageUrl', Infinity, 'missing-link');
  const picture = link.required('picUrl');
  if (picture.startsWith('@') && !hasMedia(picture)) throw new MessageDefect('unknown-media', link.path('picUrl'));
  link.required('title');
  link.required('text');
}

function checkMarkdown(markdown: Members): void {
  markdown.required('title');
  markdown.required('text', 5000);
}

function checkOa(oa: Members, hasMedia: MediaLookup): void {
  oa.required('message_url', Infinity, 'missing-link');
  oa.optional('pc_message_url');
  const head = oa.object('head');
  head.matching('bgcolor', /^[\da-f]{8}$/i);
  head.required('text');
  if (oa.has('status_bar')) {
    const statusBar = oa.object('status_bar');
    statusBar.required('status_value');
    if (statusBar.has('status_bg')) statusBar.matching('status_bg', /^0xff[\da-f]{6}$/i);
  }
  const body = oa.object('body');
  for (const member of ['title', 'content', 'file_count', 'author']) body.optional(member);
  if (body.has('image')) body.media('image', hasMedia);
  if (body.has('rich')) {
    const rich = body.object('rich');
    rich.optional('num');
    rich.optional('unit');
  }
  if (body.has('form')) {
    for (const row of body.list('form')) {
      row.optional('key');
      row.optional('value');
    }
  }
}

/** One button (single_title, single_url) or several (btn_orientation, btn_json_list): one pair, and whole. */
function checkActionCard(card: Members): void {
  // 64 characters: the figure that the text of code 34016 gives for a title.
  card.optional('title', 64);
  card.required('markdown', 5000);
  const single = card.has('single_title') || card.has('single_url');
  const multiple = card.has('btn_orientation') || card.has('btn_json_list');
  if (single && multiple) throw new MessageDefect('malformed', card.path('btn_json_list'));
  if (!multiple) {
    card.required('single_title', 20);
    card.required('single_url', 500, 'missing-link');
    return;
  }
  card.matching('btn_orientation', /^[01]$/);
  if (!card.has('btn_json_list')) throw new MessageDefect('missing', card.path('btn_json_list'));
  for (const button of card.list('btn_json_list', 1000)) {
    button.required('title', 20);
    button.required('action_url', 700, 'missing-link');
  }
}
