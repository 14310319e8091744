import type { PacingWindow } from '../delivery.record.js';

/** A longer wait is looked at again half-way, milliseconds: others in line may have been cancelled meanwhile. */
const LONG_WAIT_MS = 120_000;

/** Places taken at one moment. */
interface Taken {
  readonly at: number;
  readonly places: number;
}

interface WindowState {
  /** Longest time a place in it was taken for, milliseconds. */
  length: number;
  /** Oldest first. */
  readonly taken: Taken[];
  /** Who waits, in order of arrival, with the places wanted. */
  readonly line: Map<string, number>;
}

/** Places were taken. */
export interface Taking {
  /** One of them is beyond its window. */
  readonly mayBeDropped: boolean;
}

/** Why a delivery has to wait. */
export interface Blocked {
  readonly window: string;
  /** When there will be room; epoch milliseconds. */
  readonly roomAt: number;
  /** When to look again. */
  readonly lookAt: number;
}

/**
 * Sliding windows, exactly: a place is taken for the whole length of its window. All windows of a delivery have room,
 * or none is taken. Who finds no room stands in line for the window that frees last; nobody overtakes.
 */
export class MemoryPacing {
  private readonly windows = new Map<string, WindowState>();

  /**
   * Takes a place in every window, or gets in line. A window above which the platform drops silently does not hold up
   * what would expire in line.
   */
  take(id: string, windows: readonly PacingWindow[], now: number, expiresAt = Infinity): Blocked | Taking {
    let blocked: { key: string; at: number; weight: number } | undefined;
    let mayBeDropped = false;
    for (const window of windows) {
      const at = this.roomAt(id, window, now);
      if (at !== undefined && window.silent && at >= expiresAt) mayBeDropped = true;
      else if (at !== undefined && at > (blocked?.at ?? 0)) blocked = { key: window.key, at, weight: weightOf(window) };
    }
    if (!blocked) {
      for (const window of windows) {
        const state = this.stateOf(window);
        state.line.delete(id);
        if (window.weight > 0) state.taken.push({ at: now, places: weightOf(window) });
      }
      return { mayBeDropped };
    }
    const { key, at, weight } = blocked;
    for (const window of windows) if (window.key !== key) this.windows.get(window.key)?.line.delete(id);
    const line = this.windows.get(key)?.line;
    if (!line?.has(id)) line?.set(id, weight);
    return { window: key, roomAt: at, lookAt: at - now > LONG_WAIT_MS ? now + Math.floor((at - now) / 2) : at };
  }

  /**
   * Takes places without standing in line, for the synchronous road. A window that is full stays full: nothing is
   * counted beyond it, so the memory it takes does not grow with the load.
   * @returns when there will be room, epoch milliseconds; undefined when the places were taken
   */
  draw(windows: readonly PacingWindow[], enforced: boolean, now: number): number | undefined {
    let latest = 0;
    const roomy: PacingWindow[] = [];
    for (const window of windows) {
      const at = this.roomAt('', window, now);
      if (at === undefined) roomy.push(window);
      else latest = Math.max(latest, at);
    }
    if (enforced && latest > 0) return latest;
    for (const window of roomy) if (window.weight > 0) note(this.stateOf(window), window, now);
    return undefined;
  }

  leaveLine(id: string, key: string | null): void {
    if (key !== null) this.windows.get(key)?.line.delete(id);
  }

  /** Forgets windows that nobody uses. */
  sweep(now: number): void {
    for (const [key, state] of this.windows) {
      free(state, now - state.length);
      if (state.taken.length === 0 && state.line.size === 0) this.windows.delete(key);
    }
  }

  /** When there will be room, or undefined if there is. */
  private roomAt(id: string, window: PacingWindow, now: number): number | undefined {
    const state = this.stateOf(window);
    const length = Math.ceil(window.seconds * 1_000);
    free(state, now - length);
    let used = 0;
    for (const { places } of state.taken) used += places;
    const lacking = used + aheadOf(id, state.line) + weightOf(window) - window.count;
    if (lacking <= 0) return undefined;
    if (lacking <= used) return takenAt(state, lacking, now) + length;
    const rounds = Math.ceil((lacking - used) / window.count);
    const nth = lacking - rounds * window.count;
    return nth < 1 ? now + length * rounds : takenAt(state, nth, now) + length * (rounds + 1);
  }

  private stateOf({ key, seconds }: PacingWindow): WindowState {
    let state = this.windows.get(key);
    if (!state) this.windows.set(key, (state = { length: 0, taken: [], line: new Map() }));
    state.length = Math.max(state.length, Math.ceil(seconds * 1_000));
    return state;
  }
}

/** Moments of one window are kept in so many steps: many small messages share an entry. */
const STEPS = 200;

function note(state: WindowState, window: PacingWindow, now: number): void {
  const step = Math.max(1, Math.floor((window.seconds * 1_000) / STEPS));
  const at = Math.floor(now / step) * step;
  const last = state.taken.at(-1);
  const places = weightOf(window);
  if (last && last.at >= at) state.taken[state.taken.length - 1] = { at: last.at, places: last.places + places };
  else state.taken.push({ at, places });
}

/** What does not fit at all is taken alone, when the window is empty. */
function weightOf({ weight, count }: PacingWindow): number {
  return Math.min(weight, count);
}

function aheadOf(id: string, line: ReadonlyMap<string, number>): number {
  let places = 0;
  for (const [other, weight] of line) {
    if (other === id) break;
    places += weight;
  }
  return places;
}

function free(state: WindowState, until: number): void {
  const [oldest] = state.taken;
  if (!oldest || oldest.at > until) return;
  const kept = state.taken.findIndex(({ at }) => at > until);
  state.taken.splice(0, kept < 0 ? state.taken.length : kept);
}

/** When the n-th oldest place was taken. */
function takenAt({ taken }: WindowState, n: number, now: number): number {
  let seen = 0;
  for (const { at, places } of taken) {
    seen += places;
    if (seen >= n) return at;
  }
  return now;
}
