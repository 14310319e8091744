import type { Exchange } from '../outbound/exchange.js';
import { parseExact } from '../json/exact-json.js';
import type { Bilingual } from '../envelope/kinds.js';
import { DeliveryError } from './delivery-error.js';
import type { ErrorEntry, PlatformVerdict } from './error-table.js';
import type {
  Operation,
  OperationResult,
  PlatformAnswer,
  PlatformRequest,
  ProviderDefinition,
} from './provider.contract.js';

/** What a call came to, after the platform's own words were read. */
export type CallOutcome =
  | { readonly ok: true; readonly result: OperationResult }
  | { readonly ok: false; readonly error: DeliveryError; readonly tokenRejected: boolean };

/** What of an operation matters once it was answered. */
type Answered = Pick<Operation, 'succeeded' | 'result' | 'closed'>;

/** Longest quotation of a platform's words, characters. */
const MAX_WORDS = 2_000;

/** A code of a platform that its error table does not know; reported once. */
export type UnknownCodeListener = (provider: string, code: string) => void;

/**
 * Reads what became of a call. The order is the whole point: only a verdict of the platform counts, and without one
 * the outcome is unknown, whatever the HTTP status says.
 */
export function readOutcome(
  provider: ProviderDefinition,
  operation: Answered,
  request: PlatformRequest,
  exchange: Exchange,
  onUnknownCode: UnknownCodeListener,
): CallOutcome {
  if (exchange.outcome === 'not-written') return failed('provider-unavailable', provider, exchange.reason);
  if (exchange.outcome === 'unknown') return failed('outcome-unknown', provider, exchange.reason);
  const answer = readAnswer(exchange.status, exchange.text);
  if (!answer) return failed('outcome-unknown', provider, unreadableReason(exchange), unreadableHint(exchange));
  const successful = exchange.status >= 200 && exchange.status < 300;
  if (successful && operation.succeeded(answer)) return resultOf(operation, answer, request);
  return (
    refused(provider, operation, answer, onUnknownCode) ??
    failed('outcome-unknown', provider, `http-${exchange.status}-without-verdict`)
  );
}

function readAnswer(status: number, text: string): PlatformAnswer | undefined {
  try {
    const body = parseExact(text);
    if (typeof body !== 'object' || body === null || Array.isArray(body)) return undefined;
    return { status, body: body as Record<string, unknown> };
  } catch {
    return undefined;
  }
}

/** The platform said yes; whom it reached is another matter. */
function resultOf(operation: Answered, answer: PlatformAnswer, request: PlatformRequest): CallOutcome {
  try {
    return { ok: true, result: operation.result(answer, request) };
  } catch (error) {
    if (error instanceof DeliveryError) return { ok: false, error, tokenRejected: false };
    throw error;
  }
}

/** The error of an answer in which the platform said no; undefined when it holds no such verdict. */
function refused(
  provider: ProviderDefinition,
  operation: Answered,
  answer: PlatformAnswer,
  onUnknownCode: UnknownCodeListener,
): CallOutcome | undefined {
  const verdict = provider.verdict(answer);
  if (!verdict) return undefined;
  const entry = provider.errors.lookup(verdict);
  const code = verdict.subCode ?? verdict.code;
  if (!entry) onUnknownCode(provider.id, code);
  const error = new DeliveryError(entry?.kind ?? kindOfUnknown(answer.status), {
    provider: provider.id,
    errcode: /^-?\d{1,15}$/.test(code) ? Number(code) : code,
    errmsg: verdict.errmsg.slice(0, MAX_WORDS),
    ...(entry ? hintOf(provider, operation, entry, verdict) : {}),
    ...(entry?.retryAfter == null ? {} : { retryAfter: entry.retryAfter }),
  });
  return { ok: false, error, tokenRejected: entry?.refreshToken === true };
}

/** A code without a meaning is a no; under HTTP 5xx it may as well be a proxy's, or come halfway through the work. */
function kindOfUnknown(status: number): 'rejected' | 'outcome-unknown' {
  return status >= 500 ? 'outcome-unknown' : 'rejected';
}

function hintOf(
  { errors }: ProviderDefinition,
  { closed }: Answered,
  entry: ErrorEntry,
  verdict: PlatformVerdict,
): { hint: Bilingual } {
  const [zh, en] = [errors.hint(entry, verdict, 'zh'), errors.hint(entry, verdict, 'en')];
  if (!closed || entry.kind !== 'permission') return { hint: { zh, en } };
  return { hint: { zh: `${zh}。${closed.zh}`, en: `${en}. ${closed.en}` } };
}

function failed(
  kind: 'provider-unavailable' | 'outcome-unknown',
  provider: ProviderDefinition,
  reason: string,
  hint?: Bilingual,
): CallOutcome {
  return {
    ok: false,
    tokenRejected: false,
    error: new DeliveryError(kind, { provider: provider.id, reason, ...(hint ? { hint } : {}) }),
  };
}

function unreadableReason({ text, status, contentType }: Extract<Exchange, { outcome: 'answered' }>): string {
  if (status >= 300 && status < 400) return 'redirect';
  if (text.trim() === '') return 'empty';
  return /html/i.test(contentType) || /^\s*</.test(text) ? 'html' : 'not-json';
}

const UNREADABLE_HINTS: Readonly<Record<string, Bilingual>> = {
  redirect: {
    zh: '收到重定向而不是平台的答复：检查 baseUrl 和 proxy。消息可能已送达，重试可能造成重复',
    en: 'A redirect came instead of a verdict: check baseUrl and proxy. The message may have been delivered, and a repeat may duplicate it',
  },
  html: {
    zh: '收到网页而不是平台的答复（代理、网关或平台封禁页）：检查 baseUrl 和 proxy。消息可能已送达，重试可能造成重复',
    en: 'A web page came instead of a verdict (a proxy, a gateway or a ban page): check baseUrl and proxy. The message may have been delivered, and a repeat may duplicate it',
  },
};

function unreadableHint(exchange: Extract<Exchange, { outcome: 'answered' }>): Bilingual | undefined {
  return UNREADABLE_HINTS[unreadableReason(exchange)];
}
