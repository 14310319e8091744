import type { PlatformRequest } from '../providers/provider.contract.js';
import type { DeliveryAttempt, DeliveryOrder, DeliveryRecord, DeliveryState, PacingWindow } from './delivery.record.js';

/** How an attempt ended, as the retry policy decided. */
export interface AttemptEnd {
  /** `retrying` keeps it alive; everything else is final. */
  readonly state: 'sent' | 'partial' | 'rejected' | 'unknown' | 'dead' | 'retrying';
  /** For `retrying`: milliseconds until the next attempt. */
  readonly delayMs?: number;
  /** Did this attempt use up a step of the retry schedule? */
  readonly counted: boolean;
  /** Bytes left without a verdict: a further attempt may be a duplicate. */
  readonly outcomeUnknown: boolean;
  readonly attempt: Omit<DeliveryAttempt, 'n' | 'startedAt' | 'endedAt' | 'worker'>;
  readonly result?: unknown;
  readonly receipt?: string;
}

/** What a worker that was woken for a delivery has to do. */
export type Beginning =
  /** The marker is written: send now, and finish with this attempt number. */
  | {
      readonly kind: 'send';
      readonly record: DeliveryRecord;
      readonly request: PlatformRequest;
      readonly attempt: number;
    }
  /** Not yet: due later, or a window is full. The sweeper wakes somebody in time. */
  | {
      readonly kind: 'wait';
      readonly milliseconds: number;
      /** The window that is full, when it begins to wait for one. */
      readonly pacedBy?: string;
    }
  /** It just became final: expired, quarantined, or parked after a crash. */
  | { readonly kind: 'ended'; readonly record: DeliveryRecord }
  /** It was under way when a worker ended: it may only be sent with nothing beside it in its process. */
  | { readonly kind: 'alone' }
  /** Somebody else has it, it is final, or it is gone. */
  | { readonly kind: 'nothing' };

export interface DeliveryFilter {
  readonly provider?: string;
  /** Pairs `provider/app` the caller may see; undefined means all. */
  readonly apps?: readonly string[];
  readonly state?: DeliveryState;
  /** Accepted at or after, and before; epoch milliseconds. */
  readonly from?: number;
  readonly to?: number;
}

export interface DeliveryPage {
  /** Newest first. */
  readonly records: readonly DeliveryRecord[];
  /** Opaque; absent on the last page. */
  readonly next?: string;
}

export interface DeliveryCounts {
  /** Deliveries by state: all that are not final, and the final ones that are kept. */
  readonly byState: Readonly<Record<DeliveryState, number>>;
  /** Age of the longest waiting delivery that is due, seconds; 0 when none is. */
  readonly oldestDueSeconds: number;
}

/**
 * A delivery whose wake-up was lost is woken again after this long, milliseconds. The sweeper comes across whatever has
 * not ended at least as often.
 */
export const WOKEN_AGAIN_MS = 10_000;

/** What its caller is told about a delivery that is there: the rest of its record is read when it is asked for. */
export type Accepted = Pick<DeliveryRecord, 'id' | 'state'>;

/** Why a delivery cannot be accepted: nothing was written. */
export class StoreFullError extends Error {
  override readonly name = 'StoreFullError';
}

/** The store did not answer: the record may or may not have been written. */
export class StoreUnansweredError extends Error {
  override readonly name = 'StoreUnansweredError';
}

/**
 * Who is told about which final state: names of callback targets. The store keeps an event for each in the same step as
 * the end itself, so that no end is untold.
 */
export type Subscriptions = Readonly<Partial<Record<DeliveryState, readonly string[]>>>;

/** How long things are kept once they are final, milliseconds. */
export interface Retention {
  readonly recordMs: number;
  readonly bodyMs: number;
}

/**
 * Where deliveries live. Every change of state is one compare-and-set with the clock of the store; two implementations
 * (Redis, memory) pass one contract suite.
 *
 * Methods throw {@link StoreUnansweredError} when the store is away; none of them hangs for longer than two seconds.
 */
export interface DeliveryStore {
  /** Does what it holds survive the process? */
  readonly durable: boolean;
  /**
   * Writes a new delivery; state `accepted`, or `scheduled` when it is due later. Idempotent: an id that is there
   * already is given back as it stands.
   * @throws StoreFullError before anything is written
   */
  accept(order: DeliveryOrder): Promise<Accepted>;
  /**
   * A worker was woken for this delivery: takes it, or says why not. Takes places in its pacing windows when it sends.
   * @param alone nothing else is under way in this process: a crash would be this delivery's own
   */
  begin(id: string, worker: string, leaseMs: number, alone?: boolean): Promise<Beginning>;
  /**
   * Ends an attempt. A worker whose attempt is no longer the current one changes nothing but a note.
   * @param begun the record as the begin of this attempt gave it: spares the store to read it again
   * @returns the record, or undefined when it is gone or the attempt was not current any more
   */
  finish(id: string, attempt: number, end: AttemptEnd, begun?: DeliveryRecord): Promise<DeliveryRecord | undefined>;
  /** Cancels it if it waits. `false`: it is being sent, or final; the record says which. Undefined: there is none. */
  cancel(id: string): Promise<{ readonly cancelled: boolean; readonly record: DeliveryRecord } | undefined>;
  /**
   * Puts a final delivery back to work; attempts go on counting, the retry schedule and the time to live start anew.
   * `false`: its state cannot be replayed (without `force`), or its body is no longer kept.
   */
  replay(
    id: string,
    options: { readonly force: boolean; readonly ttlMs: number },
  ): Promise<{ readonly replayed: boolean; readonly record: DeliveryRecord } | undefined>;
  get(id: string): Promise<DeliveryRecord | undefined>;
  /** Every `provider/app` there is or was a delivery of, also of what is no longer configured. */
  apps(): Promise<readonly string[]>;
  list(filter: DeliveryFilter, limit: number, cursor?: string): Promise<DeliveryPage>;
  counts(): Promise<DeliveryCounts>;
  /**
   * Takes places in windows for a message that is sent on the synchronous road.
   * @param enforced take none when there is no room
   * @returns milliseconds until there is room; 0 when the places were taken
   */
  draw(windows: readonly PacingWindow[], enforced: boolean): Promise<number>;
  /**
   * For the sweeper: ids that a worker must be woken for: due ones, ones whose wake-up was lost, and ones whose worker
   * did not come back. Each is given out once per `againMs`.
   * @param unqueued only those that no wake-up can wait for: not what was accepted or woken for before
   */
  overdue(limit: number, againMs: number, unqueued?: boolean): Promise<readonly string[]>;
  /** For the sweeper: forgets index entries of records that are gone. Returns how many. */
  prune(limit: number): Promise<number>;
  close(): Promise<void>;
}
