import { randomBytes } from 'node:crypto';
import type { Ledger } from '../../../simulator/ledger.js';
import type { SimulatedCall } from '../../../simulator/simulated-call.js';
import type { SimulatedApp } from './access-tokens.js';
import { checkAgent, type AgentIdRule } from './agent-id.js';
import type { Cards } from './cards.js';
import type { Directory } from './directory.js';
import { DuplicateCheck } from './duplicate-check.js';
import type { MediaStore } from './media-store.js';
import type { JsonObject } from './members.js';
import { checkMessage, contentOf, messageTypeOf } from './message-checks.js';
import type { Admission, MessageLimits } from './message-limits.js';
import { addresseesOf, leftOut, recordedRecipients, resolve } from './recipients.js';
import { Refusal } from './refusals.js';
import { requestBody } from './request-body.js';
import { Visibility } from './visible-range.js';

interface SentMessage {
  readonly app: string;
  readonly at: number;
}

export interface AppMessageOptions extends AgentIdRule {
  /**
   * Whether text beyond 2048 bytes is cut, as the message page has it, rather than refused with 45002, as the table of
   * errors has it. Default false.
   */
  readonly cutsLongText?: boolean;
}

const REMEMBERED_MESSAGES = 10_000;
const RECALL_MS = 24 * 60 * 60 * 1000;
const REPEATED: Admission = { shown: false, hiddenBecause: 'duplicate' };

/** `/cgi-bin/message/send` and `recall`: messages of an app to members, departments, tags. */
export class AppMessages {
  private readonly sent = new Map<string, SentMessage>();
  private readonly unlicensed = new Set<string>();
  private readonly duplicates: DuplicateCheck;
  /** Says yes to a message that reaches nobody, where the platform's page has 81013. */
  takesForNobody = false;

  constructor(
    private readonly directory: Directory,
    private readonly media: MediaStore,
    private readonly limits: MessageLimits,
    private readonly cards: Cards,
    private readonly ledger: Ledger,
    private readonly clock: () => number,
    private readonly options: AppMessageOptions,
  ) {
    this.duplicates = new DuplicateCheck(clock);
  }

  setLicensed(userid: string, isLicensed: boolean): void {
    if (isLicensed) this.unlicensed.delete(userid.toLowerCase());
    else this.unlicensed.add(userid.toLowerCase());
  }

  /** A message that an app sent just before, under an id that a caller knows. */
  adopt(msgid: string, app: SimulatedApp): void {
    this.remember(msgid, { app: app.name, at: this.clock() });
  }

  /** @see https://developer.work.weixin.qq.com/document/path/90236 */
  send(call: SimulatedCall, app: SimulatedApp): JsonObject {
    const body = requestBody(call);
    const msgtype = messageTypeOf(body, false);
    // The page of this type leaves agentid out: the mini program's app is meant.
    if (msgtype !== 'miniprogram_notice' || body.has('agentid')) checkAgent(body, app, this.options);
    const addressees = addresseesOf(body);
    const card = checkMessage(msgtype, body, {
      app,
      media: this.media,
      toChat: false,
      toAll: addressees.all,
      cutsLongText: this.options.cutsLongText ?? false,
    });
    body.choice('enable_id_trans', [0, 1]);
    const interval = this.duplicates.intervalOf(body);
    const resolution = resolve(addressees, new Visibility(this.directory, app.visibleRange), this.isUnlicensed);
    if (resolution.reachesNobody && !this.takesForNobody) throw new Refusal(81013, '', leftOut(resolution));

    const isRepeat = interval !== undefined && this.duplicates.isRepeat(app.name, call.body, interval);
    if (card && !isRepeat) this.cards.checkTaskId(app, card);
    const admission = isRepeat ? REPEATED : this.limits.admit(app.name, resolution.reached);
    if (interval !== undefined && !isRepeat) this.duplicates.accept(app.name, call.body);
    const responseCode = card && this.cards.accept(app, card, resolution.reached);
    const { id } = this.ledger.recordMessage({
      id: randomBytes(48).toString('base64url'),
      provider: 'wecom',
      app: app.name,
      operation: 'message.send',
      recipients: recordedRecipients(addressees),
      msgtype,
      content: contentOf(msgtype, body),
      ...admission,
    });
    this.remember(id, { app: app.name, at: this.clock() });
    return { ...leftOut(resolution), msgid: id, ...(responseCode !== undefined && { response_code: responseCode }) };
  }

  /** @see https://developer.work.weixin.qq.com/document/path/94867 */
  recall(call: SimulatedCall, app: SimulatedApp): JsonObject {
    const msgid = requestBody(call).requiredText('msgid', 40063);
    const message = this.sent.get(msgid);
    if (!message || message.app !== app.name) throw new Refusal(40058, 'msgid');
    if (this.clock() - message.at > RECALL_MS) throw new Refusal(42052);
    this.ledger.recordRecall(msgid);
    return {};
  }

  private readonly isUnlicensed = (userid: string): boolean => this.unlicensed.has(userid.toLowerCase());

  private remember(msgid: string, message: SentMessage): void {
    this.sent.set(msgid, message);
    const [oldest] = this.sent.keys();
    if (this.sent.size > REMEMBERED_MESSAGES && oldest !== undefined) this.sent.delete(oldest);
  }
}
