import { randomBytes } from 'node:crypto';
import type { Ledger } from '../../../simulator/ledger.js';
import type { Answer, SimulatedCall } from '../../../simulator/simulated-call.js';
import { robotCodeOf, type SimulatedApp } from './access-tokens.js';
import type { Directory } from './directory.js';
import type { MediaStore } from './media-store.js';
import { checkMessage, MessageDefect, type DefectReason } from './message-checks.js';
import { GateRefusal, okAnswer, Refusal } from './refusals.js';
import { isJsonObject, type JsonObject } from './topapi-arguments.js';

/** A group conversation; the old and the new API have the same ones. */
export interface Chat {
  readonly chatid: string;
  readonly openConversationId: string;
  readonly flags: Record<string, number>;
  name: string;
  owner: string;
  members: Set<string>;
  icon?: string;
  /** Codes of the robots that are members. */
  readonly robots: Set<string>;
  dissolved: boolean;
}

/** What is said about a conversation when it is made. */
export interface NewChat extends Pick<Chat, 'name' | 'owner' | 'flags'> {
  readonly members: readonly string[];
  /** The app that makes it. */
  readonly app: SimulatedApp;
}

export const FLAGS = [
  'showHistoryType',
  'searchable',
  'validationType',
  'mentionAllAuthority',
  'managementType',
  'chatBannedType',
] as const;
export const MAX_NAME = 20;
const MAX_IDS_PER_CALL = 40;
const MAX_MEMBERS = 1000;

/** @see https://open.dingtalk.com/document/development/send-group-messages */
const DEFECT_CODES: Readonly<Record<DefectReason, number>> = {
  'no-msgtype': 34004,
  'unknown-msgtype': 34004,
  missing: 34014,
  'missing-media': 34014,
  'missing-link': 34009,
  'empty-text': 34014,
  malformed: 34014,
  'too-long': 34016,
  'unknown-media': 40007,
};
const MISSING_MEDIA_CODES: Readonly<Record<string, number>> = { image: 34008, file: 34010, voice: 34011 };

/** `/chat/*`: group conversations made by the server. */
export class Chats {
  private readonly chats = new Map<string, Chat>();

  /** No app may create, update or send any more: so the platform answers this code to apps that came late. */
  closedWith: number | null = null;

  constructor(
    private readonly apps: readonly SimulatedApp[],
    private readonly directory: Directory,
    private readonly media: MediaStore,
    private readonly ledger: Ledger,
  ) {}

  /** A conversation that was made at another time, under ids that a caller knows; every robot is in it. */
  adopt({ chatid = newChatid(), openConversationId = newConversationId() }): void {
    const owner = this.directory.everyone()[0] ?? '';
    this.chats.set(chatid, {
      chatid,
      openConversationId,
      flags: {},
      name: '示例群',
      owner,
      members: new Set([owner]),
      robots: new Set(this.apps.map(robotCodeOf)),
      dissolved: false,
    });
  }

  /** Makes a conversation. Whether an app's robot joins what the app makes is not known: here it does. */
  open({ name, owner, members, flags, app }: NewChat): Chat {
    const chat: Chat = {
      chatid: newChatid(),
      openConversationId: newConversationId(),
      flags,
      name,
      owner,
      members: new Set(members),
      robots: new Set([robotCodeOf(app)]),
      dissolved: false,
    };
    this.chats.set(chat.chatid, chat);
    return chat;
  }

  known(chatid: string): Chat | undefined {
    return this.chats.get(chatid);
  }

  ofConversation(openConversationId: string): Chat | undefined {
    return [...this.chats.values()].findLast((chat) => chat.openConversationId === openConversationId);
  }

  /** The conversation stays known and takes no more messages. */
  dissolve(chatid: string): void {
    this.find(chatid, 34013).dissolved = true;
  }

  /** @see https://open.dingtalk.com/document/development/session-management-creates-groups */
  create(call: SimulatedCall, app: SimulatedApp): Answer {
    this.checkOpen();
    const body = jsonBody(call);
    const name = stringIn(body, 'name');
    if (!name) throw new Refusal(40035, '缺少参数 name');
    if (name.length > MAX_NAME) throw new Refusal(400002, '不合法的参数 name');
    const owner = stringIn(body, 'owner');
    if (!owner) throw new Refusal(49013, '群主为空');
    const members = this.userIds(body, 'useridlist');
    if (members.length === 0) throw new Refusal(49010, '群成员为空');
    this.checkUser(owner);
    if (!members.includes(owner)) throw new Refusal(49006, '群成员列表中没有群主');
    const chat = this.open({ name, owner, members, flags: flagsIn(body), app });
    return okAnswer({ chatid: chat.chatid, openConversationId: chat.openConversationId, conversationTag: 2 });
  }

