import type { HiddenRecipient } from '../../../simulator/ledger.js';
import { SlidingWindow } from '../../../simulator/sliding-window.js';
import { Refusal } from './refusals.js';

export interface MessageLimitOptions {
  /** Messages that one member sees of one app within a minute. Default 30. */
  readonly perMemberPerMinute?: number;
  /** Messages that one member sees of one app within an hour. Default 1000. */
  readonly perMemberPerHour?: number;
  /** Recipients of one app in a day, 200 times the seats of the organisation. Default 100,000. */
  readonly personsPerDay?: number;
  /**
   * What happens above it: messages are dropped like those above the other limits, or refused with 45009, which was
   * seen on the sending of apps without its reason. Default `drop`.
   */
  readonly overPersonsPerDay?: 'drop' | 'refuse';
  /** Group messages that one member sees of one app within a minute, whatever the group. Default 200. */
  readonly chatPerMemberPerMinute?: number;
  /** Group messages that one member sees of one app within a day, whatever the group. Default 10,000. */
  readonly chatPerMemberPerDay?: number;
  /** Recipients of group messages of the organisation within a minute. Default 20,000. */
  readonly chatPersonsPerMinute?: number;
  /** Groups made in a day by all apps together. Default 1000. */
  readonly chatsPerDay?: number;
  /** Groups changed in an hour by all apps together. Default 1000. */
  readonly chatChangesPerHour?: number;
}

export interface Admission {
  readonly shown: boolean;
  readonly hiddenBecause?: string;
  readonly hiddenFrom?: readonly HiddenRecipient[];
}

interface SilentLimit {
  readonly window: SlidingWindow;
  readonly words: string;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const BEIJING_OFFSET_MS = 8 * HOUR_MS;

/**
 * Limits per member are silent: the call is answered with errcode 0 and a msgid, and the member gets nothing.
 * Windows are taken to slide and the app's day to begin at midnight in Beijing. Which code stands for the limits of
 * the organisation is not said; here it is 45009.
 *
 * @see https://developer.work.weixin.qq.com/document/path/90312
 */
export class MessageLimits {
  private readonly personal: readonly SilentLimit[];
  private readonly inChats: readonly SilentLimit[];
  private readonly chatPersons: SlidingWindow;
  private readonly newChats: SlidingWindow;
  private readonly chatChanges: SlidingWindow;
  private readonly personsToday = new Map<string, number>();
  private day = 0;

  constructor(
    private readonly options: MessageLimitOptions,
    private readonly clock: () => number,
  ) {
    const silent = (limit: number, windowMs: number, unit: string): SilentLimit => ({
      window: new SlidingWindow(limit, windowMs, clock),
      words: `more than ${limit} messages of the app to one member in a ${unit}`,
    });
    this.personal = [
      silent(options.perMemberPerMinute ?? 30, MINUTE_MS, 'minute'),
      silent(options.perMemberPerHour ?? 1000, HOUR_MS, 'hour'),
    ];
    this.inChats = [
      silent(options.chatPerMemberPerMinute ?? 200, MINUTE_MS, 'minute'),
      silent(options.chatPerMemberPerDay ?? 10_000, DAY_MS, 'day'),
    ];
    this.chatPersons = new SlidingWindow(options.chatPersonsPerMinute ?? 20_000, MINUTE_MS, clock);
    this.newChats = new SlidingWindow(options.chatsPerDay ?? 1000, DAY_MS, clock);
    this.chatChanges = new SlidingWindow(options.chatChangesPerHour ?? 1000, HOUR_MS, clock);
  }

  /** @throws Refusal if the app's day is used up and that is not silent */
  admit(app: string, users: readonly string[]): Admission {
    const quota = this.options.personsPerDay ?? 100_000;
    if (this.options.overPersonsPerDay === 'refuse' && this.countedToday(app) + users.length > quota) {
      throw new Refusal(45009);
    }
    return admission(users, (user) => {
      if (this.countedToday(app) >= quota) return `more than ${quota} recipients of the app in a day`;
      this.personsToday.set(app, this.countedToday(app) + 1);
      return exceeded(this.personal, `${app} ${user}`);
    });
  }

  /** @throws Refusal if the organisation's minute is used up */
  admitToChat(app: string, users: readonly string[]): Admission {
    if (!this.chatPersons.tryTake('', users.length)) throw new Refusal(45009);
    return admission(users, (user) => exceeded(this.inChats, `${app} ${user}`));
  }

  countNewChat(): void {
    if (!this.newChats.tryTake()) throw new Refusal(45009);
  }

  countChatChange(): void {
    if (!this.chatChanges.tryTake()) throw new Refusal(45009);
  }

  private countedToday(app: string): number {
    const day = Math.floor((this.clock() + BEIJING_OFFSET_MS) / DAY_MS);
    if (day !== this.day) this.personsToday.clear();
    this.day = day;
    return this.personsToday.get(app) ?? 0;
  }
}

function exceeded(limits: readonly SilentLimit[], key: string): string | undefined {
  const full = limits.find(({ window }) => window.count(key) >= window.limit);
  if (!full) for (const { window } of limits) window.tryTake(key);
  return full?.words;
}

function admission(users: readonly string[], hidden: (user: string) => string | undefined): Admission {
  const hiddenFrom: HiddenRecipient[] = [];
  for (const user of users) {
    const because = hidden(user);
    if (because !== undefined) hiddenFrom.push({ user, because });
  }
  const shown = hiddenFrom.length < users.length;
  return {
    shown,
    ...(!shown && { hiddenBecause: hiddenFrom[0]?.because ?? 'no members' }),
    ...(hiddenFrom.length > 0 && { hiddenFrom }),
  };
}
