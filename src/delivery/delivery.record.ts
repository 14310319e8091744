import type { ErrorKind } from '../envelope/kinds.js';
import type { PlatformRequest } from '../providers/provider.contract.js';

/**
 * Where a delivery stands. The record in the store is the truth; queues only wake workers.
 *
 *     accepted → queued → sending(n) → sent | partial | rejected
 *                  ↑           ├→ retrying(n) → queued
 *                  │           └→ unknown
 *        scheduled ┘
 *     also: cancelled, expired, dead, quarantined
 */
export const DELIVERY_STATES = [
  /** Written, not yet handed to a worker. */
  'accepted',
  /** Waits for its time. */
  'scheduled',
  /** Waits for a worker. */
  'queued',
  /** Waits for its next attempt: the platform said "later", or nothing was written. */
  'retrying',
  /** An attempt is under way; written before the socket is opened. */
  'sending',
  'sent',
  /** The platform took it but left people out. */
  'partial',
  /** The platform refused it for good. */
  'rejected',
  /** Bytes left and nobody knows what became of them; parked for a person. */
  'unknown',
  'cancelled',
  /** Its time to live was over before it could be sent. */
  'expired',
  /** The retry budget is spent. */
  'dead',
  /** It ended its worker three times. */
  'quarantined',
] as const;

export type DeliveryState = (typeof DELIVERY_STATES)[number];

/** States that nothing but a person's replay leaves. Retention starts with them. */
export const FINAL_STATES: ReadonlySet<DeliveryState> = new Set([
  'sent',
  'partial',
  'rejected',
  'unknown',
  'cancelled',
  'expired',
  'dead',
  'quarantined',
]);

/** Final states that can be replayed; their body is kept as long as the record. */
export const REPLAYABLE_STATES: ReadonlySet<DeliveryState> = new Set(['dead', 'unknown', 'quarantined']);

/** Waiting states: a cancel wins over them. */
export const WAITING_STATES: ReadonlySet<DeliveryState> = new Set(['accepted', 'scheduled', 'queued', 'retrying']);

/** What to do when bytes left and no verdict came back: send again and say so, or wait for a person. */
export type OnUnknown = 'resend' | 'park';

/** What is written when a delivery is accepted; none of it changes afterwards. */
export interface DeliveryOrder {
  /** `dlv_` and 26 characters; never a number: it is also the id of queue jobs. */
  readonly id: string;
  readonly provider: string;
  readonly app: string;
  readonly operation: string;
  /** Identity of the caller that asked for it, as its principal says. */
  readonly owner: string;
  readonly requestId: string;
  readonly traceparent?: string;
  /** Several targets of one request share it. */
  readonly batchId?: string;
  /** Milliseconds from now until it is due; 0 for at once. */
  readonly delayMs: number;
  /** Milliseconds from the due time until it expires. */
  readonly ttlMs: number;
  readonly onUnknown: OnUnknown;
  /**
   * The platform recognises a repeat of this very request for as long as there may be one: sending it again is harmless.
   */
  readonly repeatable: boolean;
  /** It names so many people that limits per person are not counted, above which the platform drops silently. */
  readonly mayBeDropped?: boolean;
  /** The rendered platform request, without a token. */
  readonly request: PlatformRequest;
  /** Windows it draws on when it is sent. */
  readonly windows: readonly PacingWindow[];
}

/** One window of a limit that this delivery counts in. */
export interface PacingWindow {
  /** Unique per limit and subject, `dingtalk/robots/ops/robot-minute`. */
  readonly key: string;
  readonly count: number;
  readonly seconds: number;
  /** How many places it takes; people in one call for limits per person. */
  readonly weight: number;
  /** Above it the platform says yes and shows nothing. */
  readonly silent?: boolean;
}

/** One try to send. */
export interface DeliveryAttempt {
  readonly n: number;
  /** Epoch milliseconds by the clock of the store. */
  readonly startedAt: number;
  readonly endedAt?: number;
  readonly worker: string;
  readonly result: 'running' | 'sent' | 'partial' | ErrorKind | 'crashed';
  readonly errcode?: number | string;
  readonly errmsg?: string;
  readonly reason?: string;
  /** A verdict that came after another worker had taken over: noted, changes nothing. */
  readonly late?: boolean;
}

/** A delivery as it is read back. */
export interface DeliveryRecord extends Omit<DeliveryOrder, 'delayMs' | 'ttlMs' | 'request' | 'windows'> {
  readonly state: DeliveryState;
  /** Epoch milliseconds by the clock of the store, like all times here. */
  readonly acceptedAt: number;
  readonly dueAt: number;
  readonly expiresAt: number;
  /** When it will be tried next, while it waits. */
  readonly nextAt: number | null;
  readonly finishedAt: number | null;
  /** Attempts so far. */
  readonly attempt: number;
  /** Attempts that used up a step of the retry schedule. */
  readonly counted: number;
  /** How often its worker did not come back: once beside others, and every time it was sent with nothing beside it. */
  readonly crashes: number;
  readonly possibleDuplicate: boolean;
  /** Why it waits although it is due: the window that is full. */
  readonly pacedBy: string | null;
  /** It may be above a limit per person, where the platform says yes and shows nothing. */
  readonly mayBeDropped: boolean;
  /** What goes into `data` of a synchronous answer. */
  readonly result: unknown;
  readonly receipt: string | null;
  readonly attempts: readonly DeliveryAttempt[];
}
