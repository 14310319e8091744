import type { MissRules } from '../lookups/miss-store.js';
import type { AppSettings, ResolvedApp } from './provider.contract.js';

/**
 * For an operation that finds somebody by something personal (a mobile number). Whom the platform does not find is
 * remembered for a while and not asked for again: platforms count such misses, and bar those who have too many. What was
 * looked up is kept as a keyed hash only.
 */
export interface LookUp<Input, App extends AppSettings = AppSettings> {
  /** What is looked up. */
  subject(input: Input): string;
  /** The platform's codes for "there is nobody". */
  readonly missCodes: readonly string[];
  /** How long this app's misses are remembered, and how many it may have in a day. */
  misses(app: ResolvedApp<App>): MissRules;
}
