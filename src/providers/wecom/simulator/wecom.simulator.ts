import type { Answer, SimulatedCall } from '../../../simulator/simulated-call.js';
import { SimulatorServer, type SimulatorServerOptions } from '../../../simulator/simulator-server.js';
import { textMembers } from '../../../simulator/text-members.js';
import { AccessTokens, type AccessTokenOptions, type SimulatedApp } from './access-tokens.js';
import { AppChats } from './app-chats.js';
import { AppMessages, type AppMessageOptions } from './app-messages.js';
import { Cards } from './cards.js';
import { Contacts, type ContactOptions } from './contacts.js';
import {
  DEFAULT_DEPARTMENTS,
  DEFAULT_TAGS,
  DEFAULT_USERS,
  Directory,
  ROOT_DEPARTMENT,
  type SimulatedDepartment,
  type SimulatedTag,
  type SimulatedUser,
} from './directory.js';
import { Gate, type GateOptions } from './gate.js';
import { MediaStore, type StoredMedia } from './media-store.js';
import type { JsonObject } from './members.js';
import { MessageLimits, type MessageLimitOptions } from './message-limits.js';
import { okAnswer, Refusal, refusalAnswer, type ReplyStyle } from './refusals.js';
import { hasWrongJson } from './request-body.js';
import { Robots, type RobotOptions } from './robots.js';

export interface WeComSimulatorOptions
  extends SimulatorServerOptions, AccessTokenOptions, GateOptions, AppMessageOptions, ContactOptions, RobotOptions {
  readonly corpId?: string;
  /** The organisation's apps. Default {@link DEFAULT_APPS}. */
  readonly apps?: readonly SimulatedApp[];
  readonly users?: readonly SimulatedUser[];
  readonly departments?: readonly SimulatedDepartment[];
  readonly tags?: readonly SimulatedTag[];
  readonly limits?: MessageLimitOptions;
}

export const DEFAULT_CORP_ID = 'wwsimcorp00000001';

/** `default` sees everybody; `ops` sees one department, one person and one tag, so it may not use group chats. */
export const DEFAULT_APPS: readonly [SimulatedApp, SimulatedApp] = [
  {
    name: 'default',
    agentId: 1_000_002,
    secret: 'sim-Qm7dX2vK9sT4bL1hR8wN5cY3gF6jP0aZeUiOtVxBnMk',
    visibleRange: { departments: [ROOT_DEPARTMENT] },
    miniProgram: 'wxsim00000000001',
  },
  {
    name: 'ops',
    agentId: 1_000_003,
    secret: 'sim-H4kPz8WcE1yJ6rTqA9uGfV2mB5nXo7sLdRiC3tYvKw0',
    visibleRange: { departments: [2], users: ['wangwu'], tags: [1] },
    hasCallbackUrl: false,
  },
];

const TOKEN_PATH = '/cgi-bin/gettoken';

/**
 * WeCom's server API (`qyapi.weixin.qq.com`): tokens, app messages, group chats of an app, media, directory, and group
 * robots, which have a key in place of a token.
 */
export class WeComSimulator extends SimulatorServer {
  override readonly provider = 'wecom';
  private readonly corpId: string;
  private readonly apps: readonly SimulatedApp[];
  private readonly tokens: AccessTokens;
  private readonly gate: Gate;
  private readonly media: MediaStore;
  private readonly messages: AppMessages;
  private readonly chats: AppChats;
  private readonly cards: Cards;
  private readonly directory: Directory;
  private readonly contacts: Contacts;
  private readonly robots: Robots;
  private warns = false;

  constructor(options: WeComSimulatorOptions = {}) {
    super(options);
    this.corpId = options.corpId ?? DEFAULT_CORP_ID;
    // Copies, since an app of this platform may be bound to another mini program later.
    this.apps = (options.apps ?? DEFAULT_APPS).map((app) => ({ ...app }));
    this.tokens = new AccessTokens(this.corpId, this.apps, options, this.clock);
    this.gate = new Gate(this.tokens, this.clock, options);
    this.media = new MediaStore(this.clock);
    this.directory = new Directory(
      options.users ?? DEFAULT_USERS,
      options.departments ?? DEFAULT_DEPARTMENTS,
      options.tags ?? DEFAULT_TAGS,
    );
    this.contacts = new Contacts(this.directory, this.clock, options);
    const limits = new MessageLimits(options.limits ?? {}, this.clock);
    this.cards = new Cards(this.directory, this.media, this.clock, options);
    this.messages = new AppMessages(this.directory, this.media, limits, this.cards, this.ledger, this.clock, options);
    this.chats = new AppChats(this.directory, this.media, limits, this.ledger);
    this.robots = new Robots(this.ledger, this.clock, options);

    this.route('GET', TOKEN_PATH, (call) => this.answering(call, () => this.issueToken(call)));
    this.operation('POST', '/cgi-bin/message/send', (call, app) => this.messages.send(call, app));
    this.operation('POST', '/cgi-bin/message/recall', (call, app) => this.messages.recall(call, app));
    this.operation('POST', '/cgi-bin/message/update_template_card', (call, app) => this.cards.update(call, app));
    this.operation('POST', '/cgi-bin/appchat/create', (call, app) => this.chats.create(call, app));
    this.operation('POST', '/cgi-bin/appchat/update', (call, app) => this.chats.update(call, app));
    this.operation('GET', '/cgi-bin/appchat/get', (call, app) => this.chats.get(call, app));
    this.operation('POST', '/cgi-bin/appchat/send', (call, app) => this.chats.send(call, app));
    this.operation('GET', '/cgi-bin/department/list', (call, app) => this.contacts.departments(call, app));
    this.operation('GET', '/cgi-bin/user/simplelist', (call, app) => this.contacts.members(call, app));
    this.operation('POST', '/cgi-bin/user/getuserid', (call, app) => this.contacts.userid(call, app));
    this.operation('POST', '/cgi-bin/media/upload', (call) => this.media.upload(call));
    this.route('POST', '/cgi-bin/webhook/send', (call) => this.answering(call, () => this.robots.send(call)));
    this.route('POST', '/cgi-bin/webhook/upload_media', (call) => this.answering(call, () => this.robots.upload(call)));
  }

