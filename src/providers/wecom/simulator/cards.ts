import { randomBytes } from 'node:crypto';
import type { SimulatedCall } from '../../../simulator/simulated-call.js';
import type { SimulatedApp } from './access-tokens.js';
import { checkAgent, type AgentIdRule } from './agent-id.js';
import { BUTTON_CARDS, checkCard, type CheckedCard } from './card-checks.js';
import type { Directory } from './directory.js';
import type { MediaStore } from './media-store.js';
import type { JsonObject, Members } from './members.js';
import { MAX_DEPARTMENTS, MAX_TAGS, MAX_USERS } from './recipients.js';
import { Refusal } from './refusals.js';
import { requestBody } from './request-body.js';
import { Visibility } from './visible-range.js';

interface OpenCard {
  readonly app: string;
  readonly cardType: string;
  readonly receivers: ReadonlySet<string>;
  readonly expiresAt: number;
}

/** 72 hours; copies of the page from 2021 said 24. */
const RESPONSE_CODE_MS = 72 * 60 * 60 * 1000;

/** What becomes of template cards after they were sent: task ids are unique, and a response code updates one once. */
export class Cards {
  private readonly taskIds = new Set<string>();
  private readonly openCards = new Map<string, OpenCard>();

  constructor(
    private readonly directory: Directory,
    private readonly media: MediaStore,
    private readonly clock: () => number,
    private readonly agentIdRule: AgentIdRule,
  ) {}

  /** A card with a button that everybody got just before, under a response code that a caller knows. */
  adopt(responseCode: string, app: SimulatedApp): void {
    this.openCards.set(responseCode, {
      app: app.name,
      cardType: 'button_interaction',
      receivers: new Set(this.directory.everyone().map(({ userid }) => userid)),
      expiresAt: this.clock() + RESPONSE_CODE_MS,
    });
  }

  /** The app may use the task id once more. */
  forgetTaskId(taskId: string, app: SimulatedApp): void {
    this.taskIds.delete(`${app.name} ${taskId}`);
  }

  /** @throws Refusal if the app has used the task id before */
  checkTaskId(app: SimulatedApp, { taskId }: CheckedCard): void {
    if (taskId !== undefined && this.taskIds.has(`${app.name} ${taskId}`)) throw new Refusal(42014, 'task_id exists');
  }

  /** Keeps an accepted card. The answer is the code by which the receivers' copies can be updated once. */
  accept(app: SimulatedApp, card: CheckedCard, receivers: readonly string[]): string | undefined {
    if (card.taskId !== undefined) this.taskIds.add(`${app.name} ${card.taskId}`);
    if (!card.isInteractive) return undefined;
    const responseCode = randomBytes(48).toString('base64url');
    const now = this.clock();
    for (const [code, { expiresAt }] of this.openCards) if (expiresAt <= now) this.openCards.delete(code);
    this.openCards.set(responseCode, {
      app: app.name,
      cardType: card.cardType,
      receivers: new Set(receivers),
      expiresAt: now + RESPONSE_CODE_MS,
    });
    return responseCode;
  }

  /**
   * The code is used up by an update that was accepted, not by one that was refused; the page does not say.
   *
   * @see https://developer.work.weixin.qq.com/document/path/94888
   */
  update(call: SimulatedCall, app: SimulatedApp): JsonObject {
    const body = requestBody(call);
    checkAgent(body, app, this.agentIdRule);
    const users = targets(body, 'userids', 'string', MAX_USERS);
    const departments = targets(body, 'partyids', 'number', MAX_DEPARTMENTS);
    const tags = targets(body, 'tagids', 'number', MAX_TAGS);
    const all = body.choice('atall', [0, 1]) === 1;
    if (!all && users.length + departments.length + tags.length === 0) throw new Refusal(82101);

    const responseCode = body.requiredText('response_code', 60140);
    const card = this.openCards.get(responseCode);
    if (!card || card.expiresAt <= this.clock()) throw new Refusal(60140);
    if (card.app !== app.name) throw new Refusal(42015);
    this.checkReplacement(body, card, app);

    const visibility = new Visibility(this.directory, app.visibleRange);
    const isReceiver = (userid: string): boolean => card.receivers.has(visibility.user(userid)?.userid ?? '');
    const members = [
      ...departments.flatMap((id) => visibility.department(id) ?? []),
      ...tags.flatMap((id) => visibility.tag(id) ?? []),
    ];
    const invalid = users.filter((userid) => !isReceiver(userid)).map((userid) => userid.toLowerCase());
    const anyReached = all || invalid.length < users.length || members.some(({ userid }) => isReceiver(userid));
    if (!anyReached) throw new Refusal(82102);
    this.openCards.delete(responseCode);
    return invalid.length > 0 ? { invaliduser: invalid } : {};
  }

  /** Either a new text for the button, or a whole new card. */
  private checkReplacement(body: Members, card: OpenCard, app: SimulatedApp): void {
    const button = body.optionalObject('button');
    const template = body.optionalObject('template_card');
    if (template) {
      body.choice('enable_id_trans', [0, 1]);
      template.text('replace_text');
      checkCard(template, { app, media: this.media, isUpdate: true });
      return;
    }
    if (!button) throw new Refusal(40063, 'button');
    if (!BUTTON_CARDS.includes(card.cardType)) throw new Refusal(40058, 'this card has no button');
    button.requiredText('replace_name', 42020);
  }
}

function targets(body: Members, member: string, type: 'string' | 'number', max: number): string[] {
  const ids = body.ids(member, type);
  if (ids.length > max) throw new Refusal(40035, member);
  return ids;
}
