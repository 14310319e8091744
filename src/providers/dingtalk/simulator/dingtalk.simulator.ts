import type { Answer, SimulatedCall } from '../../../simulator/simulated-call.js';
import { jsonAnswer } from '../../../simulator/simulated-call.js';
import { SimulatorServer, type SimulatorServerOptions } from '../../../simulator/simulator-server.js';
import { textMembers } from '../../../simulator/text-members.js';
import { AccessTokens, type SimulatedApp } from './access-tokens.js';
import { AppRobots } from './app-robots.js';
import { Chats } from './chats.js';
import { Contacts } from './contacts.js';
import { CustomRobots, type RobotOptions } from './custom-robots.js';
import {
  DEFAULT_DEPARTMENTS,
  DEFAULT_USERS,
  Directory,
  type SimulatedDepartment,
  type SimulatedUser,
} from './directory.js';
import { Gate, OLD_API_WORDS, type GateOptions } from './gate.js';
import { Groups } from './groups.js';
import { DEFAULT_MEDIA_LIMITS, MediaStore, type MediaLimit, type StoredMedia } from './media-store.js';
import { NEW_API_WORDS, NewApiRefusal, newApiRefusalAnswer } from './new-api-refusals.js';
import { NoticeLimits, type NoticeLimitOptions } from './notice-limits.js';
import { ArgumentRefusal, okAnswer, Refusal, refusalAnswer } from './refusals.js';
import { WorkNotices } from './work-notices.js';

export interface DingTalkSimulatorOptions extends SimulatorServerOptions, GateOptions, RobotOptions {
  /** The organisation's apps. Default: one named `default`. */
  readonly apps?: readonly SimulatedApp[];
  readonly users?: readonly SimulatedUser[];
  readonly departments?: readonly SimulatedDepartment[];
  /** Default 7200. */
  readonly tokenLifeSeconds?: number;
  readonly noticeLimits?: NoticeLimitOptions;
  readonly mediaLimits?: Readonly<Record<string, MediaLimit>>;
  /** Task ids above 2^53, as digits in the JSON text. Default false. */
  readonly bigTaskIds?: boolean;
  /** How long an accepted notice takes until it is sent. Default 0. */
  readonly noticeSendingMs?: number;
  /** Leaves `sub_code` and `sub_msg` out of replies with errcode 88, as some replies in the field do. Default false. */
  readonly subCodeOnlyInErrmsg?: boolean;
  /**
   * Puts errcode 88 around refusals of `/chat/*` and `/media/upload` too. Which form they have on the platform was
   * never observed, so a client has to read both. Default false.
   */
  readonly wrapEverywhere?: boolean;
}

export const DEFAULT_APP: SimulatedApp = {
  name: 'default',
  appKey: 'dingsimkey',
  appSecret: 'sim-secret-Zk3vQ8mT1xR7bN5cW9pL2yH6',
  agentId: 1_000_001,
};

const NOTICES = '/topapi/message/corpconversation';
/** Media ids begin like this; a picture may also be named by its address. */
const MEDIA_ID = /^@l[A-Z]/;

/**
 * DingTalk's old API (`oapi.dingtalk.com`): tokens, work notices, group conversations, media, custom robots,
 * directory; and of its new API (`api.dingtalk.com`, paths below `/v1.0/`, token in a header) groups and the robots of
 * apps.
 */
export class DingTalkSimulator extends SimulatorServer {
  override readonly provider = 'dingtalk';
  private readonly apps: readonly SimulatedApp[];
  private readonly tokens: AccessTokens;
  private readonly gate: Gate;
  private readonly media: MediaStore;
  private readonly chats: Chats;
  private readonly notices: WorkNotices;
  private readonly robots: CustomRobots;
  private readonly appRobots: AppRobots;

