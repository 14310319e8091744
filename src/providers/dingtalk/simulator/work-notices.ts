import type { Ledger } from '../../../simulator/ledger.js';
import type { Answer, SimulatedCall } from '../../../simulator/simulated-call.js';
import type { SimulatedApp } from './access-tokens.js';
import type { Directory } from './directory.js';
import type { MediaStore } from './media-store.js';
import { checkMessage, MessageDefect, type DefectReason } from './message-checks.js';
import type { FlowRefusal, NoticeLimits } from './notice-limits.js';
import { okAnswer, Refusal } from './refusals.js';
import { isJsonObject, TopapiArguments, type JsonObject } from './topapi-arguments.js';

/**
 * The page of asyncsend_v2 lists no codes for a wrong message; these are the global table's for each defect.
 *
 * @see https://open.dingtalk.com/document/development/server-api-error-codes-1
 */
const DEFECT_CODES: Readonly<Record<DefectReason, number>> = {
  'no-msgtype': 40035,
  'unknown-msgtype': 40008,
  missing: 40035,
  'missing-media': 41006,
  'missing-link': 41010,
  'empty-text': 44004,
  malformed: 400002,
  'too-long': 45002,
  'unknown-media': 40007,
};

const MAX_USER_IDS = 100;
const MAX_DEPARTMENT_IDS = 20;
const MAX_RECIPIENTS = 5000;
const MAX_RECIPIENTS_WITH_RESULT = 100;
const MAX_RECIPIENTS_WITH_STATUS_BAR = 5;
const REMEMBERED_NOTICES = 10_000;
const DAY_MS = 24 * 60 * 60 * 1000;

interface Notice {
  readonly taskId: bigint;
  readonly app: string;
  readonly acceptedAt: number;
  readonly msgtype: string;
  readonly reached: readonly string[];
  readonly forbidden: readonly (FlowRefusal & { readonly userid: string })[];
  readonly invalidUsers: readonly string[];
  readonly invalidDepartments: readonly number[];
}

interface Addressees {
  readonly users: readonly string[];
  readonly departments: readonly number[];
  readonly all: boolean;
}

export interface WorkNoticeOptions {
  /** Task ids above 2^53, as digits in the JSON text. */
  readonly bigTaskIds: boolean;
  /** How long the sending of an accepted notice takes. */
  readonly sendingMs: number;
}

/** `/topapi/message/corpconversation/*`: accepted at once, sent later, limits silent. */
export class WorkNotices {
  private readonly notices = new Map<string, Notice>();
  private nextTaskId: bigint;

  constructor(
    private readonly directory: Directory,
    private readonly media: MediaStore,
    private readonly limits: NoticeLimits,
    private readonly ledger: Ledger,
    private readonly clock: () => number,
    private readonly options: WorkNoticeOptions,
  ) {
    this.nextTaskId = options.bigTaskIds ? 2n ** 53n + 1n : 256_271_667_527n;
  }

  /** A notice that an app sent just before, under an id that a caller knows. */
  adopt(taskId: string, app: SimulatedApp): void {
    this.remember({
      taskId: BigInt(taskId),
      app: app.name,
      acceptedAt: this.clock(),
      msgtype: 'text',
      reached: [],
      forbidden: [],
      invalidUsers: [],
      invalidDepartments: [],
    });
  }

  /** @see https://open.dingtalk.com/document/development/asynchronous-sending-of-enterprise-session-messages */
  send(call: SimulatedCall, app: SimulatedApp): Answer {
    const args = TopapiArguments.of(call);
    checkAgent(args, app);
    const msg = args.requiredObject('msg');
    const addressees = addresseesOf(args);
    const msgtype = this.check(msg);
    checkStatusBar(msg, addressees);
    const users = this.expand(addressees);
    if (users.length > MAX_RECIPIENTS) throw new Refusal(41029, '接收者数量超过限制');
    if (addressees.all && !this.limits.admitToAll(app.name)) throw new Refusal(41045, '全员消息当天次数已用完');
    return okAnswer({ task_id: this.accept(app, msgtype, msg, addressees, users).taskId });
  }

