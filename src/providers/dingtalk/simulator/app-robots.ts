import { randomBytes } from 'node:crypto';
import type { Ledger } from '../../../simulator/ledger.js';
import { jsonAnswer, type Answer, type SimulatedCall } from '../../../simulator/simulated-call.js';
import { robotCodeOf, type SimulatedApp } from './access-tokens.js';
import type { Chats } from './chats.js';
import type { Directory } from './directory.js';
import type { MediaStore } from './media-store.js';
import { NewApiBody } from './new-api-body.js';
import { NewApiRefusal } from './new-api-refusals.js';
import { checkRobotMessage } from './robot-message-checks.js';

/** A message that can be asked about and taken back. */
interface SentMessage {
  readonly robotCode: string;
  readonly users: readonly string[];
  /** Absent for one-to-one messages. */
  readonly openConversationId?: string;
  readonly at: number;
  recalled: boolean;
}

/** Which figure the platform enforces, 20 of the page or 100 of its error text, is not known: the larger one holds. */
const MAX_PEOPLE = 100;
const MAX_PARAM_BYTES = 15_000;
const MAX_RECALLED = 20;
const MAX_PAGE = 200;
const DAY_MS = 86_400_000;
const MALFORMED = 'invalidParameter.param.invalid';

/** `/v1.0/robot`: messages of the apps' robots. */
export class AppRobots {
  /** People whom the platform throttles at the moment. */
  readonly throttled = new Set<string>();
  /** While true, a message reaches the first of its people alone. */
  onlyFirst = false;
  private readonly sent = new Map<string, SentMessage>();

  constructor(
    private readonly apps: readonly SimulatedApp[],
    private readonly directory: Directory,
    private readonly chats: Chats,
    private readonly media: MediaStore,
    private readonly ledger: Ledger,
    private readonly clock: () => number,
  ) {}

  /** A message that was sent a moment ago, under a key that a caller knows. */
  adopt(key: string, app: SimulatedApp, openConversationId?: string): void {
    const users = this.directory.everyone().slice(0, 1);
    this.keep(key, { robotCode: robotCodeOf(app), users, openConversationId });
  }

  /** @see https://open.dingtalk.com/document/development/chatbots-send-one-on-one-chat-messages-in-batches */
  sendToPeople(call: SimulatedCall, app: SimulatedApp): Answer {
    const body = NewApiBody.of(call, MALFORMED);
    const robotCode = this.robotOf(body, app, 'invalidParameter.robotCode.empty');
    const userIds = body.texts('userIds');
    if (userIds.length === 0) throw NewApiRefusal.bad('invalidParameter.userIds.empty', 'userIds为空');
    if (userIds.length > MAX_PEOPLE) {
      throw NewApiRefusal.bad('invalidParameter.userIds.overMax', `userIds超过${MAX_PEOPLE}个`);
    }
    const { msgKey, msgParam } = this.messageIn(body);

    const known = (userId: string, index: number): boolean =>
      this.directory.hasUser(userId) && !(this.onlyFirst && index > 0);
    const people = userIds.filter(known);
    const users = people.filter((userId) => !this.throttled.has(userId));
    const key = newKey();
    if (users.length > 0) {
      this.keep(key, { robotCode, users });
      this.record(key, app, 'robot-oto.send', { users, robot: robotCode }, msgKey, msgParam);
    }
    return jsonAnswer({
      processQueryKey: key,
      invalidStaffIdList: userIds.filter((userId, index) => !known(userId, index)),
      flowControlledStaffIdList: people.filter((userId) => this.throttled.has(userId)),
    });
  }

  /** @see https://open.dingtalk.com/document/development/the-robot-sends-a-group-message */
  sendToGroup(call: SimulatedCall, app: SimulatedApp): Answer {
    const body = NewApiBody.of(call, MALFORMED);
    const robotCode = this.robotOf(body, app, 'invalidParameter.robotCode.missing');
    const openConversationId = body.requiredText('openConversationId', 'miss.openConversationId');
    const chat = this.chats.ofConversation(openConversationId);
    if (!chat) throw NewApiRefusal.bad('invalid.openConversationId', '不合法的openConversationId');
    if (chat.dissolved) throw NewApiRefusal.bad('group.disbanded', '群已解散');
    body.text('coolAppCode');
    if (!chat.robots.has(robotCode)) {
      throw NewApiRefusal.bad('invalidParameter.robotCode.notExsit', '机器人不在群内');
    }
    const { msgKey, msgParam } = this.messageIn(body, MAX_PARAM_BYTES);

    const key = newKey();
    this.keep(key, { robotCode, users: [...chat.members], openConversationId });
    this.record(key, app, 'robot-group.send', { chat: openConversationId, robot: robotCode }, msgKey, msgParam);
    return jsonAnswer({ processQueryKey: key });
  }

  /** @see https://open.dingtalk.com/document/development/chatbot-batch-query-the-read-status-of-messages */
  readByPeople(call: SimulatedCall, app: SimulatedApp): Answer {
    this.checkRobot(call.query.get('robotCode') ?? '', app, 'invalidParameter.robotCode.empty');
    const message = this.asked(call.query.get('processQueryKey') ?? '');
    return jsonAnswer({
      sendStatus: message.recalled ? 'RECALLED' : 'SUCCESS',
      messageReadInfoList: message.users.map((userId) => ({
        name: this.directory.nameOf(userId),
        userId,
        readStatus: 'UNREAD',
      })),
    });
  }

