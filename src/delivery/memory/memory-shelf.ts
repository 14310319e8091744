import { StoreFullError, type DeliveryCounts, type DeliveryFilter, type Retention } from '../delivery-store.js';
import { appOf } from '../delivery-order.js';
import {
  DELIVERY_STATES,
  REPLAYABLE_STATES,
  WAITING_STATES,
  type DeliveryRecord,
  type DeliveryState,
  type PacingWindow,
} from '../delivery.record.js';

/** What a delivery takes beside its texts, with some attempts, bytes; estimated. */
const OVERHEAD = 1_500;

/** A delivery as memory keeps it. The record is never changed, but replaced. */
export interface Entry {
  readonly sequence: number;
  readonly windows: readonly PacingWindow[];
  /** What it takes, beside its body. */
  readonly bytes: number;
  record: DeliveryRecord;
  /** The rendered request, JSON; undefined once it is no longer kept. */
  body: string | undefined;
  /** Bytes of an attempt left without a verdict. */
  unknown: boolean;
  /** It was under way when a worker ended: it is sent with nothing beside it. */
  suspect: boolean;
  leaseUntil: number;
  /** When a worker must be woken (again), epoch milliseconds. */
  wakeAt: number;
  /** Since when it could have been sent, while it waits. */
  dueSince: number;
  /** When body and record go, once it is final. */
  bodyUntil: number;
  recordUntil: number;
  /** The end of the last attempt, to know it again. */
  ended: string;
}

export interface MemoryBounds {
  /** Deliveries, the final ones that are kept included. */
  readonly deliveries: number;
  readonly bytes: number;
}

/** Entries with their order, their count by state, and their end: bounded, and without leaks. */
export class MemoryShelf {
  private readonly byId = new Map<string, Entry>();
  /** In order of acceptance; entries that are gone are taken out now and then. */
  private order: Entry[] = [];
  private removed = 0;
  private readonly final = new Set<Entry>();
  private readonly active = new Set<Entry>();
  private readonly counted = new Map<DeliveryState, number>();
  private bytes = 0;
  private finalBytes = 0;
  private sequence = 0;

  constructor(
    private readonly bounds: MemoryBounds,
    private readonly retention: Retention,
  ) {}

  get(id: string, now: number): Entry | undefined {
    const entry = this.byId.get(id);
    return entry && now < entry.recordUntil ? entry : undefined;
  }

  /**
   * Room is made at the cost of what is final, the oldest first.
   * @throws StoreFullError when what is not final fills it
   */
  add(record: DeliveryRecord, windows: readonly PacingWindow[], body: string, wakeAt: number): void {
    const bytes = sizeOf(JSON.stringify(record)) + OVERHEAD;
    this.makeRoom(bytes + sizeOf(body));
    const entry: Entry = {
      sequence: (this.sequence += 1),
      windows,
      bytes,
      record,
      body,
      unknown: false,
      suspect: false,
      leaseUntil: 0,
      wakeAt,
      dueSince: record.dueAt,
      bodyUntil: Infinity,
      recordUntil: Infinity,
      ended: '',
    };
    this.remove(this.byId.get(record.id));
    this.byId.set(record.id, entry);
    this.order.push(entry);
    this.active.add(entry);
    this.bytes += bytes + sizeOf(body);
    this.count(record.state, 1);
  }

  /** Replaces members of the record. */
  change(entry: Entry, members: Partial<DeliveryRecord>): void {
    this.count(entry.record.state, -1);
    entry.record = { ...entry.record, ...members };
    this.count(entry.record.state, 1);
  }

  /** Retention starts. */
  retire(entry: Entry, now: number): void {
    const { recordMs, bodyMs } = this.retention;
    entry.recordUntil = now + recordMs;
    entry.bodyUntil = REPLAYABLE_STATES.has(entry.record.state) ? entry.recordUntil : now + Math.min(bodyMs, recordMs);
    this.active.delete(entry);
    this.final.add(entry);
    this.finalBytes += entry.bytes + sizeOf(entry.body);
  }

