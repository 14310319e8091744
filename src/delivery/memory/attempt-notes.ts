import type { AttemptEnd } from '../delivery-store.js';
import type { DeliveryAttempt } from '../delivery.record.js';

/** Attempts that a record shows at most. */
const ATTEMPTS = 100;

export function withRunning(attempts: readonly DeliveryAttempt[], begun: DeliveryAttempt): DeliveryAttempt[] {
  return [...attempts, begun].slice(-ATTEMPTS);
}

/** The running attempt, which is the last one, has ended. */
export function withEnd(attempts: readonly DeliveryAttempt[], end: Partial<DeliveryAttempt>): DeliveryAttempt[] {
  return attempts.map((one, i) => (i === attempts.length - 1 ? { ...one, ...end } : one));
}

/** What a worker says whose attempt was taken for crashed; undefined when it was not. */
export function withLateEnd(
  attempts: readonly DeliveryAttempt[],
  attempt: number,
  { attempt: said }: AttemptEnd,
  endedAt: number,
): DeliveryAttempt[] | undefined {
  if (!attempts.some(({ n, result }) => n === attempt && result === 'crashed')) return undefined;
  return attempts.map((one) => (one.n === attempt ? { ...one, ...said, endedAt, late: true } : one));
}
