import type { Limit, WindowVerdict } from './window.js';

/** How long places that were taken ahead are given out, milliseconds; none is counted earlier than this before its use. */
const LIFE_MS = 100;
/** A process holds at most one in so many places of a limit, so a small limit is never taken ahead of its use. */
const SHARE = 100;

/** What Redis is asked for beside what is needed at once. */
export interface AskedAhead {
  /** Places wanted, if there is room for many more. */
  readonly ahead: number;
  /** Places that were taken ahead and not given out, and the fixed window that they were counted in. */
  readonly unused: number;
  readonly countedIn: number;
}

/** What Redis gave ahead. */
export interface GivenAhead {
  readonly places: number;
  /** Places that are left in Redis, those here not among them. */
  readonly left: number;
  /** Until the fixed window is over. */
  readonly seconds: number;
  readonly milliseconds: number;
  /** Number of the fixed window. */
  readonly countedIn: number;
}

/**
 * Places of one window that Redis has counted already and that this process gives out by itself, so that a busy caller
 * does not ask Redis for every request. About as many as it will use in a tenth of a second, never many of what is left;
 * what is not used goes back with the next question. See docs/decisions/limits-ahead.md.
 */
export class PlacesAhead {
  private places = 0;
  private until = 0;
  private held: GivenAhead = { places: 0, left: 0, seconds: 1, milliseconds: 0, countedIn: 0 };
  private askedAt = -Infinity;
  /** Given out since Redis was asked. */
  private used = 0;

  constructor(readonly limit: Limit) {}

  /** Gives out one place, if there is one. @param now milliseconds of any clock that only goes forward */
  take(now: number): WindowVerdict | undefined {
    if (this.places === 0 || now >= this.until) return undefined;
    this.places -= 1;
    this.used += 1;
    return { allowed: true, remaining: this.held.left + this.places, resetSeconds: this.held.seconds };
  }

  /** Before Redis is asked for some places: what else to ask for, and what goes back. */
  ask(needed: number, now: number): AskedAhead {
    const used = this.used + needed;
    const perLife = (used * LIFE_MS) / Math.max(LIFE_MS, now - this.askedAt);
    const asked = {
      // Twice as much as of late: whoever becomes faster is not held up, and the rest goes back.
      ahead: Math.min(Math.floor(2 * perLife), Math.floor(this.limit.requests / SHARE)),
      unused: this.places,
      countedIn: this.held.countedIn,
    };
    this.places = 0;
    this.used = needed;
    this.askedAt = now;
    return asked;
  }

  /** Redis has answered. @param askedAt when it was asked, so that none is held longer than it may be */
  give(given: GivenAhead, askedAt: number): void {
    // Those of another window cannot go back together with these; another question may have brought them meanwhile.
    if (given.countedIn !== this.held.countedIn) this.places = 0;
    this.held = given;
    this.places += given.places;
    this.until = askedAt + Math.min(LIFE_MS, given.milliseconds);
  }
}