  /**
   * The page gives 7 days in one line and 24 hours in another; 7 days hold here.
   *
   * @see https://open.dingtalk.com/document/development/obtain-the-sending-progress-of-asynchronous-sending-of-enterprise-session
   */
  progress(call: SimulatedCall, app: SimulatedApp): Answer {
    const args = TopapiArguments.of(call);
    checkAgent(args, app, 40035);
    const notice = this.find(args.requiredLong('task_id'), app, 7 * DAY_MS, 40035);
    const age = this.clock() - notice.acceptedAt;
    const percent = this.isSent(notice) ? 100 : Math.floor((age * 100) / this.options.sendingMs);
    return okAnswer({ progress: { progress_in_percent: percent, status: percent === 0 ? 0 : percent < 100 ? 1 : 2 } });
  }

  /** @see https://open.dingtalk.com/document/development/gets-the-result-of-sending-messages-asynchronously-to-the-enterprise */
  result(call: SimulatedCall, app: SimulatedApp): Answer {
    const args = TopapiArguments.of(call);
    checkAgent(args, app, 400002);
    const notice = this.find(args.requiredLong('task_id'), app, DAY_MS, 400002);
    // "Answers with a timeout" says the page and names no code; 41052 is the one that means "no result returned".
    if (notice.reached.length + notice.forbidden.length > MAX_RECIPIENTS_WITH_RESULT) {
      throw new Refusal(41052, '接收者过多，不返回结果');
    }
    if (!this.isSent(notice)) return okAnswer({ send_result: {} });
    return okAnswer({
      send_result: withoutEmptyLists({
        invalid_user_id_list: notice.invalidUsers,
        invalid_dept_id_list: notice.invalidDepartments,
        forbidden_user_id_list: notice.forbidden.map(({ userid }) => userid),
        forbidden_list: notice.forbidden,
        unread_user_id_list: notice.reached,
      }),
    });
  }

  /** @see https://open.dingtalk.com/document/development/notification-of-work-withdrawal */
  recall(call: SimulatedCall, app: SimulatedApp): Answer {
    const args = TopapiArguments.of(call);
    checkAgent(args, app, 400002);
    const notice = this.find(args.requiredLong('msg_task_id'), app, DAY_MS, 400002);
    this.ledger.recordRecall(String(notice.taskId));
    return okAnswer();
  }

  /**
   * For notices of type oa. 7 days says the page, the FAQ hints at 24 hours; 7 days hold here.
   *
   * @see https://open.dingtalk.com/document/development/update-work-notification-status-bar
   */
  updateStatusBar(call: SimulatedCall, app: SimulatedApp): Answer {
    const args = TopapiArguments.of(call);
    checkAgent(args, app);
    const notice = this.find(args.requiredLong('task_id'), app, 7 * DAY_MS, 40035);
    args.requiredText('status_value');
    const colour = args.text('status_bg');
    if (colour !== undefined && !/^0xff[\da-f]{6}$/i.test(colour)) throw new Refusal(40035, '不合法的参数 status_bg');
    if (notice.msgtype !== 'oa') throw new Refusal(40035, '不合法的参数：只有 oa 消息有状态栏');
    if (!this.isSent(notice) || notice.reached.length > MAX_RECIPIENTS_WITH_STATUS_BAR) {
      throw new Refusal(41052, '接收者过多或任务未完成');
    }
    return okAnswer();
  }

  private check(msg: JsonObject): string {
    try {
      return checkMessage(msg, this.media.has);
    } catch (error) {
      if (!(error instanceof MessageDefect)) throw error;
      throw new Refusal(DEFECT_CODES[error.reason], `消息不合法（${error.message}）`);
    }
  }

  private expand(addressees: Addressees): string[] {
    if (addressees.all) return this.directory.everyone();
    const members = addressees.departments.flatMap((id) => this.directory.membersBelow(id));
    return [...new Set([...addressees.users.filter((id) => this.directory.hasUser(id)), ...members])];
  }

