import { parseDuration } from '../config/scalars.js';
import type { Bilingual } from '../envelope/kinds.js';
import { readMoment } from '../inbound/moments.js';
import type { Complaint } from './delivery-error.js';
import { OVERLONG_POLICIES, type OverlongPolicy } from './overlong/long-text.js';

/** Query parameters that every sending route knows. */
export const SEND_QUERY = ['async', 'dryRun', 'sendAt', 'delay', 'ttl', 'onUnknown', 'dedupe'] as const;

/** How far ahead a message may be scheduled, milliseconds. */
const FARTHEST_MS = 30 * 86_400_000;
/** Longest time to live, milliseconds: beyond it a chat message is history. */
const LONGEST_TTL_MS = 7 * 86_400_000;
/** A moment that lies back by no more than this is "now": clocks differ. */
const PAST_MS = 60_000;

/** What a caller asks of the asynchronous road. */
export interface AsyncOptions {
  /** Asked with `Prefer: respond-async`, which is acknowledged. */
  readonly preferred: boolean;
  /** Milliseconds until it is due. */
  readonly delayMs: number;
  /** Milliseconds from the due time until it expires; absent: the configured one. */
  readonly ttlMs?: number;
  readonly onUnknown?: 'resend' | 'park';
  /** May the request be changed so that the platform recognises a repeat? */
  readonly dedupe: boolean;
}

export interface SendOptions {
  readonly dryRun: boolean;
  /** What to do with a text that is longer than the platform takes; absent: reject. */
  readonly overlong?: OverlongPolicy;
  /** Absent: the caller waits for the outcome. */
  readonly asynchronous?: AsyncOptions;
}

export interface ParsedOptions {
  readonly options: SendOptions;
  readonly complaints: readonly Complaint[];
}

/** Every option there is; which of them a route knows is its own matter. */
const OPTIONS = [...SEND_QUERY, 'overlong'] as const;

/** What a request asks that asks for nothing beside its operation. */
export const NOTHING_ASKED: ParsedOptions = { options: { dryRun: false }, complaints: [] };

/**
 * Reads the options of a sending route. Whatever cannot be read is a complaint: a mistyped option must not send.
 * @param query query of the request
 * @param respondAsync the caller sent `Prefer: respond-async`
 * @param now epoch milliseconds
 */
export function parseSendOptions(
  query: Readonly<Record<string, unknown>>,
  respondAsync: boolean,
  now: number,
): ParsedOptions {
  if (!respondAsync && !OPTIONS.some((name) => query[name] !== undefined)) return NOTHING_ASKED;
  const complaints: Complaint[] = [];
  const complain = (name: string, message: Bilingual): undefined => {
    complaints.push({ path: `query.${name}`, message });
    return undefined;
  };
  const one = (name: string): string | undefined => {
    const value = query[name];
    if (value === undefined || typeof value === 'string') return value;
    return complain(name, { zh: '只能出现一次', en: 'may be given once' });
  };
  const flag = (name: string): boolean => {
    const value = one(name);
    if (value === undefined || value === 'false') return false;
    if (value === 'true') return true;
    complain(name, { zh: '必须是 true 或 false', en: 'must be true or false' });
    return false;
  };
  const choice = <T extends string>(name: string, values: readonly T[]): T | undefined => {
    const value = one(name);
    if (value === undefined || values.includes(value as T)) return value as T | undefined;
    return complain(name, { zh: `必须是其中之一: ${values.join(', ')}`, en: `must be one of ${values.join(', ')}` });
  };
  const span = (name: string, longest: number): number | undefined => {
    const value = one(name);
    if (value === undefined) return undefined;
    const milliseconds = parseDuration(value);
    if (milliseconds !== undefined && milliseconds <= longest) return milliseconds;
    return complain(name, {
      zh: `必须是时长（秒，或 3h20m），最长 ${longest / 86_400_000} 天`,
      en: `must be a duration (seconds, or 3h20m) of at most ${longest / 86_400_000} days`,
    });
  };

  const dryRun = flag('dryRun');
  const policy = choice('overlong', OVERLONG_POLICIES);
  const overlong = policy === undefined ? {} : { overlong: policy };
  const asynchronous = flag('async') || respondAsync;
  const ttlMs = span('ttl', LONGEST_TTL_MS);
  const delayMs = span('delay', FARTHEST_MS);
  const sendAt = one('sendAt');
  const dueMs = sendAt === undefined ? undefined : untilMoment(sendAt, now);
  if (typeof dueMs === 'object') complain('sendAt', dueMs);
  if (delayMs !== undefined && sendAt !== undefined)
    complain('delay', { zh: '不能与 sendAt 同时使用', en: 'cannot be used with sendAt' });
  const onUnknown = choice('onUnknown', ['resend', 'park'] as const);
  const dedupe = choice('dedupe', ['on', 'off'] as const) !== 'off';
  if (!asynchronous) {
    for (const name of ['sendAt', 'delay', 'ttl', 'onUnknown', 'dedupe']) {
      if (query[name] !== undefined)
        complain(name, { zh: '只用于异步发送（async=true）', en: 'is for asynchronous sending only (async=true)' });
    }
    return { options: { dryRun, ...overlong }, complaints };
  }
  return {
    complaints,
    options: {
      dryRun,
      ...overlong,
      asynchronous: {
        preferred: respondAsync,
        delayMs: (typeof dueMs === 'number' ? dueMs : delayMs) ?? 0,
        dedupe,
        ...(ttlMs === undefined ? {} : { ttlMs }),
        ...(onUnknown === undefined ? {} : { onUnknown }),
      },
    },
  };
}

/** Milliseconds until a moment, or what is wrong with it. */
function untilMoment(text: string, now: number): number | Bilingual {
  const moment = readMoment(text);
  if (typeof moment !== 'number') return moment;
  if (moment < now - PAST_MS) return { zh: '时间已经过去', en: 'lies in the past' };
  if (moment > now + FARTHEST_MS) return { zh: '最多提前 30 天', en: 'may lie at most 30 days ahead' };
  return Math.max(0, moment - now);
}
