import type { MemoryCallbackOutbox } from '../callbacks/memory-callback-outbox.js';
import type { PlatformRequest } from '../../providers/provider.contract.js';
import { readCursor, writeCursor } from '../delivery-cursor.js';
import { checkOrder, newRecord, parks } from '../delivery-order.js';
import type {
  AttemptEnd,
  Beginning,
  DeliveryCounts,
  DeliveryFilter,
  DeliveryPage,
  DeliveryStore,
  Retention,
  Subscriptions,
} from '../delivery-store.js';
import {
  FINAL_STATES,
  REPLAYABLE_STATES,
  WAITING_STATES,
  type DeliveryOrder,
  type DeliveryRecord,
  type DeliveryState,
  type PacingWindow,
} from '../delivery.record.js';
import { withEnd, withLateEnd, withRunning } from './attempt-notes.js';
import { forwardClock } from './forward-clock.js';
import { MemoryPacing } from './memory-pacing.js';
import { mayBeQueued, MemoryShelf, type Entry, type MemoryBounds } from './memory-shelf.js';

export interface MemoryDeliveryStoreOptions {
  readonly retention: Retention;
  /** 50,000 deliveries and 128 MiB by default. */
  readonly bounds?: MemoryBounds;
  /** Whoever accepts or replays wakes a worker himself; after this long, milliseconds, the sweeper does. */
  readonly firstWakeMs?: number;
  /** Read at every end; nobody by default. */
  readonly subscriptions?: () => Subscriptions;
  readonly outbox?: MemoryCallbackOutbox;
  /** Epoch milliseconds. */
  readonly clock?: () => number;
}

const BOUNDS: MemoryBounds = { deliveries: 50_000, bytes: 128 * 1024 * 1024 };
const SWEEP_MS = 60_000;
/** A delivery that ended its worker this often is not tried again. */
const CRASHES = 3;

/**
 * Deliveries in the memory of one process: the same behaviour as in Redis, except that nothing survives the process,
 * and that final deliveries make room for new ones before new ones are refused.
 */
export class MemoryDeliveryStore implements DeliveryStore {
  readonly durable = false;
  private readonly shelf: MemoryShelf;
  private readonly pacing = new MemoryPacing();
  private readonly firstWakeMs: number;
  private readonly clock: () => number;
  private readonly timer: NodeJS.Timeout;
  private latest = 0;

  constructor(private readonly options: MemoryDeliveryStoreOptions) {
    const { retention, bounds = BOUNDS, firstWakeMs = 5_000, clock = forwardClock() } = options;
    this.shelf = new MemoryShelf(bounds, retention);
    this.firstWakeMs = firstWakeMs;
    this.clock = clock;
    this.timer = setInterval(() => this.sweep(), SWEEP_MS).unref();
  }

  draw(windows: readonly PacingWindow[], enforced: boolean): Promise<number> {
    const now = this.now();
    const roomAt = this.pacing.draw(windows, enforced, now);
    return Promise.resolve(roomAt === undefined ? 0 : Math.max(1, roomAt - now));
  }

  async accept(order: DeliveryOrder): Promise<DeliveryRecord> {
    checkOrder(order);
    const now = this.now();
    const existing = this.shelf.get(order.id, now);
    if (existing) return existing.record;
    const record = newRecord(order, now);
    const wakeAt = order.delayMs > 0 ? record.dueAt : now + this.firstWakeMs;
    this.shelf.add(record, structuredClone(order.windows), JSON.stringify(order.request), wakeAt);
    return record;
  }

  async begin(id: string, worker: string, leaseMs: number, alone = false): Promise<Beginning> {
    const now = this.now();
    const entry = this.shelf.get(id, now);
    if (!entry || FINAL_STATES.has(entry.record.state)) return { kind: 'nothing' };
    const crashed = entry.record.state === 'sending';
    if (crashed) {
      if (entry.leaseUntil > now) return { kind: 'nothing' };
      this.noteCrash(entry, now);
      if (entry.record.crashes >= CRASHES) return this.over(entry, 'quarantined', now);
      if (parks(entry.record)) return this.over(entry, 'unknown', now);
    }
    const { record } = entry;
    // What may have arrived has not expired: nobody knows.
    if (now >= record.expiresAt) return this.over(entry, entry.unknown ? 'unknown' : 'expired', now);
    const nextAt = record.nextAt ?? now;
    if (record.pacedBy === null && nextAt > now) return { kind: 'wait', milliseconds: nextAt - now };
    if (entry.suspect && !alone) return this.setApart(entry, crashed, now);
    return this.hold(entry, crashed, now) ?? this.send(entry, worker, leaseMs, now);
  }