  constructor(private readonly options: DingTalkSimulatorOptions = {}) {
    super(options);
    this.apps = options.apps ?? [DEFAULT_APP];
    this.tokens = new AccessTokens(this.apps, options.tokenLifeSeconds ?? 7200, this.clock);
    this.gate = new Gate(this.tokens, this.clock, options);
    this.media = new MediaStore(options.mediaLimits ?? DEFAULT_MEDIA_LIMITS, this.clock);
    const directory = new Directory(options.users ?? DEFAULT_USERS, options.departments ?? DEFAULT_DEPARTMENTS);
    this.chats = new Chats(this.apps, directory, this.media, this.ledger);
    this.appRobots = new AppRobots(this.apps, directory, this.chats, this.media, this.ledger, this.clock);
    const limits = new NoticeLimits(options.noticeLimits ?? {}, this.clock);
    this.notices = new WorkNotices(directory, this.media, limits, this.ledger, this.clock, {
      bigTaskIds: options.bigTaskIds ?? false,
      sendingMs: options.noticeSendingMs ?? 0,
    });
    this.robots = new CustomRobots(this.ledger, this.clock, options);

    this.route('GET', '/gettoken', (call) => this.answering(call, () => this.issueToken(call)));
    this.route('POST', '/gettoken', (call) => this.answering(call, () => this.issueToken(call)));
    this.operation('POST', `${NOTICES}/asyncsend_v2`, (call, app) => this.notices.send(call, app));
    this.operation('POST', `${NOTICES}/getsendprogress`, (call, app) => this.notices.progress(call, app));
    this.operation('POST', `${NOTICES}/getsendresult`, (call, app) => this.notices.result(call, app));
    this.operation('POST', `${NOTICES}/recall`, (call, app) => this.notices.recall(call, app));
    this.operation('POST', `${NOTICES}/status_bar/update`, (call, app) => this.notices.updateStatusBar(call, app));
    this.operation('POST', '/chat/create', (call, app) => this.chats.create(call, app));
    this.operation('POST', '/chat/update', (call) => this.chats.update(call));
    this.operation('GET', '/chat/get', (call) => this.chats.get(call));
    this.operation('POST', '/chat/send', (call, app) => this.chats.send(call, app));
    const contacts = new Contacts(directory);
    this.operation('POST', '/topapi/v2/department/listsub', (call, app) => contacts.listSub(call, app));
    this.operation('POST', '/topapi/user/listsimple', (call, app) => contacts.listSimple(call, app));
    this.operation('POST', '/topapi/v2/user/getbymobile', (call, app) => contacts.byMobile(call, app));
    this.operation('POST', '/media/upload', (call) => this.media.upload(call));
    // No app and no token of one: what lets a robot post is in the address of its webhook.
    this.route('POST', '/robot/send', (call) => this.answering(call, () => this.robots.send(call)));
    this.newApi(new Groups(this.chats, directory));
  }

  private newApi(groups: Groups): void {
    const operation = (method: string, path: string, run: (call: SimulatedCall, app: SimulatedApp) => Answer): void =>
      this.route(method, path, (call) => this.answering(call, () => run(call, this.gate.admit(call, NEW_API_WORDS))));
    operation('POST', '/v1.0/im/group/create', (call, app) => groups.create(call, app));
    operation('POST', '/v1.0/im/group/update', (call) => groups.update(call));
    operation('POST', '/v1.0/im/chat/:chatId/convertToOpenConversationId', (call) => groups.convert(call));
    operation('POST', '/v1.0/robot/oToMessages/batchSend', (call, app) => this.appRobots.sendToPeople(call, app));
    operation('GET', '/v1.0/robot/oToMessages/readStatus', (call, app) => this.appRobots.readByPeople(call, app));
    operation('POST', '/v1.0/robot/otoMessages/batchRecall', (call, app) => this.appRobots.recallFromPeople(call, app));
    operation('POST', '/v1.0/robot/groupMessages/send', (call, app) => this.appRobots.sendToGroup(call, app));
    operation('POST', '/v1.0/robot/groupMessages/query', (call, app) => this.appRobots.readInGroup(call, app));
    operation('POST', '/v1.0/robot/groupMessages/recall', (call, app) => this.appRobots.recallFromGroup(call, app));
  }

  override gatewayConfig(): Record<string, unknown> {
    const apps = this.apps.map(({ name, contactScope: _scope, ...app }) => [name, app]);
    const robots = this.robots.all.map(({ name, accessToken, secret }) => [name, { accessToken, secret }]);
    return {
      baseUrl: this.url,
      apiBaseUrl: this.url,
      apps: Object.fromEntries(apps),
      robots: Object.fromEntries(robots),
    };
  }

  override revokeTokens(): void {
    this.tokens.revokeAll();
  }

  override rejectCredentials(reject: boolean): void {
    this.tokens.rejecting = reject;
    this.robots.rejecting = reject;
  }

  override throttle(on: boolean): void {
    this.gate.throttled = on;
    this.robots.throttled = on;
  }

  reachOnlySome(on: boolean): void {
    this.appRobots.onlyFirst = on;
  }

