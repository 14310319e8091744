import { createHash } from 'node:crypto';
import { SlidingWindow } from '../../../simulator/sliding-window.js';

export interface NoticeLimitOptions {
  /** Notices that one user sees of one app in a day. */
  readonly perUserPerDay?: number;
  /** How often one user sees the same content of one app in a day. */
  readonly sameContentPerDay?: number;
  /** Recipients of one app within a minute. */
  readonly recipientsPerMinute?: number;
  /** Notices to everybody in a day. */
  readonly toAllPerDay?: number;
}

/** Why a recipient was left out, in the form of `forbidden_list`. */
export interface FlowRefusal {
  /** A string in the platform's replies. */
  readonly code: '143103' | '143105' | '143106';
  /** The threshold that was reached. */
  readonly count: number;
}

const DAY_MS = 24 * 60 * 60 * 1000;
const BEIJING_OFFSET_MS = 8 * 60 * 60 * 1000;

/**
 * The business limits of work notices. All but the one on sending to everybody are silent: the call is answered with
 * errcode 0, the user gets nothing, and only getsendresult tells. Days are taken to begin at midnight in Beijing,
 * and content to be the same if the message object is; the documentation defines neither.
 *
 * @see https://open.dingtalk.com/document/development/gets-the-result-of-sending-messages-asynchronously-to-the-enterprise
 */
export class NoticeLimits {
  private readonly perUserPerDay: number;
  private readonly sameContentPerDay: number;
  private readonly toAllPerDay: number;
  private readonly lastMinute: SlidingWindow;
  private readonly today = new Map<string, number>();
  private day = 0;

  constructor(
    options: NoticeLimitOptions,
    private readonly clock: () => number,
  ) {
    this.perUserPerDay = options.perUserPerDay ?? 500;
    this.sameContentPerDay = options.sameContentPerDay ?? 1;
    this.toAllPerDay = options.toAllPerDay ?? 3;
    this.lastMinute = new SlidingWindow(options.recipientsPerMinute ?? 5000, 60_000, clock);
  }

  /** Counts a notice to everybody; false if the day's allowance is used up. */
  admitToAll(app: string): boolean {
    return this.take(`all ${app}`, this.toAllPerDay);
  }

  /** Counts a notice to one user, or says why that user will not see it. */
  admit(app: string, userid: string, content: unknown): FlowRefusal | undefined {
    const user = `user ${app} ${userid}`;
    const same = `${user} ${createHash('sha1').update(JSON.stringify(content)).digest('base64')}`;
    if (this.taken(user) >= this.perUserPerDay) return { code: '143105', count: this.perUserPerDay };
    if (this.taken(same) >= this.sameContentPerDay) return { code: '143106', count: this.sameContentPerDay };
    if (!this.lastMinute.tryTake(app)) return { code: '143103', count: this.lastMinute.limit };
    this.take(user, Infinity);
    this.take(same, Infinity);
    return undefined;
  }

  private take(key: string, limit: number): boolean {
    const taken = this.taken(key);
    if (taken >= limit) return false;
    this.today.set(key, taken + 1);
    return true;
  }

  private taken(key: string): number {
    const day = Math.floor((this.clock() + BEIJING_OFFSET_MS) / DAY_MS);
    if (day !== this.day) this.today.clear();
    this.day = day;
    return this.today.get(key) ?? 0;
  }
}
