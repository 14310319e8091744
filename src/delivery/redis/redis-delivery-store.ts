import { randomBytes, randomUUID } from 'node:crypto';
import type { PlatformRequest } from '../../providers/provider.contract.js';
import { readCursor, writeCursor } from '../delivery-cursor.js';
import { appOf, checkOrder, newRecord, parks } from '../delivery-order.js';
import {
  StoreFullError,
  StoreUnansweredError,
  type AttemptEnd,
  type Beginning,
  type DeliveryCounts,
  type DeliveryFilter,
  type DeliveryPage,
  type DeliveryStore,
  type Retention,
  type Subscriptions,
} from '../delivery-store.js';
import {
  DELIVERY_STATES,
  type DeliveryOrder,
  type DeliveryRecord,
  type DeliveryState,
  type PacingWindow,
} from '../delivery.record.js';
import { Admission } from './admission.js';
import { answerOf, DeliveryCommands, type RedisSource } from './delivery-commands.js';
import {
  ConfirmedConnection,
  DurabilityError,
  isWrittenThrough,
  reportDurability,
  type Durability,
  type DurabilityReport,
} from './durability.js';
import {
  decodeRecord,
  digestOf,
  encodeMeta,
  encodeNote,
  encodeOutcome,
  encodeWindow,
  type StoredRecord,
} from './record-codec.js';

export interface RedisDeliveryStoreOptions {
  readonly retention: Retention;
  /** `memory` by default. */
  readonly durability?: Durability;
  /** Whoever accepts or replays wakes a worker himself; after this long, milliseconds, the sweeper does. */
  readonly firstWakeMs?: number;
  /** Read at every end; nobody by default. */
  readonly subscriptions?: () => Subscriptions;
}

/** A begin that Redis runs later than this after it was asked, milliseconds, does nothing: nobody waits for it. */
const BEGIN_MS = 1_800;

type BeginReply =
  | readonly ['send', number, StoredRecord, string]
  | readonly ['ended', number, StoredRecord]
  | readonly ['wait', number, number, string?]
  | readonly ['alone' | 'nothing' | 'late', number];

type ListEntry = readonly [acceptedAt: number, id: string, record: StoredRecord | null];

/**
 * Deliveries in Redis: every change of state is one script and one round trip, by the clock of Redis. What an operation
 * costs does not depend on how many deliveries are kept.
 */
export class RedisDeliveryStore implements DeliveryStore {
  readonly durable = true;
  private readonly commands: DeliveryCommands;
  private readonly admission: Admission;
  private readonly confirmation: ConfirmedConnection | undefined;
  private readonly retention: readonly [record: number, body: number];
  private readonly firstWakeMs: number;
  private readonly subscriptions: () => Subscriptions;
  private readonly durability: Durability;
  /** Marks each call, so that a command that ioredis sends again after a lost reply is recognised. */
  private readonly mark = randomBytes(6).toString('base64url');
  private calls = 0;
  private writtenThrough = false;
  /** Clock of Redis minus the steady clock of this process, milliseconds; unknown before the first answer. */
  private ahead: number | undefined;

  constructor(
    private readonly source: RedisSource,
    { retention, durability = 'memory', firstWakeMs = 5_000, subscriptions = () => ({}) }: RedisDeliveryStoreOptions,
  ) {
    this.commands = new DeliveryCommands(source);
    this.admission = new Admission(source);
    this.durability = durability;
    this.confirmation = durability === 'memory' ? undefined : new ConfirmedConnection(source, durability);
    this.retention = [retention.recordMs, Math.min(retention.bodyMs, retention.recordMs)];
    this.firstWakeMs = firstWakeMs;
    this.subscriptions = subscriptions;
  }

  /**
   * Says what an accepted delivery is worth on this Redis; call it at the start.
   * @throws DurabilityError when Redis cannot give the durability that is asked for
   * @throws StoreUnansweredError
   */
  async checkDurability(): Promise<DurabilityReport> {
    const { client } = this.source;
    if (!client) throw new StoreUnansweredError('Redis is away');
    try {
      const report = await answerOf(reportDurability(client, this.durability));
      this.writtenThrough = isWrittenThrough(report);
      return report;
    } catch (error) {
      throw error instanceof DurabilityError ? error : asUnanswered(error);
    }
  }

