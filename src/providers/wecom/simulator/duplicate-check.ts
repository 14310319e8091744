import { createHash } from 'node:crypto';
import type { Members } from './members.js';
import { Refusal } from './refusals.js';

const DEFAULT_SECONDS = 1800;
const MAX_SECONDS = 4 * 60 * 60;

/**
 * `enable_duplicate_check`: within the interval the same request JSON is accepted and not shown again. "Same" is
 * taken as the same bytes of the same app. What the platform answers to the second one is not documented; here it is
 * what it answers to the first, under another msgid.
 *
 * @see https://developer.work.weixin.qq.com/document/path/90236
 */
export class DuplicateCheck {
  private readonly acceptedAt = new Map<string, number>();

  constructor(private readonly clock: () => number) {}

  /** Seconds to look back; undefined if the request wants no check. */
  intervalOf(body: Members): number | undefined {
    const isWanted = body.choice('enable_duplicate_check', [0, 1]) === 1;
    const seconds = body.value('duplicate_check_interval') ?? DEFAULT_SECONDS;
    if (typeof seconds !== 'number' || !Number.isInteger(seconds) || seconds < 0 || seconds > MAX_SECONDS) {
      throw new Refusal(40058, 'duplicate_check_interval');
    }
    return isWanted ? seconds : undefined;
  }

  /** Whether the same bytes were accepted, and not as a repeat, within the interval. */
  isRepeat(app: string, bytes: Buffer, seconds: number): boolean {
    const before = this.acceptedAt.get(keyOf(app, bytes));
    return before !== undefined && this.clock() - before < seconds * 1000;
  }

  /** To be called once nothing can refuse the request any more: a refused one may be repeated. */
  accept(app: string, bytes: Buffer): void {
    const key = keyOf(app, bytes);
    this.forgetBefore(this.clock() - MAX_SECONDS * 1000);
    // Deleted first, so that the map stays ordered by time.
    this.acceptedAt.delete(key);
    this.acceptedAt.set(key, this.clock());
  }

  private forgetBefore(limit: number): void {
    for (const [key, at] of this.acceptedAt) {
      if (at > limit) return;
      this.acceptedAt.delete(key);
    }
  }
}

function keyOf(app: string, bytes: Buffer): string {
  return `${app} ${createHash('sha256').update(bytes).digest('base64')}`;
}
