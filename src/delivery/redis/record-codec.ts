import { crc32 } from 'node:zlib';
import type { AttemptEnd } from '../delivery-store.js';
import { metaOf, recordOf, type OrderMeta } from '../delivery-order.js';
import {
  WAITING_STATES,
  type DeliveryAttempt,
  type DeliveryOrder,
  type DeliveryRecord,
  type DeliveryState,
  type PacingWindow,
} from '../delivery.record.js';

/** A record as scripts give it back: the hash as names and values in turn, then the texts beside it. */
export type StoredRecord = readonly [
  fields: readonly string[],
  meta: string | null,
  outcome: string | null,
  attempts: readonly string[],
];

/** Attempts that a record shows at most. */
const ATTEMPTS = 100;

interface Outcome {
  readonly result: unknown;
  readonly receipt: string | null;
}

/** Windows on a line of their own, for the script that paces; the rest for us. */
export function encodeMeta(order: DeliveryOrder): string {
  return `${JSON.stringify(order.windows.map(encodeWindow))}\n${JSON.stringify(metaOf(order))}`;
}

export function encodeWindow({ key, count, seconds, weight, silent }: PacingWindow): readonly (string | number)[] {
  return [key, count, seconds, weight, ...(silent ? [1] : [])];
}

/**
 * The record after an attempt that was current, from the one that its begin gave: what the end changes, and nothing else.
 * @param nextAt when it is tried again
 */
export function endedRecord(begun: DeliveryRecord, end: AttemptEnd, endedAt: number, nextAt: number): DeliveryRecord {
  const { state, attempt } = end;
  const running = begun.attempts.at(-1) as DeliveryAttempt;
  const attempts = [...begun.attempts.slice(0, -1), { ...running, ...attempt, endedAt }];
  const changed = { ...begun, state, attempts, counted: begun.counted + Number(end.counted), pacedBy: null };
  if (state === 'retrying') return { ...changed, nextAt };
  return { ...changed, finishedAt: endedAt, nextAt: null, result: end.result ?? null, receipt: end.receipt ?? null };
}

/**
 * The record of a delivery whose first attempt begins: what else could be set is not, and need not be told.
 * @param times acceptance, due time, end, begin of the attempt, and 1 when the platform may drop it; as the script says
 */
export function firstBegun(times: string, meta: string, worker: string): DeliveryRecord {
  const [acceptedAt, dueAt, expiresAt, startedAt, dropped] = times.split(' ').map(Number) as [
    number,
    number,
    number,
    number,
    number,
  ];
  const order = orderIn(meta);
  return recordOf(order, {
    state: 'sending',
    acceptedAt,
    dueAt,
    expiresAt,
    nextAt: null,
    finishedAt: null,
    attempt: 1,
    counted: 0,
    crashes: 0,
    possibleDuplicate: false,
    pacedBy: null,
    mayBeDropped: order.mayBeDropped === true || dropped === 1,
    result: null,
    receipt: null,
    attempts: [{ n: 1, startedAt, worker, result: 'running' }],
  });
}

/** undefined when there is no such record any more. */
export function decodeRecord([flat, meta, outcome, attempts]: StoredRecord): DeliveryRecord | undefined {
  const fields: Record<string, string | undefined> = {};
  for (let i = 0; i < flat.length; i += 2) fields[flat[i] as string] = flat[i + 1];
  if (fields.state === undefined || meta === null) return undefined;
  const { result, receipt } = outcome === null ? { result: null, receipt: null } : (JSON.parse(outcome) as Outcome);
  const order = orderIn(meta);
  const state = fields.state as DeliveryState;
  return recordOf(order, {
    state,
    acceptedAt: Number(fields.acceptedAt),
    dueAt: Number(fields.dueAt),
    expiresAt: Number(fields.expiresAt),
    // What it waited for last stays there.
    nextAt: WAITING_STATES.has(state) && fields.nextAt ? Number(fields.nextAt) : null,
    finishedAt: fields.finishedAt ? Number(fields.finishedAt) : null,
    attempt: Number(fields.attempt),
    counted: Number(fields.counted),
    crashes: Number(fields.crashes),
    possibleDuplicate: fields.duplicate === '1',
    pacedBy: fields.pacedBy || null,
    mayBeDropped: order.mayBeDropped === true || fields.dropped === '1',
    result,
    receipt,
    attempts: attemptsOf(fields, attempts),
  });
}

function orderIn(meta: string): OrderMeta {
  return JSON.parse(meta.slice(meta.indexOf('\n') + 1)) as OrderMeta;
}

/** What an attempt ended with, as members of a JSON object; the script adds number, times and worker. */
export function encodeNote({ attempt }: AttemptEnd): string {
  return JSON.stringify(attempt).slice(1, -1);
}

/** Empty when there is nothing to keep. */
export function encodeOutcome({ result, receipt }: AttemptEnd): string {
  if (result === undefined && receipt === undefined) return '';
  return JSON.stringify({ result: result ?? null, receipt: receipt ?? null } satisfies Outcome);
}

/** Tells the same end of an attempt, said twice, from two different ones. */
export function digestOf(...said: readonly string[]): string {
  return crc32(said.join('\n')).toString(36);
}

function attemptsOf(fields: Record<string, string | undefined>, ended: readonly string[]): DeliveryAttempt[] {
  const attempts = ended.map((text) => JSON.parse(text) as DeliveryAttempt);
  if (fields.state === 'sending') {
    attempts.push({
      n: Number(fields.attempt),
      startedAt: Number(fields.startedAt),
      worker: JSON.parse(fields.worker ?? '""') as string,
      result: 'running',
    });
  }
  return attempts.slice(-ATTEMPTS);
}