  prepare(operation: string, input: Readonly<Record<string, unknown>>): void {
    if (operation === 'robot.send') this.robots.rest();
    const [app] = this.apps;
    for (const [member, text] of textMembers(input)) {
      if (MEDIA_ID.test(text)) this.media.adopt(text);
      if (member === 'chatid') this.chats.adopt({ chatid: text });
      if (member === 'openConversationId') this.chats.adopt({ openConversationId: text });
      if (member === 'task_id' && app) this.notices.adopt(text, app);
      if (/^processQueryKeys?$/.test(member) && app) this.appRobots.adopt(text, app, conversationIn(input));
    }
  }

  /** Every path answers as to a banned address for so many seconds; 0 ends it. */
  banIp(seconds: number, form: { html?: boolean } = {}): void {
    this.gate.ban(seconds, form.html ?? false);
  }

  /** Calls from other addresses are refused from now on; `null` lets every address in. `*` is a wildcard. */
  allowIps(addresses: readonly string[] | null): void {
    this.gate.allowIps = addresses;
  }

  /** Every API answers that the app lacks this permission point; `null` ends it. */
  missingScope(scope: string | null): void {
    this.gate.missingScope = scope;
  }

  /** Dissolves a group, as its owner might. */
  dissolveChat(chatid: string): void {
    this.chats.dissolve(chatid);
  }

  /** The old API for groups is closed: whoever would use it gets this code, 43007 or 60011; `null` opens it. */
  closeChats(errcode: number | null): void {
    this.chats.closedWith = errcode;
  }

  /** One-to-one messages do not reach these people, since the platform throttles them. */
  throttlePeople(userIds: readonly string[]): void {
    this.appRobots.throttled.clear();
    for (const userId of userIds) this.appRobots.throttled.add(userId);
  }

  /** The robots of all apps leave a group. */
  removeRobots(openConversationId: string): void {
    this.chats.ofConversation(openConversationId)?.robots.clear();
  }

  /** What was uploaded under a media id. */
  uploaded(mediaId: string): StoredMedia | undefined {
    return this.media.find(mediaId);
  }

  protected override isTokenEndpoint(path: string): boolean {
    return path === '/gettoken';
  }

  protected override beforeRouting(call: SimulatedCall): Answer | undefined {
    return this.gate.banAnswer(call);
  }

  protected override unknownRoute(call: SimulatedCall, allowed: readonly string[]): Answer {
    return this.answering(call, () => {
      if (call.path.startsWith('/v1.0/')) {
        throw new NewApiRefusal(404, 'InvalidAction.NotFound', 'Specified api is not found');
      }
      if (allowed.includes('GET')) throw new Refusal(43001, '需要GET请求');
      if (allowed.includes('POST')) throw new Refusal(43002, '需要POST请求');
      if (call.path.startsWith('/topapi/')) throw ArgumentRefusal.unknownMethod(call.path);
      return jsonAnswer({ errcode: 404, errmsg: '请求的URI地址不存在' });
    });
  }

  private operation(method: string, path: string, run: (call: SimulatedCall, app: SimulatedApp) => Answer): void {
    this.route(method, path, (call) => this.answering(call, () => run(call, this.gate.admit(call, OLD_API_WORDS))));
  }

  private answering(call: SimulatedCall, run: () => Answer): Answer {
    try {
      return run();
    } catch (error) {
      if (error instanceof NewApiRefusal) return newApiRefusalAnswer(error);
      if (!(error instanceof Refusal)) throw error;
      return refusalAnswer(error, {
        wrapped: call.path.startsWith('/topapi/') || (this.options.wrapEverywhere ?? false),
        subCodeOnlyInErrmsg: this.options.subCodeOnlyInErrmsg ?? false,
      });
    }
  }

  /**
   * The key pair is read from the query alone: sent in a body, as the page's own sample does, it is missing.
   *
   * @see https://open.dingtalk.com/document/development/obtain-orgapp-token
   */
  private issueToken(call: SimulatedCall): Answer {
    const appKey = call.query.get('appkey');
    const appSecret = call.query.get('appsecret');
    if (!appKey) throw new Refusal(40035, '缺少参数 corpid or appkey');
    if (!appSecret) throw new Refusal(40035, '缺少参数 corpsecret or appsecret');
    if (call.method !== 'GET') throw new Refusal(43001, '需要GET请求');
    const token = this.tokens.issue(appKey, appSecret);
    if (token === undefined) throw new Refusal(40096, '不合法的appKey或appSecret');
    return okAnswer({ access_token: token, expires_in: this.tokens.lifeSeconds });
  }
}

function conversationIn({ openConversationId }: Readonly<Record<string, unknown>>): string | undefined {
  return typeof openConversationId === 'string' ? openConversationId : undefined;
}