  async finish(id: string, attempt: number, end: AttemptEnd): Promise<DeliveryRecord | undefined> {
    const now = this.now();
    const entry = this.shelf.get(id, now);
    if (!entry) return undefined;
    const { record } = entry;
    const text = JSON.stringify(end);
    const said = JSON.parse(text) as AttemptEnd;
    if (record.state !== 'sending' || record.attempt !== attempt) {
      // The same end once more: whoever says it did not hear that it was heard.
      if (record.state !== 'sending' && record.attempt === attempt && entry.ended === text) return record;
      const attempts = withLateEnd(record.attempts, attempt, said, now);
      if (attempts) this.shelf.change(entry, { attempts });
      return undefined;
    }
    entry.ended = text;
    entry.unknown ||= end.outcomeUnknown;
    // Its worker lived through it.
    entry.suspect = false;
    this.shelf.change(entry, {
      attempts: withEnd(record.attempts, { ...said.attempt, endedAt: now }),
      counted: record.counted + Number(end.counted),
      result: said.result ?? record.result,
      receipt: said.receipt ?? record.receipt,
    });
    if (end.state !== 'retrying') return this.conclude(entry, end.state, now);
    // What would be tried after its end waits for its end.
    const nextAt = Math.min(now + Math.max(0, Math.round(end.delayMs ?? 0)), record.expiresAt);
    entry.wakeAt = entry.dueSince = nextAt;
    this.shelf.change(entry, { state: 'retrying', nextAt });
    return entry.record;
  }

  async cancel(id: string): Promise<{ readonly cancelled: boolean; readonly record: DeliveryRecord } | undefined> {
    const now = this.now();
    const entry = this.shelf.get(id, now);
    if (!entry) return undefined;
    if (!WAITING_STATES.has(entry.record.state)) return { cancelled: false, record: entry.record };
    return { cancelled: true, record: this.conclude(entry, 'cancelled', now) };
  }

  async replay(
    id: string,
    { force, ttlMs }: { readonly force: boolean; readonly ttlMs: number },
  ): Promise<{ readonly replayed: boolean; readonly record: DeliveryRecord } | undefined> {
    const now = this.now();
    const entry = this.shelf.get(id, now);
    if (!entry) return undefined;
    const { state, possibleDuplicate } = entry.record;
    const allowed = REPLAYABLE_STATES.has(state) || (force && FINAL_STATES.has(state));
    if (!allowed || entry.body === undefined || entry.bodyUntil <= now) {
      return { replayed: false, record: entry.record };
    }
    this.shelf.revive(entry);
    entry.ended = '';
    entry.dueSince = now;
    entry.wakeAt = now + this.firstWakeMs;
    this.shelf.change(entry, {
      state: 'queued',
      counted: 0,
      crashes: 0,
      dueAt: now,
      expiresAt: now + Math.ceil(ttlMs),
      nextAt: now,
      finishedAt: null,
      result: null,
      receipt: null,
      possibleDuplicate: possibleDuplicate || entry.unknown || state === 'sent' || state === 'partial',
    });
    return { replayed: true, record: entry.record };
  }

  async get(id: string): Promise<DeliveryRecord | undefined> {
    return this.shelf.get(id, this.now())?.record;
  }

  async apps(): Promise<readonly string[]> {
    return this.shelf.apps();
  }

  async list(filter: DeliveryFilter, limit: number, cursor?: string): Promise<DeliveryPage> {
    const below = cursor === undefined ? Infinity : readCursor(cursor).score;
    const records: DeliveryRecord[] = [];
    let last: Entry | undefined;
    for (const entry of this.shelf.newest(filter, below, this.now())) {
      if (records.length === limit && last) {
        return { records, next: writeCursor({ score: last.sequence, id: last.record.id }) };
      }
      records.push(entry.record);
      last = entry;
    }
    return { records };
  }

