import { createHash } from 'node:crypto';
import { AcceptedAnswer } from '../envelope/answers.js';
import { newDeliveryId } from '../idempotency/idempotency.guard.js';
import type { AsyncMessage, AsyncRoad } from './async-road.js';
import { DeliveryError } from './delivery-error.js';
import type { DryRun } from './dry-run.js';
import type { OperationResult } from './provider.contract.js';

/** One message that became several, because its text was too long for one. */

/** Parts become due so long after one another, milliseconds, so that they leave in order. */
const APART_MS = 1_000;

/** What became of a part that was to be sent now. */
export interface PartReport {
  /** Counted from 1. */
  readonly part: number;
  /** `unknown`: bytes left and no verdict came; `not-sent`: it did not leave, or the platform refused it. */
  readonly outcome: 'sent' | 'partial' | 'unknown' | 'not-sent';
  readonly data: unknown;
}

/** The dry run of a message that would be sent in parts: that of the first, with the requests of all. */
export function dryRunOfParts(parts: readonly DryRun[]): DryRun & { readonly parts: readonly DryRun['request'][] } {
  const [first] = parts;
  if (!first) throw new Error('a message has at least one part');
  return { ...first, parts: parts.map(({ request }) => request) };
}

/**
 * Sends the parts one after another, and stops at the first that does not arrive: what follows makes no sense without
 * it.
 * @returns what goes into `data`
 * @throws DeliveryError of the part that failed, with a report of all of them in `data` once anything may have arrived
 */
export async function sendInOrder<Request>(
  requests: readonly Request[],
  send: (request: Request) => Promise<OperationResult>,
): Promise<{ readonly parts: readonly PartReport[] }> {
  const reports: PartReport[] = [];
  for (const request of requests) {
    try {
      const { outcome, data } = await send(request);
      reports.push({ part: reports.length + 1, outcome, data });
    } catch (error) {
      throw error instanceof DeliveryError ? stopped(error, reports, requests.length) : error;
    }
  }
  return { parts: reports };
}

/** A failure after which some of the message is there: sending it again would repeat that. */
function stopped(error: DeliveryError, sent: readonly PartReport[], of: number): DeliveryError {
  const unknown = error.kind === 'outcome-unknown';
  if (sent.length === 0 && !unknown) return error;
  const failed = sent.length + 1;
  const { errcode, errmsg = '' } = error.details;
  const parts: PartReport[] = [
    ...sent,
    {
      part: failed,
      outcome: unknown ? 'unknown' : 'not-sent',
      data: errcode === undefined ? null : `[${errcode}] ${errmsg}`,
    },
    ...Array.from({ length: of - failed }, (_, index): PartReport => ({
      part: failed + 1 + index,
      outcome: 'not-sent',
      data: null,
    })),
  ];
  return new DeliveryError(error.kind, {
    ...error.details,
    partlyDone: true,
    data: { parts },
    hint: {
      zh: `共 ${of} 条，前 ${sent.length} 条已发出，第 ${failed} 条失败，其余没有发送；重发会重复已发出的部分`,
      en: `${sent.length} of ${of} parts were sent, part ${failed} failed and the rest was not sent; sending the message again repeats what was sent`,
    },
  });
}

/**
 * Hands the parts to the asynchronous road: one delivery each, of one batch, due one after another.
 * @throws DeliveryError kind `unavailable`: the parts that were accepted are in `data`
 */
export async function acceptInOrder(road: AsyncRoad, messages: readonly AsyncMessage[]): Promise<AcceptedAnswer> {
  const first = messages[0]?.call.deliveryId ?? newDeliveryId();
  const batchId = first.replace(/^dlv_/, 'bat_');
  const accepted: AcceptedAnswer[] = [];
  for (const [index, message] of messages.entries()) {
    const { options } = message;
    try {
      accepted.push(
        await road.accept({
          ...message,
          batchId,
          deliveryId: partId(first, index),
          options: { ...options, delayMs: options.delayMs + index * APART_MS },
        }),
      );
    } catch (error) {
      throw error instanceof DeliveryError && accepted.length > 0 ? partlyAccepted(error, batchId, accepted) : error;
    }
  }
  const [answer] = accepted;
  if (!answer) throw new Error('a message has at least one part');
  const data = { ...(answer.data as object), batchId, parts: accepted.map((part) => part.data) };
  return new AcceptedAnswer(data, answer.location, answer.preferred);
}

/** A repeat with the same Idempotency-Key names the same deliveries, so it adds what is missing. */
function partlyAccepted(error: DeliveryError, batchId: string, accepted: readonly AcceptedAnswer[]): DeliveryError {
  return new DeliveryError(error.kind, {
    ...error.details,
    maybeDone: true,
    data: { batchId, parts: accepted.map((part) => part.data) },
  });
}

/** Id of a part: made from the first one's, so that a repeat of the request makes the same. */
function partId(first: string, index: number): string {
  if (index === 0) return first;
  const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';
  const digest = createHash('sha256').update(`${first}/${index}`).digest();
  return `dlv_${Array.from(digest.subarray(0, 26), (byte) => alphabet.charAt(byte % 32)).join('')}`;
}