  private accept(app: SimulatedApp, msgtype: string, msg: JsonObject, addressees: Addressees, users: string[]): Notice {
    const reached: string[] = [];
    const forbidden: (FlowRefusal & { userid: string })[] = [];
    for (const userid of users) {
      const refusal = this.limits.admit(app.name, userid, msg);
      if (refusal) forbidden.push({ ...refusal, userid });
      else reached.push(userid);
    }
    const taskId = this.nextTaskId;
    // Odd numbers: above 2^53 none of them survives a trip through a JavaScript number.
    this.nextTaskId += 2n;
    const notice: Notice = {
      taskId,
      app: app.name,
      acceptedAt: this.clock(),
      msgtype,
      reached,
      forbidden,
      invalidUsers: addressees.users.filter((id) => !this.directory.hasUser(id)),
      invalidDepartments: addressees.departments.filter((id) => !this.directory.hasDepartment(id)),
    };
    this.remember(notice);
    this.ledger.recordMessage({
      id: String(taskId),
      provider: 'dingtalk',
      app: app.name,
      operation: 'work-notice.send',
      recipients: {
        ...(addressees.users.length > 0 && { users: addressees.users }),
        ...(addressees.departments.length > 0 && { departments: addressees.departments.map(String) }),
        ...(addressees.all && { all: true }),
      },
      msgtype,
      content: msg,
      shown: reached.length > 0,
      ...(reached.length === 0 && { hiddenBecause: forbidden[0]?.code ?? '1430000' }),
      ...(forbidden.length > 0 && {
        hiddenFrom: forbidden.map(({ userid, code }) => ({ user: userid, because: code })),
      }),
    });
    return notice;
  }

  private remember(notice: Notice): void {
    this.notices.set(String(notice.taskId), notice);
    const [oldest] = this.notices.keys();
    if (this.notices.size > REMEMBERED_NOTICES && oldest !== undefined) this.notices.delete(oldest);
  }

  private find(taskId: string, app: SimulatedApp, windowMs: number, errcode: number): Notice {
    const notice = this.notices.get(taskId);
    if (!notice || notice.app !== app.name || this.clock() - notice.acceptedAt > windowMs) {
      throw new Refusal(errcode, '不合法的任务id');
    }
    return notice;
  }

  private isSent(notice: Notice): boolean {
    return this.clock() - notice.acceptedAt >= this.options.sendingMs;
  }
}

function checkAgent(args: TopapiArguments, app: SimulatedApp, errcode = 40056): void {
  if (args.requiredLong('agent_id') !== String(app.agentId)) throw new Refusal(errcode, '不合法的agentid');
}

/** One of userid_list, dept_id_list and to_all_user must address somebody. */
function addresseesOf(args: TopapiArguments): Addressees {
  const all = args.boolean('to_all_user') ?? false;
  const userList = args.text('userid_list');
  const departmentList = args.text('dept_id_list');
  if (!all && userList === undefined && departmentList === undefined) throw new Refusal(40032, '接收者为空');
  // A list that is not used has to be left out; an empty one is refused.
  const users = userList?.split(',') ?? [];
  if (users.includes('') || users.length > MAX_USER_IDS) throw new Refusal(40032, '不合法的userid_list');
  const departments = departmentList?.split(',') ?? [];
  if (departments.some((id) => !/^\d+$/.test(id))) throw new Refusal(40009, '不合法的部门id');
  if (departments.length > MAX_DEPARTMENT_IDS) throw new Refusal(400002, '不合法的参数 dept_id_list');
  return { users, departments: departments.map(Number), all };
}

/** Only for at most five people addressed by their ids. */
function checkStatusBar(msg: JsonObject, addressees: Addressees): void {
  if (!isJsonObject(msg.oa) || msg.oa.status_bar === undefined) return;
  const { users, departments, all } = addressees;
  if (all || departments.length > 0 || users.length > MAX_RECIPIENTS_WITH_STATUS_BAR) {
    throw new Refusal(400002, '状态栏只用于不超过5人的消息');
  }
}

/** Empty lists may be left out of the reply. */
function withoutEmptyLists(lists: Readonly<Record<string, readonly unknown[]>>): Record<string, readonly unknown[]> {
  return Object.fromEntries(Object.entries(lists).filter(([, list]) => list.length > 0));
}
