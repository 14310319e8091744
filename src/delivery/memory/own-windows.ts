import type { PacingWindow } from '../delivery.record.js';
import { MemoryPacing } from './memory-pacing.js';

/** Windows that are forgotten when nobody used them for so many draws. */
const SWEEP_EVERY = 1_000;

/** What one process counts for itself, while there is no store that it could share with the others. */
export class OwnWindows {
  private readonly pacing = new MemoryPacing();
  private draws = 0;

  /**
   * Takes a place in every window, or in none.
   * @param now epoch milliseconds
   * @returns milliseconds until there is room; 0 when the places were taken
   */
  draw(windows: readonly PacingWindow[], now: number): number {
    this.draws += 1;
    if (this.draws % SWEEP_EVERY === 0) this.pacing.sweep(now);
    const roomAt = this.pacing.draw(windows, true, now);
    return roomAt === undefined ? 0 : Math.max(1, roomAt - now);
  }
}
