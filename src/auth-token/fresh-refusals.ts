/** How long a token counts as just obtained, milliseconds. Longer than a platform's hosts need to hear of a token. */
const FRESH_MS = 10_000;
/**
 * So long no other token is asked for after the second fresh one in a row was refused, milliseconds; twice as long after
 * each further one, up to the maximum. That is short, because an app that heals and whose token is revoked meanwhile
 * waits for it; an operation costs thirty token calls an hour then.
 */
const PAUSE_MS = 10_000;
const PAUSE_MAX_MS = 120_000;

/** A call that the platform refused because of its token. */
export interface RefusedCall {
  /** What was asked for: the operation. */
  readonly operation: string;
  /** When the call began, by `performance.now()`: no clock that is set may make it seem older. */
  readonly began: number;
  /** It was the repeat of a call that had been refused for its token too. */
  readonly again: boolean;
}

/** What matters about a token that was refused. */
export interface TriedToken {
  /** Epoch milliseconds. */
  readonly obtainedAt: number;
  /** Since when this process has it, by `performance.now()`: another replica, by another clock, may have obtained it. */
  readonly since: number;
}

interface Row {
  /** Fresh tokens that were refused in a row. */
  count: number;
  /** The last one of them, by {@link TriedToken.since}: many calls that it fails are one refusal. */
  since: number;
  /** Until then no other one is asked for, epoch milliseconds. */
  until: number;
  /** When the last one made room for another, epoch milliseconds. */
  replacedAt: number;
}

/**
 * Tokens of one app that the platform refused although they had just been obtained. A further one would be refused
 * too, and asking for one with every message runs into the limits of the platforms' token calls.
 *
 * Remembered by operation. If only some of an app's calls are refused, because one of the platform's hosts does not
 * know its tokens, the others must still get a new one at once when theirs is revoked.
 */
export class FreshRefusals {
  private readonly rows = new Map<string, Row>();

  /**
   * Judges the refusal of the held token. It never worked if it is fresh and the call before it in the same request was
   * refused as well. Once, that may be chance, a token that was revoked again at once; so there is one further token.
   * If that is refused while it is fresh, by whichever call, it holds for a while, however old the token gets.
   * @returns whether another token would be useless; where that is new, for how long it holds
   */
  judge(held: TriedToken, { operation, again }: RefusedCall, now: number): { useless: boolean; pauseMs?: number } {
    const row = this.row(operation, now);
    if (row && (row.until > now || (again && row.since === held.since))) return { useless: true };
    const further = row !== undefined && now - row.replacedAt < FRESH_MS;
    if (now - held.obtainedAt >= FRESH_MS || !(again || further)) {
      if (row) row.replacedAt = now;
      return { useless: false };
    }
    const count = (row?.count ?? 0) + 1;
    const pauseMs = count === 1 ? 0 : Math.min(PAUSE_MS * 2 ** (count - 2), PAUSE_MAX_MS);
    this.rows.set(operation, { count, since: held.since, until: now + pauseMs, replacedAt: 0 });
    return { useless: true, pauseMs };
  }

  /** The repeat of a refused call was refused too, and its token has made room for another one meanwhile. */
  alreadyReplaced(operation: string, now: number): void {
    if (!this.row(operation, now)) this.rows.set(operation, { count: 1, since: 0, until: now, replacedAt: now });
  }

  /** Who had no pause for longer than any begins anew. That a call worked ends none: another host may have served it. */
  private row(operation: string, now: number): Row | undefined {
    const row = this.rows.get(operation);
    return row && now - row.until < PAUSE_MAX_MS ? row : undefined;
  }
}
