import { randomBytes } from 'node:crypto';
import type { Ledger } from '../../../simulator/ledger.js';
import type { SimulatedCall } from '../../../simulator/simulated-call.js';
import type { SimulatedApp } from './access-tokens.js';
import type { Directory } from './directory.js';
import type { ErrorCode } from './error-texts.js';
import type { MediaStore } from './media-store.js';
import type { JsonObject, Members } from './members.js';
import { checkMessage, contentOf, messageTypeOf } from './message-checks.js';
import type { MessageLimits } from './message-limits.js';
import { Refusal } from './refusals.js';
import { requestBody } from './request-body.js';
import { Visibility } from './visible-range.js';

interface Chat {
  readonly chatid: string;
  readonly app: string;
  name: string;
  owner: string;
  members: readonly string[];
}

const MIN_MEMBERS = 2;
const MAX_MEMBERS = 2000;
const MAX_NAME = 50;
const MAX_CHATID = 32;

/**
 * `/cgi-bin/appchat/*`: group chats made by an app. Each call demands that the app sees the root department; 48002 was
 * seen for one that does not, and 60011 too.
 */
export class AppChats {
  private readonly chats = new Map<string, Chat>();

  constructor(
    private readonly directory: Directory,
    private readonly media: MediaStore,
    private readonly limits: MessageLimits,
    private readonly ledger: Ledger,
  ) {}

  /** A group that an app made at another time, under an id that a caller knows. */
  adopt(chatid: string, app: SimulatedApp): void {
    const members = this.directory.everyone().slice(0, MIN_MEMBERS);
    const userids = members.map(({ userid }) => userid);
    this.chats.set(chatid, { chatid, app: app.name, name: '示例群', owner: userids[0] ?? '', members: userids });
  }

  /** @see https://developer.work.weixin.qq.com/document/path/90245 */
  create(call: SimulatedCall, app: SimulatedApp): JsonObject {
    const visibility = this.rootVisibility(app);
    const body = requestBody(call);
    const given = body.ids('userlist');
    if (given.length === 0) throw new Refusal(86204);
    const members = knownMembers(given, visibility, 86007);
    checkSize(members);
    const owner = ownerIn(body, members) ?? members[0] ?? '';
    const name = nameIn(body) ?? '';
    const chatid = this.freeChatId(body);
    this.limits.countNewChat();
    this.chats.set(chatid, { chatid, app: app.name, name, owner, members });
    return { chatid };
  }

  /** @see https://developer.work.weixin.qq.com/document/path/98913 */
  update(call: SimulatedCall, app: SimulatedApp): JsonObject {
    const visibility = this.rootVisibility(app);
    const body = requestBody(call);
    const chat = this.find(body.requiredText('chatid', 86201), app);
    const name = nameIn(body);
    const added = knownMembers(body.ids('add_user_list'), visibility, 86216);
    const removed = knownMembers(body.ids('del_user_list'), visibility, 86216);
    if (removed.some((userid) => !chat.members.includes(userid))) throw new Refusal(86216, 'del_user_list');
    const members = [...new Set([...chat.members, ...added])].filter((userid) => !removed.includes(userid));
    checkSize(members);
    const owner = ownerIn(body, members) ?? chat.owner;
    if (!members.includes(owner)) throw new Refusal(86203);
    this.limits.countChatChange();
    Object.assign(chat, { name: name ?? chat.name, owner, members });
    return {};
  }

  /** @see https://developer.work.weixin.qq.com/document/path/98914 */
  get(call: SimulatedCall, app: SimulatedApp): JsonObject {
    this.rootVisibility(app);
    const chatid = call.query.get('chatid');
    if (!chatid) throw new Refusal(86201);
    const { name, owner, members } = this.find(chatid, app);
    return { chat_info: { chatid, name, owner, userlist: members, chat_type: 0 } };
  }

  /**
   * Takes no agentid and no duplicate check, and answers no msgid.
   *
   * @see https://developer.work.weixin.qq.com/document/path/90248
   */
  send(call: SimulatedCall, app: SimulatedApp): JsonObject {
    this.rootVisibility(app);
    const body = requestBody(call);
    const msgtype = messageTypeOf(body, true);
    const chat = this.find(body.requiredText('chatid', 86201), app);
    checkMessage(msgtype, body, { app, media: this.media, toChat: true, toAll: false, cutsLongText: false });
    this.ledger.recordMessage({
      id: `appchat-${randomBytes(12).toString('hex')}`,
      provider: 'wecom',
      app: app.name,
      operation: 'appchat.send',
      recipients: { chat: chat.chatid },
      msgtype,
      content: contentOf(msgtype, body),
      ...this.limits.admitToChat(app.name, chat.members),
    });
    return {};
  }

  private rootVisibility(app: SimulatedApp): Visibility {
    const visibility = new Visibility(this.directory, app.visibleRange);
    if (!visibility.isRoot) throw new Refusal(48002, 'the app is not visible to the root department');
    return visibility;
  }

  private find(chatid: string, app: SimulatedApp): Chat {
    const chat = this.chats.get(chatid);
    if (!chat) throw new Refusal(86003);
    if (chat.app !== app.name) throw new Refusal(86008);
    return chat;
  }

  /** The chatid that the caller wants, or one made up. Ids are unique in the organisation. */
  private freeChatId(body: Members): string {
    if (!body.has('chatid')) return `wr${randomBytes(15).toString('hex')}`;
    const chatid = body.value('chatid');
    if (typeof chatid !== 'string') throw new Refusal(86001);
    if (chatid.length > MAX_CHATID) throw new Refusal(86205);
    if (!/^[\da-z]+$/i.test(chatid)) throw new Refusal(86001);
    if (this.chats.has(chatid)) throw new Refusal(86215);
    return chatid;
  }
}

/** The ids as the directory writes them, each once. */
function knownMembers(ids: readonly string[], visibility: Visibility, unknown: ErrorCode): string[] {
  const members = ids.map((id) => {
    const user = visibility.user(id);
    if (!user) throw new Refusal(unknown);
    return user.userid;
  });
  return [...new Set(members)];
}

function checkSize(members: readonly string[]): void {
  // The 2000 include the app itself.
  if (members.length < MIN_MEMBERS || members.length >= MAX_MEMBERS) throw new Refusal(86006);
}

/** The owner that the call names, who has to be a member. */
function ownerIn(body: Members, members: readonly string[]): string | undefined {
  const owner = body.value('owner');
  if (owner === undefined) return undefined;
  if (typeof owner !== 'string' || owner === '') throw new Refusal(86005);
  const member = members.find((userid) => userid.toLowerCase() === owner.toLowerCase());
  if (member === undefined) throw new Refusal(86207);
  return member;
}

/** Cut beyond 50 characters. */
function nameIn(body: Members): string | undefined {
  const name = body.value('name');
  if (name === undefined) return undefined;
  if (typeof name !== 'string') throw new Refusal(86004);
  return [...name].slice(0, MAX_NAME).join('');
}