  /** @see https://open.dingtalk.com/document/development/modify-a-group-session */
  update(call: SimulatedCall): Answer {
    this.checkOpen();
    const body = jsonBody(call);
    const chatid = stringIn(body, 'chatid');
    if (!chatid) throw new Refusal(49000, '缺少chatid');
    const chat = this.find(chatid, 40016);
    const name = stringIn(body, 'name');
    if (name !== undefined && (name === '' || name.length > MAX_NAME)) throw new Refusal(49015, '不合法的群名称');
    const owner = stringIn(body, 'owner');
    if (owner !== undefined) this.checkUser(owner);
    const ownerType = stringIn(body, 'ownerType');
    if (ownerType !== undefined && !['emp', 'ext'].includes(ownerType)) throw new Refusal(49014, '不合法的群主类型');
    const added = this.userIds(body, 'add_useridlist');
    const removed = this.userIds(body, 'del_useridlist');
    if (added.some((id) => removed.includes(id))) throw new Refusal(49004, '增加和删除的成员有重复');
    // Chats made here are internal groups (conversationTag 2), which hold employees only.
    if (idsIn(body, 'add_extidlist').length > 0 || ownerType === 'ext')
      throw new Refusal(49009, '内部群不能有外部联系人');
    const icon = stringIn(body, 'icon');
    if (icon !== undefined && !this.media.has(icon)) throw new Refusal(40007, '不合法的媒体文件id');
    const flags = flagsIn(body);
    const members = new Set([...chat.members, ...added].filter((id) => !removed.includes(id)));
    if (members.size > MAX_MEMBERS) throw new Refusal(49005, '群成员已满');
    if (!members.has(owner ?? chat.owner)) throw new Refusal(49006, '群成员列表中没有群主');

    Object.assign(chat.flags, flags);
    chat.name = name ?? chat.name;
    chat.owner = owner ?? chat.owner;
    chat.icon = icon ?? chat.icon;
    chat.members = members;
    return okAnswer();
  }

  /** @see https://open.dingtalk.com/document/development/obtain-a-group-session */
  get(call: SimulatedCall): Answer {
    const chatid = call.query.get('chatid');
    if (!chatid) throw new Refusal(49000, '缺少chatid');
    const chat = this.find(chatid, 40016);
    return okAnswer({
      chat_info: {
        chatid,
        name: chat.name,
        owner: chat.owner,
        useridlist: [...chat.members],
        conversationTag: 2,
        ...Object.fromEntries(FLAGS.map((flag) => [flag, chat.flags[flag] ?? 0])),
        icon: chat.icon ?? '',
        status: chat.dissolved ? 2 : 1,
      },
    });
  }

  /** @see https://open.dingtalk.com/document/development/send-group-messages */
  send(call: SimulatedCall, app: SimulatedApp): Answer {
    this.checkOpen();
    const body = jsonBody(call);
    const chat = this.find(stringIn(body, 'chatid') ?? '', 34001);
    if (chat.dissolved) throw new Refusal(34013, '群会话不存在');
    if (!isJsonObject(body.msg)) throw new Refusal(34014, '会话消息的json结构无效或不完整');
    const msgtype = this.check(body.msg);
    const { id } = this.ledger.recordMessage({
      id: `msg${randomBytes(16).toString('hex')}`,
      provider: 'dingtalk',
      app: app.name,
      operation: 'chat.send',
      recipients: { chat: chat.chatid },
      msgtype,
      content: body.msg,
      shown: true,
    });
    return okAnswer({ messageId: id });
  }

  private checkOpen(): void {
    if (this.closedWith !== null) throw new GateRefusal(this.closedWith, '没有授权');
  }

  private check(msg: JsonObject): string {
    try {
      return checkMessage(msg, this.media.has);
    } catch (error) {
      if (!(error instanceof MessageDefect)) throw error;
      const byType = error.reason === 'missing-media' ? MISSING_MEDIA_CODES[String(msg.msgtype)] : undefined;
      throw new Refusal(byType ?? DEFECT_CODES[error.reason], `会话消息不合法（${error.message}）`);
    }
  }

  private find(chatid: string, errcode: number): Chat {
    const chat = this.chats.get(chatid);
    if (!chat) throw new Refusal(errcode, '不合法的会话id');
    return chat;
  }

  private userIds(body: JsonObject, member: string): string[] {
    const ids = idsIn(body, member);
    if (ids.length > MAX_IDS_PER_CALL) throw new Refusal(49011, '员工列表过长');
    for (const id of ids) this.checkUser(id);
    return ids;
  }

  private checkUser(userid: string): void {
    if (!this.directory.hasUser(userid)) throw new Refusal(40031, '用户列表中有不存在的用户');
  }
}

function newChatid(): string {
  return `chat${randomBytes(16).toString('hex')}`;
}

function newConversationId(): string {
  return `cid${randomBytes(16).toString('base64')}`;
}

/** Any Content-Type will do as long as the text is JSON: what the platform says to another type is not known. */
function jsonBody(call: SimulatedCall): JsonObject {
  const refusal = new Refusal(43009, '请求体需要JSON格式');
  try {
    const body = call.json();
    if (isJsonObject(body)) return body;
  } catch {
    throw refusal;
  }
  throw refusal;
}

function stringIn(body: JsonObject, member: string): string | undefined {
  const value = body[member];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw new Refusal(400002, `不合法的参数 ${member}`);
  return value;
}

function idsIn(body: JsonObject, member: string): string[] {
  const value = body[member] ?? [];
  if (!Array.isArray(value) || !value.every((id) => typeof id === 'string')) {
    throw new Refusal(400002, `不合法的参数 ${member}`);
  }
  return value;
}

function flagsIn(body: JsonObject): Record<string, number> {
  const flags: Record<string, number> = {};
  for (const flag of FLAGS) {
    const value = body[flag];
    if (value === undefined) continue;
    if (value !== 0 && value !== 1) throw new Refusal(400002, `不合法的参数 ${flag}`);
    flags[flag] = value;
  }
  return flags;
}