  /** @see https://open.dingtalk.com/document/development/chatbot-queries-the-read-status-of-a-message */
  readInGroup(call: SimulatedCall, app: SimulatedApp): Answer {
    const body = NewApiBody.of(call, MALFORMED);
    const robotCode = body.text('robotCode');
    if (robotCode !== undefined) this.checkRobot(robotCode, app, MALFORMED);
    body.text('nextToken');
    body.integer('maxResults', 1, MAX_PAGE);
    const message = this.asked(body.requiredText('processQueryKey'));
    const openConversationId = body.text('openConversationId') ?? message.openConversationId;
    if (message.openConversationId !== openConversationId) {
      throw NewApiRefusal.bad('invalid.openConversationId', '不合法的openConversationId');
    }
    return jsonAnswer({ sendStatus: message.recalled ? 'RECALLED' : 'SUCCESS', readUserIds: [], hasMore: false });
  }

  /** @see https://open.dingtalk.com/document/development/batch-message-recall-chat */
  recallFromPeople(call: SimulatedCall, app: SimulatedApp): Answer {
    const body = NewApiBody.of(call, MALFORMED);
    const robotCode = this.robotOf(body, app, 'invalidParameter.robotCode.empty');
    return this.recall(keysIn(body), robotCode);
  }

  /** @see https://open.dingtalk.com/document/development/enterprise-chatbot-withdraws-internal-group-messages */
  recallFromGroup(call: SimulatedCall, app: SimulatedApp): Answer {
    const body = NewApiBody.of(call, MALFORMED);
    const robotCode = this.robotOf(body, app, 'invalidParameter.robotCode.missing');
    return this.recall(keysIn(body), robotCode, body.requiredText('openConversationId', 'miss.openConversationId'));
  }

  private recall(keys: readonly string[], robotCode: string, openConversationId?: string): Answer {
    const successResult: string[] = [];
    const failedResult: Record<string, string> = {};
    for (const key of keys) {
      const message = this.sent.get(key);
      if (message && message.robotCode !== robotCode) {
        throw NewApiRefusal.bad('not.allowed.robotCode', '不能撤回其他机器人发送的消息');
      }
      const found = message?.openConversationId === openConversationId ? message : undefined;
      if (!found || this.clock() - found.at > DAY_MS) failedResult[key] = '消息不存在或已超过24小时';
      else if (found.recalled) failedResult[key] = '消息已撤回';
      else {
        found.recalled = true;
        this.ledger.recordRecall(key);
        successResult.push(key);
      }
    }
    return jsonAnswer({ successResult, failedResult });
  }

  private asked(key: string): SentMessage {
    const message = this.sent.get(key);
    if (message && this.clock() - message.at <= DAY_MS) return message;
    throw NewApiRefusal.bad(MALFORMED, '不合法的processQueryKey');
  }

  private robotOf(body: NewApiBody, app: SimulatedApp, missing: string): string {
    return this.checkRobot(body.text('robotCode') ?? '', app, missing);
  }

  private checkRobot(robotCode: string, app: SimulatedApp, missing: string): string {
    if (robotCode === '') throw NewApiRefusal.bad(missing, 'robotCode为空');
    if (robotCode === robotCodeOf(app)) return robotCode;
    throw this.apps.some((other) => robotCodeOf(other) === robotCode)
      ? NewApiRefusal.bad('invalidParameter.robotCode.auth', 'robotCode与应用不匹配')
      : NewApiRefusal.bad('invalidParameter.robotCode.invalid', 'robotCode无效');
  }

  private messageIn(body: NewApiBody, maxBytes?: number): { readonly msgKey: string; readonly msgParam: string } {
    const msgKey = body.requiredText('msgKey', 'invalidParameter.msgKey.empty');
    const msgParam = body.requiredText('msgParam', 'invalidParameter.msgParam.invalid');
    checkRobotMessage(msgKey, msgParam, this.media.has, maxBytes);
    return { msgKey, msgParam };
  }

  private keep(key: string, message: Omit<SentMessage, 'at' | 'recalled'>): void {
    this.sent.set(key, { ...message, at: this.clock(), recalled: false });
  }

  private record(
    id: string,
    app: SimulatedApp,
    operation: string,
    recipients: Parameters<Ledger['recordMessage']>[0]['recipients'],
    msgKey: string,
    msgParam: string,
  ): void {
    const content = { msgKey, msgParam };
    this.ledger.recordMessage({
      id,
      provider: 'dingtalk',
      app: app.name,
      operation,
      recipients,
      msgtype: msgKey,
      content,
      shown: true,
    });
  }
}

function keysIn(body: NewApiBody): readonly string[] {
  const keys = body.texts('processQueryKeys');
  if (keys.length === 0) throw NewApiRefusal.bad(MALFORMED, '缺少参数 processQueryKeys');
  if (keys.length <= MAX_RECALLED) return keys;
  throw NewApiRefusal.bad('invalidParameter.processQueryKeys.overMax', `processQueryKeys超过${MAX_RECALLED}个`);
}

function newKey(): string {
  return randomBytes(32).toString('base64');
}
