import { TurnBatch } from '../../redis/turn-batch.js';
import { appOf, checkOrder, newRecord, parks } from '../delivery-order.js';
import { StoreFullError } from '../delivery-store.js';
import type { DeliveryOrder, DeliveryRecord } from '../delivery.record.js';
import { Admission } from './admission.js';
import { ConfirmedConnection } from './confirmed-connection.js';
import {
  answerOf,
  asUnanswered,
  MOST_AT_ONCE,
  withErrors,
  type DeliveryCommands,
  type RedisSource,
} from './delivery-commands.js';
import { isWrittenThrough, type Durability, type DurabilityReport } from './durability.js';
import { decodeRecord, encodeMeta, type StoredRecord } from './record-codec.js';

type Reply = readonly ['written'] | readonly ['known', StoredRecord];

/** What is sent to the script of one order. */
type OrderArguments = readonly (string | number)[];

interface Accepted {
  /** When, by the clock of Redis. */
  readonly now: number;
  /** undefined when it was written just now. */
  readonly known?: StoredRecord;
}

export interface AcceptingOptions {
  readonly durability: Durability;
  /** Whoever accepts wakes a worker himself; after this long, milliseconds, the sweeper does. */
  readonly firstWakeMs: number;
}

/** Writes new deliveries: after admission, confirmed by a replica or the disk where that is asked for. */
export class Accepting {
  private readonly admission: Admission;
  private readonly confirmation: ConfirmedConnection | undefined;
  private readonly batch = new TurnBatch<OrderArguments, Accepted>(MOST_AT_ONCE, (orders) => this.write(orders));
  /** Redis writes to the disk before it answers. */
  private writtenThrough = false;

  constructor(
    source: RedisSource,
    private readonly commands: DeliveryCommands,
    private readonly options: AcceptingOptions,
  ) {
    const { durability } = options;
    this.admission = new Admission(source);
    this.confirmation = durability === 'memory' ? undefined : new ConfirmedConnection(source, durability);
  }

  /**
   * Takes notice of how Redis is set up.
   * @throws DurabilityError when its confirmations are worth nothing
   */
  async relyOn(report: DurabilityReport): Promise<void> {
    this.writtenThrough = isWrittenThrough(report);
    if (this.options.durability === 'disk' && !this.writtenThrough) await this.confirmation?.verify();
  }

  async accept(order: DeliveryOrder): Promise<DeliveryRecord> {
    checkOrder(order);
    const meta = encodeMeta(order);
    const body = JSON.stringify(order.request);
    await this.admission.admit(Buffer.byteLength(meta) + Buffer.byteLength(body));
    const words = `${order.id} ${Math.ceil(order.delayMs)} ${Math.ceil(order.ttlMs)} ${Number(parks(order))} ${appOf(order)}`;
    const { now, known } = await this.batch.add([words, meta, body]);
    return (known && decodeRecord(known)) ?? newRecord(order, now);
  }

  close(): void {
    this.admission.close();
    this.confirmation?.close();
  }

  private async write(orders: readonly OrderArguments[]): Promise<(Accepted | Error)[]> {
    const { durability, firstWakeMs } = this.options;
    const { confirmation } = this;
    const confirms = confirmation !== undefined && !(durability === 'disk' && this.writtenThrough);
    const args = [firstWakeMs, Number(confirms), ...orders.flat()];
    const reply = confirms
      ? await this.writeConfirmed(confirmation, args)
      : await this.commands.run('mcDeliveryAccept', args);
    const [now, answers] = reply as [number, Reply[]];
    return withErrors('mcDeliveryAccept', answers).map((answer) => {
      if (answer instanceof Error) return answer;
      return answer[0] === 'known' ? { now, known: answer[1] } : { now };
    });
  }

  private async writeConfirmed(confirmation: ConfirmedConnection, args: OrderArguments): Promise<unknown> {
    try {
      return await answerOf(confirmation.confirmed((client) => this.commands.run('mcDeliveryAccept', args, client)));
    } catch (error) {
      throw error instanceof StoreFullError ? error : asUnanswered(error);
    }
  }
}
