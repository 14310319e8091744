import { randomUUID } from 'node:crypto';
import { TurnBatch } from '../../redis/turn-batch.js';
import { readCursor, writeCursor } from '../delivery-cursor.js';
import {
  StoreUnansweredError,
  type Accepted,
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
import { Accepting } from './accepting.js';
import { Attempts } from './attempts.js';
import {
  answerOf,
  asUnanswered,
  DeliveryCommands,
  MOST_AT_ONCE,
  withErrors,
  type RedisSource,
} from './delivery-commands.js';
import { DurabilityError, reportDurability, type Durability, type DurabilityReport } from './durability.js';
import { decodeRecord, encodeWindow, type StoredRecord } from './record-codec.js';

export interface RedisDeliveryStoreOptions {
  readonly retention: Retention;
  /** `memory` by default. */
  readonly durability?: Durability;
  /** Whoever accepts or replays wakes a worker himself; after this long, milliseconds, the sweeper does. */
  readonly firstWakeMs?: number;
  /** Read at every end; nobody by default. */
  readonly subscriptions?: () => Subscriptions;
}

type DrawReply = readonly ['taken'] | readonly ['wait', number];

type ListEntry = readonly [acceptedAt: number, id: string, record: StoredRecord | null];

/**
 * Deliveries in Redis: every change of state is one script and one round trip, by the clock of Redis. What an operation
 * costs does not depend on how many deliveries are kept.
 */
export class RedisDeliveryStore implements DeliveryStore {
  readonly durable = true;
  private readonly commands: DeliveryCommands;
  private readonly accepting: Accepting;
  private readonly attempts: Attempts;
  private readonly draws = new TurnBatch<readonly string[], DrawReply>(MOST_AT_ONCE, async (asked) =>
    withErrors('mcDeliveryDraw', (await this.commands.run('mcDeliveryDraw', asked.flat())) as DrawReply[]),
  );
  private readonly retention: readonly [record: number, body: number];
  private readonly firstWakeMs: number;
  private readonly subscriptions: () => Subscriptions;
  private readonly durability: Durability;

  constructor(
    private readonly source: RedisSource,
    { retention, durability = 'memory', firstWakeMs = 5_000, subscriptions = () => ({}) }: RedisDeliveryStoreOptions,
  ) {
    this.commands = new DeliveryCommands(source);
    this.accepting = new Accepting(source, this.commands, { durability, firstWakeMs });
    this.attempts = new Attempts(this.commands, firstWakeMs, () => this.keep());
    this.durability = durability;
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
      await this.accepting.relyOn(report);
      return report;
    } catch (error) {
      throw error instanceof DurabilityError ? error : asUnanswered(error);
    }
  }

  accept(order: DeliveryOrder): Promise<Accepted> {
    return this.accepting.accept(order);
  }

  begin(id: string, worker: string, leaseMs: number, alone = false): Promise<Beginning> {
    return this.attempts.begin(id, worker, leaseMs, alone);
  }

  finish(id: string, attempt: number, end: AttemptEnd, begun?: DeliveryRecord): Promise<DeliveryRecord | undefined> {
    return this.attempts.finish(id, attempt, end, begun);
  }

  async draw(windows: readonly PacingWindow[], enforced: boolean): Promise<number> {
    const asked = [`${randomUUID()} ${Number(enforced)}`, JSON.stringify(windows.map(encodeWindow))];
    const reply = await this.draws.add(asked);
    return reply[0] === 'wait' ? reply[1] : 0;
  }

  async cancel(id: string): Promise<{ readonly cancelled: boolean; readonly record: DeliveryRecord } | undefined> {
    const changed = await this.change('mcDeliveryCancel', [id, this.attempts.nextOp(), ...this.keep()]);
    return changed && { cancelled: changed.done, record: changed.record };
  }

  async replay(
    id: string,
    { force, ttlMs }: { readonly force: boolean; readonly ttlMs: number },
  ): Promise<{ readonly replayed: boolean; readonly record: DeliveryRecord } | undefined> {
    const args = [id, this.attempts.nextOp(), Number(force), Math.ceil(ttlMs), this.firstWakeMs];
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

  async overdue(limit: number, againMs: number, unqueued = false): Promise<readonly string[]> {
    return (await this.commands.run('mcDeliveryOverdue', [limit, againMs, Number(unqueued)])) as string[];
  }

  async prune(limit: number): Promise<number> {
    return (await this.commands.run('mcDeliveryPrune', [limit])) as number;
  }

  /** The connection it was given stays open: it is not its own. */
  async close(): Promise<void> {
    this.accepting.close();
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
}
