import type { DeliveryError } from '../providers/delivery-error.js';
import { FreshRefusals, type TriedToken } from './fresh-refusals.js';

/** A token that is held in memory; times are epoch milliseconds. */
export interface HeldToken {
  readonly token: string;
  readonly obtainedAt: number;
  readonly expiresAt: number;
  /** From here on it is renewed in the background. */
  readonly renewAt: number;
}

/** A token of this process. */
export type KeptToken = HeldToken & TriedToken;

/** What is known about the token of one app. */
export interface Entry {
  label: string;
  held?: KeptToken;
  /** The last one that was rejected: it must not come back from the shared level before it is gone from there. */
  rejected?: string;
  pending?: Promise<string>;
  refusal?: { readonly error: DeliveryError; readonly until: number };
  /** Refusals in a row. */
  refusals: number;
  readonly fresh: FreshRefusals;
  fetches: number;
  failures: number;
  lastError: string | null;
}

export function newEntry(label: string): Entry {
  return { label, fetches: 0, failures: 0, refusals: 0, fresh: new FreshRefusals(), lastError: null };
}

/** Whether the platform refused the app's credentials a short time ago. */
export const refused = (entry: Entry, now: number): boolean => (entry.refusal?.until ?? 0) > now;
