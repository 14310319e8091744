import { COUNTED_MS, HELD_MS, type Beginning, type MissStore, type Question } from './miss-store.js';

/** Misses remembered at once; the oldest are forgotten beyond it. */
const MOST_MISSES = 10_000;
/** Apps counted at once. */
const MOST_APPS = 1_000;

interface Miss {
  readonly since: number;
  readonly until: number;
}

/** Misses in the memory of one process. */
export class MemoryMissStore implements MissStore {
  private readonly misses = new Map<string, Miss>();
  /** By app: places with the moment at which each counts no more. */
  private readonly places = new Map<string, Map<string, number>>();
  private taken = 0;

  constructor(private readonly clock: () => number = Date.now) {}

  /** When the platform said that there is nobody, epoch milliseconds; undefined when that is not known. */
  known({ subject }: Question): number | undefined {
    const miss = this.misses.get(subject);
    if (!miss) return undefined;
    if (miss.until > this.clock()) return miss.since;
    this.misses.delete(subject);
    return undefined;
  }

  begin(question: Question): Beginning {
    const since = this.known(question);
    if (since !== undefined) return { kind: 'known', since };
    const { perDay = 0 } = question.rules;
    const place = String((this.taken += 1));
    if (perDay === 0) return { kind: 'ask', place };
    const now = this.clock();
    const places = this.placesOf(question.app, now);
    if (places.size >= perDay) return { kind: 'full', waitMs: Math.min(...places.values()) - now };
    places.set(place, now + HELD_MS);
    return { kind: 'ask', place };
  }

  settle(question: Question, place: string, missed: boolean): void {
    const now = this.clock();
    const { perDay = 0, rememberMs } = question.rules;
    const places = this.placesOf(question.app, now);
    places.delete(place);
    if (!missed) return;
    if (perDay > 0) places.set(place, now + COUNTED_MS);
    this.misses.delete(question.subject);
    if (this.misses.size >= MOST_MISSES) this.misses.delete(this.misses.keys().next().value as string);
    this.misses.set(question.subject, { since: now, until: now + rememberMs });
  }

  private placesOf(app: string, now: number): Map<string, number> {
    let places = this.places.get(app);
    if (!places) {
      if (this.places.size >= MOST_APPS) this.places.delete(this.places.keys().next().value as string);
      places = new Map();
      this.places.set(app, places);
    }
    for (const [place, until] of places) if (until <= now) places.delete(place);
    return places;
  }
}
