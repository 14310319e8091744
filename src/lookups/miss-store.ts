/** How misses of one app are treated. */
export interface MissRules {
  /** How long a miss is remembered, milliseconds. */
  readonly rememberMs: number;
  /** Misses within 24 hours after which the platform is asked no more; absent or 0: any number. */
  readonly perDay?: number;
}

/** One look-up, by names that tell nothing about what is looked up. */
export interface Question {
  /** Name of the very thing that is looked up, a keyed hash. */
  readonly subject: string;
  /** Name of the app whose misses are counted, a hash. */
  readonly app: string;
  readonly rules: MissRules;
}

/**
 * What is to be done about a question:
 *
 * - `ask`: the platform may be asked; tell {@link MissStore.settle} what it said, with the place that was taken
 * - `known`: it said that there is nobody, at this moment (epoch milliseconds)
 * - `full`: there were as many misses as are allowed; there is room again after so many milliseconds
 */
export type Beginning =
  | { readonly kind: 'ask'; readonly place: string }
  | { readonly kind: 'known'; readonly since: number }
  | { readonly kind: 'full'; readonly waitMs: number };

/** Remembers misses, and counts them per app within 24 hours. */
export interface MissStore {
  /** Takes a place among the allowed misses, since the answer may be one. */
  begin(question: Question): Beginning | Promise<Beginning>;
  /** The platform has answered: a miss keeps its place and is remembered, anything else gives it back. */
  settle(question: Question, place: string, missed: boolean): void | Promise<void>;
}

/** Over this long misses are counted, milliseconds. WeCom bars for a day. */
export const COUNTED_MS = 86_400_000;

/** A place whose holder died is free again after this long, milliseconds: longer than any deadline. */
export const HELD_MS = 150_000;