  async accept(order: DeliveryOrder): Promise<DeliveryRecord> {
    checkOrder(order);
    const { id } = order;
    const meta = encodeMeta(order);
    const body = JSON.stringify(order.request);
    await this.admission.admit(Buffer.byteLength(meta) + Buffer.byteLength(body));
    const { confirmation } = this;
    const confirms = confirmation !== undefined && !(this.durability === 'disk' && this.writtenThrough);
    const park = Number(parks(order));
    const times = [Math.ceil(order.delayMs), Math.ceil(order.ttlMs)];
    const args = [id, appOf(order), ...times, park, meta, body, this.firstWakeMs, Number(confirms)];
    const reply = confirms
      ? await this.acceptConfirmed(confirmation, args)
      : await this.commands.run('mcDeliveryAccept', args);
    const [created, now, stored] = reply as [number, number, StoredRecord?];
    if (created === 1 || !stored) return newRecord(order, now);
    return decodeRecord(stored) ?? newRecord(order, now);
  }

  async begin(id: string, worker: string, leaseMs: number, alone = false): Promise<Beginning> {
    const mine = [id, JSON.stringify(worker), Math.ceil(leaseMs), this.nextOp()];
    const rest = [Number(alone), this.firstWakeMs, ...this.keep()];
    let reply = await this.askToBegin(mine, rest);
    // Another Redis with another clock has taken over: its time is known now.
    if (reply[0] === 'late') reply = await this.askToBegin(mine, rest);
    switch (reply[0]) {
      case 'late':
        throw new StoreUnansweredError('Redis answered too late');
      case 'nothing':
      case 'alone':
        return { kind: reply[0] };
      case 'wait':
        return { kind: 'wait', milliseconds: Math.max(1, reply[2]), ...(reply[3] ? { pacedBy: reply[3] } : {}) };
    }
    const record = decodeRecord(reply[2]);
    if (!record) return { kind: 'nothing' };
    if (reply[0] === 'ended') return { kind: 'ended', record };
    return { kind: 'send', record, request: JSON.parse(reply[3]) as PlatformRequest, attempt: record.attempt };
  }

  async draw(windows: readonly PacingWindow[], enforced: boolean): Promise<number> {
    const wait = await this.commands.run('mcDeliveryDraw', [
      randomUUID(),
      Number(enforced),
      JSON.stringify(windows.map(encodeWindow)),
    ]);
    return Number(wait);
  }

  async finish(id: string, attempt: number, end: AttemptEnd): Promise<DeliveryRecord | undefined> {
    const stored = await this.commands.run('mcDeliveryFinish', [
      id,
      attempt,
      end.state,
      Math.max(0, Math.round(end.delayMs ?? 0)),
      Number(end.counted),
      Number(end.outcomeUnknown),
      encodeNote(end),
      encodeOutcome(end),
      digestOf(end),
      ...this.keep(),
    ]);
    return stored === null ? undefined : decodeRecord(stored as StoredRecord);
  }

  async cancel(id: string): Promise<{ readonly cancelled: boolean; readonly record: DeliveryRecord } | undefined> {
    const changed = await this.change('mcDeliveryCancel', [id, this.nextOp(), ...this.keep()]);
    return changed && { cancelled: changed.done, record: changed.record };
  }

  async replay(
    id: string,
    { force, ttlMs }: { readonly force: boolean; readonly ttlMs: number },
  ): Promise<{ readonly replayed: boolean; readonly record: DeliveryRecord } | undefined> {
    const args = [id, this.nextOp(), Number(force), Math.ceil(ttlMs), this.firstWakeMs];
    const changed = await this.change('mcDeliveryReplay', args);
    return changed && { replayed: changed.done, record: changed.record };
  }

  async get(id: string): Promise<DeliveryRecord | undefined> {
    return decodeRecord((await this.commands.run('mcDeliveryGet', [id])) as StoredRecord);
  }

