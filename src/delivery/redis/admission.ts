import { StoreFullError } from '../delivery-store.js';
import { answerOf, type RedisSource } from './delivery-commands.js';

/** Share of maxmemory above which nothing new is accepted: what was accepted needs the rest. */
const SHARE = 0.75;
const POLL_MS = 1_000;
/** How long the very first delivery waits for the first look. */
const FIRST_MS = 300;
/** What Redis needs for a delivery beside its texts, bytes; measured. */
const OVERHEAD = 1_500;

/** Refuses new deliveries while Redis fills up, before anything is written. */
export class Admission {
  private used = 0;
  /** 0 where Redis has no limit, or does not tell. */
  private limit = 0;
  /** Accepted since the last look, bytes: a burst must not fill Redis between two looks. */
  private since = 0;
  private first: Promise<void> | undefined;
  private looked = false;
  private readonly timer: NodeJS.Timeout;

  constructor(private readonly source: RedisSource) {
    this.timer = setInterval(() => void this.look(), POLL_MS).unref();
  }

  /**
   * @param bytes length of what is about to be written
   * @returns a promise while nobody has looked yet
   * @throws StoreFullError
   */
  admit(bytes: number): Promise<void> | undefined {
    if (this.looked) {
      this.count(bytes);
      return undefined;
    }
    this.first ??= answerOf(this.look(), FIRST_MS)
      .catch(() => undefined)
      .finally(() => (this.looked = true));
    return this.first.then(() => this.count(bytes));
  }

  private count(bytes: number): void {
    const size = bytes + OVERHEAD;
    if (this.limit > 0 && this.used + this.since + size >= this.limit * SHARE) {
      throw new StoreFullError(`Redis is filled to ${Math.round(SHARE * 100)} % of maxmemory`);
    }
    this.since += size;
  }

  close(): void {
    clearInterval(this.timer);
  }

  private async look(): Promise<void> {
    const before = this.since;
    try {
      const text = await this.source.client?.info('memory');
      if (text === undefined) return;
      this.used = numberIn(text, 'used_memory');
      this.limit = numberIn(text, 'maxmemory');
      // What was accepted while Redis answered may or may not be in its answer: counted twice rather than not at all.
      this.since -= before;
    } catch {
      // Redis is away: an accept will say so itself.
    }
  }
}

/** A number from the answer of INFO. */
export function numberIn(info: string, name: string): number {
  return Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1] ?? 0);
}
