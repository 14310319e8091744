import { kindRule, type ErrorKind } from '../envelope/kinds.js';
import type { OnUnknown } from './delivery.record.js';

/** What the policy needs to know about a failed attempt. */
export interface FailedAttempt {
  readonly kind: ErrorKind;
  /** Seconds the platform told us to wait, if it did. */
  readonly retryAfter?: number;
  /** Steps of the schedule used up before this attempt. */
  readonly counted: number;
  readonly onUnknown: OnUnknown;
}

/** What becomes of the delivery. */
export type RetryDecision =
  | { readonly state: 'retrying'; readonly delayMs: number; readonly counted: boolean }
  | { readonly state: 'rejected' | 'unknown' | 'dead'; readonly counted: boolean };

/** Share by which each pause is stretched or shortened, so that many deliveries do not come back at once. */
const JITTER = 0.2;
/** Pause after a refusal of our configuration, milliseconds: somebody has to mend it, and asking does not help. */
const CONFIGURATION_MS = 60_000;
/** Longest pause a platform may ask for, milliseconds: a wrong figure must not park a message for a day. */
const LONGEST_MS = 3_600_000;
/** Kinds that are about our configuration: waited out until the time to live ends, without using up the schedule. */
const CONFIGURATION: ReadonlySet<ErrorKind> = new Set(['credentials', 'permission', 'ip-not-allowed']);

/**
 * Decides what becomes of a delivery whose attempt failed. A pure function of its arguments.
 * @param schedule pauses in milliseconds
 * @param random a number in [0, 1)
 */
export function decideRetry(failed: FailedAttempt, schedule: readonly number[], random: number): RetryDecision {
  if (CONFIGURATION.has(failed.kind)) {
    return { state: 'retrying', delayMs: pause(CONFIGURATION_MS, failed.retryAfter, random), counted: false };
  }
  const { asynchronous } = kindRule(failed.kind);
  if (asynchronous === 'refused' || asynchronous === 'never-accepted') return { state: 'rejected', counted: true };
  if (asynchronous === 'dead') return { state: 'dead', counted: true };
  if (asynchronous === 'later-uncounted') {
    return { state: 'retrying', delayMs: pause(schedule[0] ?? 1_000, failed.retryAfter, random), counted: false };
  }
  if (asynchronous === 'unknown' && failed.onUnknown === 'park') return { state: 'unknown', counted: true };
  const step = schedule[failed.counted];
  if (step === undefined) return { state: asynchronous === 'unknown' ? 'unknown' : 'dead', counted: true };
  return { state: 'retrying', delayMs: pause(step, failed.retryAfter, random), counted: true };
}

/** At least what the platform asked for, stretched by up to {@link JITTER} either way. */
function pause(base: number, retryAfter: number | undefined, random: number): number {
  const jittered = base * (1 - JITTER + 2 * JITTER * random);
  const asked = Math.min((retryAfter ?? 0) * 1_000, LONGEST_MS);
  return Math.round(Math.max(jittered, asked * (1 + JITTER * random)));
}
