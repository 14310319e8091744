import { TurnBatch } from '../../redis/turn-batch.js';
import { appOf, checkOrder, firstState, parks } from '../delivery-order.js';
import { StoreFullError, type Accepted } from '../delivery-store.js';
import type { DeliveryOrder, DeliveryState } from '../delivery.record.js';
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

type Reply = readonly ['written'] | readonly ['known', DeliveryState];

/** What is sent to the script of one order. */
type OrderArguments = readonly (string | number)[];

export interface AcceptingOptions {
  readonly durability: Durability;
  /** Whoever accepts wakes a worker himself; after this long, milliseconds, the sweeper does. */
  readonly firstWakeMs: number;
}

/** Writes new deliveries: after admission, confirmed by a replica or the disk where that is asked for. */
export class Accepting {
  private readonly admission: Admission;
  private readonly confirmation: ConfirmedConnection | undefined;
  private readonly batch = new TurnBatch<OrderArguments, Reply>(MOST_AT_ONCE, (orders) => this.write(orders));
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

  async accept(order: DeliveryOrder): Promise<Accepted> {
    checkOrder(order);
    const meta = encodeMeta(order);
    const body = JSON.stringify(order.request);
    const words = `${order.id} ${Math.ceil(order.delayMs)} ${Math.ceil(order.ttlMs)} ${Number(parks(order))} ${appOf(order)}`;
    const sent = [words, meta, body];
    try {
      const looking = this.admission.admit(Buffer.byteLength(meta) + Buffer.byteLength(body));
      if (looking) await looking;
      const reply = await this.batch.add(sent);
      return { id: order.id, state: reply[0] === 'known' ? reply[1] : firstState(order) };
    } catch (error) {
      if (!(error instanceof StoreFullError)) throw error;
      return await answerOf(this.repeated(order.id, sent, error));
    }
  }

  close(): void {
    this.admission.close();
    this.confirmation?.close();
  }

  /**
   * What is there already needs no room: a repeat is given it back as ever. Asked only when there is no room, so that
   * the usual way stays one round trip.
   * @throws StoreFullError when it is new, StoreUnansweredError when it is there and nobody can confirm it
   */
  private async repeated(id: string, sent: OrderArguments, full: StoreFullError): Promise<Accepted> {
    const known = decodeRecord((await this.commands.run('mcDeliveryGet', [id])) as StoredRecord);
    if (!known) throw full;
    if (!this.confirming()) return known;
    try {
      await this.batch.add(sent);
    } catch (error) {
      throw asUnanswered(error);
    }
    return known;
  }

  /** The connection that has what it writes confirmed, where anybody has to. */
  private confirming(): ConfirmedConnection | undefined {
    return this.options.durability === 'disk' && this.writtenThrough ? undefined : this.confirmation;
  }

  private async write(orders: readonly OrderArguments[]): Promise<(Reply | Error)[]> {
    const confirmation = this.confirming();
    const args = [this.options.firstWakeMs, Number(confirmation !== undefined), ...orders.flat()];
    const reply = confirmation
      ? await this.writeConfirmed(confirmation, args)
      : await this.commands.run('mcDeliveryAccept', args);
    return withErrors('mcDeliveryAccept', reply as Reply[]);
  }

  private async writeConfirmed(confirmation: ConfirmedConnection, args: OrderArguments): Promise<unknown> {
    try {
      return await answerOf(confirmation.confirmed((client) => this.commands.run('mcDeliveryAccept', args, client)));
    } catch (error) {
      throw error instanceof StoreFullError ? error : asUnanswered(error);
    }
  }
}