  async counts(): Promise<DeliveryCounts> {
    return this.shelf.counts(this.now());
  }

  async overdue(limit: number, againMs: number, unqueued = false): Promise<readonly string[]> {
    const now = this.now();
    return this.shelf.due(now, limit).flatMap((entry) => {
      entry.wakeAt = now + againMs;
      if (unqueued && mayBeQueued(entry.record)) return [];
      if (WAITING_STATES.has(entry.record.state)) this.shelf.change(entry, { state: 'queued' });
      return [entry.record.id];
    });
  }

  async prune(limit: number): Promise<number> {
    return this.shelf.prune(this.now(), limit);
  }

  async close(): Promise<void> {
    clearInterval(this.timer);
    this.shelf.clear();
  }

  /** Waits until nothing runs beside it, in this process or another. */
  private setApart(entry: Entry, crashed: boolean, now: number): Beginning {
    entry.wakeAt = now + this.firstWakeMs;
    if (crashed) {
      entry.dueSince = now;
      this.shelf.change(entry, { state: 'retrying', nextAt: now });
    }
    return { kind: 'alone' };
  }

  /** Gets in line when a window is full. */
  private hold(entry: Entry, crashed: boolean, now: number): Beginning | undefined {
    const { record } = entry;
    const blocked = this.pacing.take(record.id, entry.windows, now, record.expiresAt);
    if ('mayBeDropped' in blocked) {
      if (blocked.mayBeDropped) this.shelf.change(entry, { mayBeDropped: true });
      return undefined;
    }
    const lookAt = Math.min(blocked.lookAt, record.expiresAt);
    entry.wakeAt = lookAt;
    if (crashed) entry.dueSince = now;
    this.shelf.change(entry, {
      state: crashed || record.state === 'retrying' ? 'retrying' : 'queued',
      nextAt: Math.min(blocked.roomAt, record.expiresAt),
      pacedBy: blocked.window,
    });
    const begins = record.pacedBy === null ? { pacedBy: blocked.window } : {};
    return { kind: 'wait', milliseconds: Math.max(1, lookAt - now), ...begins };
  }

  private send(entry: Entry, worker: string, leaseMs: number, now: number): Beginning {
    const { record } = entry;
    const attempt = record.attempt + 1;
    entry.leaseUntil = entry.wakeAt = now + Math.ceil(leaseMs);
    this.shelf.change(entry, {
      state: 'sending',
      attempt,
      nextAt: null,
      pacedBy: null,
      possibleDuplicate: record.possibleDuplicate || entry.unknown,
      attempts: withRunning(record.attempts, { n: attempt, startedAt: now, worker, result: 'running' }),
    });
    return { kind: 'send', record: entry.record, request: JSON.parse(entry.body ?? '') as PlatformRequest, attempt };
  }

  private over(entry: Entry, state: DeliveryState, now: number): Beginning {
    return { kind: 'ended', record: this.conclude(entry, state, now) };
  }

  private conclude(entry: Entry, state: DeliveryState, now: number): DeliveryRecord {
    this.pacing.leaveLine(entry.record.id, entry.record.pacedBy);
    this.shelf.change(entry, { state, finishedAt: now, nextAt: null, pacedBy: null });
    this.shelf.retire(entry, now);
    const targets = this.options.subscriptions?.()[state];
    if (targets) this.options.outbox?.announce(entry.record, targets);
    return entry.record;
  }

  private noteCrash(entry: Entry, now: number): void {
    const { attempts, crashes } = entry.record;
    this.shelf.change(entry, {
      attempts: withEnd(attempts, { result: 'crashed', endedAt: now }),
      // Beside others it may have been one of them: that makes it a suspect, and counts no more than once.
      crashes: entry.suspect || crashes === 0 ? crashes + 1 : crashes,
    });
    entry.unknown = entry.suspect = true;
  }

  private sweep(): void {
    const now = this.now();
    this.shelf.prune(now, Infinity);
    this.pacing.sweep(now);
  }

  /** Never goes back, so that deliveries lie in the order of their times. */
  private now(): number {
    this.latest = Math.max(this.latest, Math.floor(this.clock()));
    return this.latest;
  }
}
