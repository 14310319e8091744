import { randomBytes } from 'node:crypto';
import type { PlatformRequest } from '../../providers/provider.contract.js';
import { TurnBatch } from '../../redis/turn-batch.js';
import { StoreUnansweredError, type AttemptEnd, type Beginning } from '../delivery-store.js';
import type { DeliveryRecord } from '../delivery.record.js';
import { asUnanswered, MOST_AT_ONCE, withErrors, type DeliveryCommands } from './delivery-commands.js';
import {
  decodeRecord,
  digestOf,
  encodeNote,
  encodeOutcome,
  endedRecord,
  firstBegun,
  type StoredRecord,
} from './record-codec.js';

type BeginReply =
  | readonly ['first', times: string, meta: string, body: string]
  | readonly ['send', StoredRecord, string]
  | readonly ['ended', StoredRecord]
  | readonly ['wait', number, string?]
  | readonly ['alone' | 'nothing'];

type EndReply = readonly ['ended', number, number] | readonly ['record', StoredRecord] | readonly ['nothing'];

type Reply = BeginReply | EndReply;

/** What the script is told of all. */
type Arguments = readonly (string | number)[];

/** What the script is told of one: in one word, that begins; in three, that ends. */
type Asked = readonly [begins: string] | readonly [ends: string, note: string, outcome: string];

/**
 * A begin that Redis runs later than this after it was asked, milliseconds, does nothing: nobody waits for it. Below the
 * 1,500 for which a command is waited for, so that the answer to what was begun still comes in time.
 */
const BEGIN_MS = 1_200;
/** A time at which nothing is begun any more: the answer tells what time it is. */
const LONG_PAST = 1;

/** Begins and ends attempts. */
export class Attempts {
  private readonly batch = new TurnBatch<Asked, Reply>(MOST_AT_ONCE, (asked) => this.work(asked));
  /** Marks each call, so that a command that ioredis sends again after a lost reply is recognised. */
  private readonly mark = randomBytes(6).toString('base64url');
  private calls = 0;
  /** Clock of Redis minus the steady clock of this process, milliseconds; unknown before the first answer. */
  private ahead: number | undefined;

  /** @param keep what a script that may end a delivery has to know: how long it is kept, and who is told */
  constructor(
    private readonly commands: DeliveryCommands,
    private readonly firstWakeMs: number,
    private readonly keep: () => Arguments,
  ) {}

  async begin(id: string, worker: string, leaseMs: number, alone: boolean): Promise<Beginning> {
    const asked = `${id} ${this.nextOp()} ${Math.ceil(leaseMs)} ${Number(alone)} ${JSON.stringify(worker)}`;
    const reply = (await this.batch.add([asked])) as BeginReply;
    switch (reply[0]) {
      case 'nothing':
      case 'alone':
        return { kind: reply[0] };
      case 'wait':
        return { kind: 'wait', milliseconds: Math.max(1, reply[1]), ...(reply[2] ? { pacedBy: reply[2] } : {}) };
      case 'first':
        return sending(firstBegun(reply[1], reply[2], worker), reply[3]);
      case 'send':
        return sending(decodeRecord(reply[1]), reply[2]);
    }
    const record = decodeRecord(reply[1]);
    return record ? { kind: 'ended', record } : { kind: 'nothing' };
  }

  async finish(
    id: string,
    attempt: number,
    end: AttemptEnd,
    begun?: DeliveryRecord,
  ): Promise<DeliveryRecord | undefined> {
    const delayMs = Math.max(0, Math.round(end.delayMs ?? 0));
    const says = `${end.state} ${delayMs} ${Number(end.counted)} ${Number(end.outcomeUnknown)}`;
    const [note, outcome] = [encodeNote(end), encodeOutcome(end)];
    const said = `${id} ${attempt} ${says} ${Number(begun !== undefined)} ${digestOf(says, note, outcome)}`;
    const reply = (await this.batch.add([said, note, outcome])) as EndReply;
    if (reply[0] === 'record') return decodeRecord(reply[1]);
    return begun && reply[0] === 'ended' ? endedRecord(begun, end, reply[1], reply[2]) : undefined;
  }

  nextOp(): string {
    this.calls += 1;
    return `${this.mark}${this.calls.toString(36)}`;
  }

  private async work(asked: readonly Asked[]): Promise<readonly (Reply | Error)[]> {
    const begins = asked.filter(isBegin);
    const ends = asked.filter((one) => !isBegin(one));
    const [ended, begun] = await this.run(ends, begins);
    const endings = withErrors('mcDeliveryWork', ended).values();
    const beginnings = (begun ? withErrors('mcDeliveryWork', begun) : await this.beginAgain(begins)).values();
    return asked.map((one) => (isBegin(one) ? beginnings : endings).next().value as Reply | Error);
  }

  /**
   * After it was too late: another Redis with another clock may have taken over; its time is known now. What ended has
   * its answer in any case.
   */
  private async beginAgain(begins: readonly Asked[]): Promise<readonly (BeginReply | Error)[]> {
    try {
      const [, begun] = await this.run([], begins);
      if (begun) return withErrors('mcDeliveryWork', begun);
      throw new StoreUnansweredError('Redis answered too late');
    } catch (error) {
      return begins.map(() => asUnanswered(error));
    }
  }

  /** Nothing for what should begin when Redis ran it too late. */
  private async run(
    ends: readonly Asked[],
    begins: readonly Asked[],
  ): Promise<readonly [ended: readonly EndReply[], begun: readonly BeginReply[] | null]> {
    const asked = performance.now();
    const latest = this.ahead === undefined ? LONG_PAST : Math.round(asked + this.ahead + BEGIN_MS);
    const args = [latest, this.firstWakeMs, ...this.keep(), ends.length, ...ends.flat(), ...begins.flat()];
    const reply = await this.commands.run('mcDeliveryWork', args);
    const [now, ended, begun] = reply as [number, EndReply[], BeginReply[] | null];
    // From the moment of the answer: after a slow one the clock of Redis is taken to be less far ahead than it is, so
    // the next begin may come to nothing and be asked again, but none runs that is too late.
    this.ahead = now - performance.now();
    return [ended, begins.length === 0 ? [] : begun];
  }
}

function isBegin(asked: Asked): boolean {
  return asked.length === 1;
}

function sending(record: DeliveryRecord | undefined, body: string): Beginning {
  if (!record) return { kind: 'nothing' };
  return { kind: 'send', record, request: JSON.parse(body) as PlatformRequest, attempt: record.attempt };
}