  async apps(): Promise<readonly string[]> {
    return (await this.commands.run('mcDeliveryApps', [])) as string[];
  }

  async list(filter: DeliveryFilter, limit: number, cursor?: string): Promise<DeliveryPage> {
    const below = cursor === undefined ? undefined : readCursor(cursor);
    const apps = filter.apps?.filter((app) => !filter.provider || app.startsWith(`${filter.provider}/`));
    if (apps?.length === 0) return { records: [] };
    const newest = Math.min(below?.score ?? Infinity, (filter.to ?? Infinity) - 1);
    const entries = (await this.commands.run('mcDeliveryList', [
      limit + 1,
      newest === Infinity ? '+inf' : newest,
      filter.from ?? '-inf',
      below?.id ?? '',
      filter.provider ?? '',
      apps?.length ?? 0,
      ...(apps ?? []),
      ...(filter.state ? [filter.state] : DELIVERY_STATES),
    ])) as ListEntry[];
    const page = entries.slice(0, limit);
    const records = page.map(([, , stored]) => stored && decodeRecord(stored)).filter((record) => !!record);
    const last = page.at(-1);
    if (entries.length <= limit || !last) return { records };
    return { records, next: writeCursor({ score: last[0], id: last[1] }) };
  }

  async counts(): Promise<DeliveryCounts> {
    const [oldestMs = 0, ...sums] = (await this.commands.run('mcDeliveryCounts', DELIVERY_STATES)) as number[];
    const byState = Object.fromEntries(DELIVERY_STATES.map((state, i) => [state, sums[i] ?? 0]));
    return { byState: byState as Record<DeliveryState, number>, oldestDueSeconds: oldestMs / 1_000 };
  }

  async overdue(limit: number, againMs: number): Promise<readonly string[]> {
    return (await this.commands.run('mcDeliveryOverdue', [limit, againMs])) as string[];
  }

  async prune(limit: number): Promise<number> {
    return (await this.commands.run('mcDeliveryPrune', [limit])) as number;
  }

  /** The connection it was given stays open: it is not its own. */
  async close(): Promise<void> {
    this.admission.close();
    this.confirmation?.close();
  }

  private async acceptConfirmed(confirmation: ConfirmedConnection, args: (string | number)[]): Promise<unknown> {
    try {
      return await answerOf(confirmation.confirmed((client) => this.commands.run('mcDeliveryAccept', args, client)));
    } catch (error) {
      throw error instanceof StoreFullError ? error : asUnanswered(error);
    }
  }

  private async askToBegin(
    mine: readonly (string | number)[],
    rest: readonly (string | number)[],
  ): Promise<BeginReply> {
    const asked = performance.now();
    const latest = this.ahead === undefined ? 0 : Math.round(asked + this.ahead + BEGIN_MS);
    const reply = (await this.commands.run('mcDeliveryBegin', [...mine, latest, ...rest])) as BeginReply;
    this.ahead = reply[1] - asked;
    return reply;
  }

  private async change(
    command: 'mcDeliveryCancel' | 'mcDeliveryReplay',
    args: (string | number)[],
  ): Promise<{ done: boolean; record: DeliveryRecord } | undefined> {
    const reply = (await this.commands.run(command, args)) as [number, StoredRecord] | null;
    const record = reply && decodeRecord(reply[1]);
    return record ? { done: reply[0] === 1, record } : undefined;
  }

  /** What a script that may end a delivery has to know: how long it is kept, and who is told. */
  private keep(): readonly (string | number)[] {
    const subscriptions = this.subscriptions();
    const nobody = Object.keys(subscriptions).length === 0;
    return [...this.retention, nobody ? '' : JSON.stringify(subscriptions)];
  }

  private nextOp(): string {
    this.calls += 1;
    return `${this.mark}${this.calls.toString(36)}`;
  }
}

function asUnanswered(error: unknown): StoreUnansweredError {
  if (error instanceof StoreUnansweredError) return error;
  return new StoreUnansweredError(`Redis did not answer: ${(error as Error).message}`, { cause: error });
}