  /** Nothing of it expires any more. */
  revive(entry: Entry): void {
    entry.recordUntil = entry.bodyUntil = Infinity;
    this.final.delete(entry);
    this.active.add(entry);
    this.finalBytes -= entry.bytes + sizeOf(entry.body);
  }

  /** Those a worker must be woken for, the longest due first. */
  due(now: number, limit: number): Entry[] {
    return [...this.active]
      .filter(({ wakeAt }) => wakeAt <= now)
      .toSorted((one, other) => one.wakeAt - other.wakeAt)
      .slice(0, limit);
  }

  apps(): readonly string[] {
    return [...new Set([...this.byId.values()].map(({ record }) => appOf(record)))];
  }

  /** Newest first, from below a sequence number on. */
  *newest(filter: DeliveryFilter, below: number, now: number): Generator<Entry> {
    const apps = filter.apps && new Set(filter.apps);
    for (let i = this.countBelow(below) - 1; i >= 0; i--) {
      const entry = this.order[i] as Entry;
      const { record } = entry;
      if (record.acceptedAt < (filter.from ?? 0)) return;
      if (
        record.acceptedAt < (filter.to ?? Infinity) &&
        now < entry.recordUntil &&
        this.byId.get(record.id) === entry &&
        (filter.provider === undefined || record.provider === filter.provider) &&
        (filter.state === undefined || record.state === filter.state) &&
        (!apps || apps.has(appOf(record)))
      ) {
        yield entry;
      }
    }
  }

  counts(now: number): DeliveryCounts {
    let oldest = now;
    for (const { record, dueSince } of this.active) {
      if (WAITING_STATES.has(record.state)) oldest = Math.min(oldest, dueSince);
    }
    const byState = Object.fromEntries(DELIVERY_STATES.map((state) => [state, this.counted.get(state) ?? 0]));
    return { byState: byState as Record<DeliveryState, number>, oldestDueSeconds: (now - oldest) / 1_000 };
  }

  /** Forgets bodies and records whose time is over; returns how many records. */
  prune(now: number, limit: number): number {
    let pruned = 0;
    for (const entry of this.final) {
      if (entry.bodyUntil <= now) this.forgetBody(entry);
      if (entry.recordUntil > now || pruned >= limit) continue;
      this.remove(entry);
      pruned += 1;
    }
    return pruned;
  }

  clear(): void {
    for (const entry of [...this.byId.values()]) this.remove(entry);
  }

  private makeRoom(bytes: number): void {
    const { deliveries, bytes: limit } = this.bounds;
    if (this.active.size >= deliveries || this.bytes - this.finalBytes + bytes > limit) {
      throw new StoreFullError('memory is full of deliveries that are not final');
    }
    for (const entry of this.final) {
      if (this.byId.size < deliveries && this.bytes + bytes <= limit) return;
      this.remove(entry);
    }
  }

  private forgetBody(entry: Entry): void {
    this.bytes -= sizeOf(entry.body);
    this.finalBytes -= sizeOf(entry.body);
    entry.body = undefined;
  }

  private remove(entry: Entry | undefined): void {
    if (!entry || !this.byId.delete(entry.record.id)) return;
    if (this.final.delete(entry)) this.finalBytes -= entry.bytes + sizeOf(entry.body);
    this.active.delete(entry);
    this.bytes -= entry.bytes + sizeOf(entry.body);
    this.count(entry.record.state, -1);
    this.removed += 1;
    if (this.removed <= this.order.length / 2) return;
    this.order = this.order.filter((kept) => this.byId.get(kept.record.id) === kept);
    this.removed = 0;
  }

  private count(state: DeliveryState, by: number): void {
    this.counted.set(state, (this.counted.get(state) ?? 0) + by);
  }

  /** How many entries have a sequence number below this one. */
  private countBelow(sequence: number): number {
    let low = 0;
    let high = this.order.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.order[middle] as Entry).sequence < sequence) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function sizeOf(text: string | undefined): number {
  return 2 * (text?.length ?? 0);
}

/** Can a wake-up be waiting for it in the queue? Of what waits for its time or for room in a window there is none. */
export function mayBeQueued({ state, pacedBy }: DeliveryRecord): boolean {
  return state === 'accepted' || (state === 'queued' && pacedBy === null);
}