  override gatewayConfig(): Record<string, unknown> {
    const apps = this.apps.map(({ name, secret, agentId }) => [
      name,
      { corpId: this.corpId, corpSecret: secret, agentId },
    ]);
    const robots = this.robots.all.map(({ name, key }) => [name, { key }]);
    return { baseUrl: this.url, apps: Object.fromEntries(apps), robots: Object.fromEntries(robots) };
  }

  override revokeTokens(): void {
    this.tokens.revokeAll();
  }

  /** Each try counts as one with a wrong secret, so a caller who goes on trying has its address blocked. */
  override rejectCredentials(reject: boolean): void {
    this.tokens.rejecting = reject;
    this.robots.rejecting = reject;
  }

  override throttle(on: boolean): void {
    this.gate.throttled = on;
    this.robots.throttled = on;
  }

  prepare(operation: string, input: Readonly<Record<string, unknown>>): void {
    const [app] = this.apps;
    if (!app) return;
    if (operation === 'robot.send') this.robots.rest();
    for (const [member, text] of textMembers(input)) {
      if (member === 'chatid' && operation !== 'appchat.create') this.chats.adopt(text, app);
      if (member === 'msgid') this.messages.adopt(text, app);
      if (member === 'response_code') this.cards.adopt(text, app);
      if (member === 'task_id') this.cards.forgetTaskId(text, app);
      if (member === 'appid') app.miniProgram = text;
      if (member === 'thumb_media_id') this.media.adopt(text, 'image');
      if (member === 'media_id') {
        this.media.adopt(text, mediaTypeOf(input.msgtype));
        this.robots.adopt(text, mediaTypeOf(input.msgtype));
      }
    }
  }

  /** Only the first member of the organisation has a licence. */
  reachOnlySome(on: boolean): void {
    for (const { userid } of this.directory.everyone().slice(1)) this.unlicensed(userid, on);
  }

  /** While `true`, every API answers -1, which the platform asks to be tried again. */
  busy(on: boolean): void {
    this.gate.busy = on;
  }

  /** Calls from other addresses are refused from now on; `null` lets every address in. */
  trustedIps(addresses: readonly string[] | null): void {
    this.gate.trustedIps = addresses;
  }

  /** While `true`, calls that succeed carry the warning `wrong json format` in errmsg, beside errcode 0. */
  wrongJsonWarning(on: boolean): void {
    this.warns = on;
  }

  /** While `true`, nobody is looked up by mobile number, as after too many misses. */
  barLookups(on: boolean): void {
    this.contacts.bar(on);
  }

  /** The member loses the API licence, or gets it back: no app message reaches a member without one. */
  unlicensed(userid: string, on = true): void {
    this.messages.setLicensed(userid, !on);
  }

  /**
   * While `true`, a message whose addressees are all left out is taken all the same: errcode 0 beside the lists, instead
   * of 81013. Not what the page says; but for members without a licence it says nothing, and a list is what it says.
   */
  takeForNobody(on: boolean): void {
    this.messages.takesForNobody = on;
  }

  /** What was uploaded under a media id. */
  uploaded(mediaId: string): StoredMedia | undefined {
    return this.media.find(mediaId) ?? this.robots.uploaded(mediaId);
  }

  protected override isTokenEndpoint(path: string): boolean {
    return path === TOKEN_PATH;
  }

  /** What the platform says to an unknown path is not documented; this cannot be taken for a success. */
  protected override unknownRoute(call: SimulatedCall, allowed: readonly string[]): Answer {
    if (allowed.length === 0) return { status: 404, contentType: 'text/plain', body: 'not found' };
    return this.answering(call, () => {
      throw new Refusal(40058, `method should be ${allowed.join(' or ')}`);
    });
  }

  private operation(method: string, path: string, run: (call: SimulatedCall, app: SimulatedApp) => JsonObject): void {
    this.route(method, path, (call) => this.answering(call, () => run(call, this.gate.admit(call))));
  }

  private answering(call: SimulatedCall, run: () => JsonObject): Answer {
    const style: ReplyStyle = { address: call.remoteAddress, warning: false };
    try {
      return okAnswer(run(), { ...style, warning: this.warns && call.method === 'POST' });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return refusalAnswer(error, { ...style, warning: hasWrongJson(call) });
    }
  }

  /** @see https://developer.work.weixin.qq.com/document/path/91039 */
  private issueToken(call: SimulatedCall): JsonObject {
    const corpId = call.query.get('corpid') ?? '';
    const secret = call.query.get('corpsecret') ?? '';
    const token = this.tokens.issue(corpId, secret, call.remoteAddress);
    return { access_token: token, expires_in: this.tokens.lifeSeconds };
  }
}

/** Media are of the type of the message that names them; attachments of cards are files. */
function mediaTypeOf(msgtype: unknown): string {
  return typeof msgtype === 'string' && ['image', 'voice', 'video'].includes(msgtype) ? msgtype : 'file';
}
