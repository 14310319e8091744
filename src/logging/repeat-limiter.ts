import { originOf } from './error-serializer.js';

/** What the limiter looks at; more members do not matter. */
export interface LimitedRecord {
  /** pino's number of the level. */
  readonly level: number;
  readonly message: string | undefined;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** What stands for the lines that were held back. */
export interface Repetition {
  readonly level: number;
  readonly message: string | undefined;
  readonly fields: Readonly<Record<string, unknown>>;
  /** How many lines were held back. */
  readonly repeated: number;
}

export interface RepeatLimits {
  /** Lines of one sort that are let through per window. */
  readonly lines: number;
  readonly windowMs: number;
}

export const DEFAULT_REPEAT_LIMITS: RepeatLimits = { lines: 10, windowMs: 60_000 };

const WARN = 40;
const FATAL = 60;

/** One line of these stands for one request or one call: they are the record itself, never limited. */
const ALWAYS = new Set<string | undefined>(['request', 'platform call']);

/** What makes two lines the same complaint, beside their text. */
const SAME = ['kind', 'route', 'provider', 'app', 'errcode'] as const;

/** Sorts of complaints that are counted at once. Above it lines pass: that many sorts are not a repetition. */
const MAX_SORTS = 1_000;

interface Sort extends Omit<Repetition, 'repeated'> {
  readonly endsAt: number;
  seen: number;
}

/**
 * Holds back what is said again and again: of the same warning or error a few lines per window pass, and one line at
 * the end of the window counts the rest. Pure: time comes from outside.
 */
export class RepeatLimiter {
  private readonly sorts = new Map<string, Sort>();

  constructor(private readonly limits: RepeatLimits = DEFAULT_REPEAT_LIMITS) {}

  /** May this line pass? */
  admits(record: LimitedRecord, now: number): boolean {
    if (record.level < WARN || record.level >= FATAL || ALWAYS.has(record.message)) return true;
    if (record.fields.repeated !== undefined) return true;
    const key = keyOf(record);
    const sort = this.sorts.get(key);
    if (sort) {
      sort.seen += 1;
      return sort.seen <= this.limits.lines;
    }
    if (this.sorts.size >= MAX_SORTS) return true;
    const { level, message } = record;
    this.sorts.set(key, { level, message, fields: sameOf(record), endsAt: now + this.limits.windowMs, seen: 1 });
    return true;
  }

  /** When {@link endWindows} has something to do; undefined while nothing is counted. */
  get nextEnd(): number | undefined {
    // Windows are equally long, so the oldest, which a Map keeps first, ends first.
    return this.sorts.values().next().value?.endsAt;
  }

  /** Ends the windows that are over, or all of them; gives back what they held back. */
  endWindows(now = Number.POSITIVE_INFINITY): Repetition[] {
    const repetitions: Repetition[] = [];
    for (const [key, { level, message, fields, endsAt, seen }] of this.sorts) {
      if (endsAt > now) break;
      this.sorts.delete(key);
      const repeated = seen - this.limits.lines;
      if (repeated > 0) repetitions.push({ level, message, fields, repeated });
    }
    return repetitions;
  }
}

function keyOf({ level, message, fields }: LimitedRecord): string {
  let key = `${level} ${message}`;
  for (const name of SAME) key += `\n${asText(fields[name])}`;
  return fields.err === undefined ? key : `${key}\n${originOf(fields.err)}`;
}

/** The members that all the lines have in common, and the sort of the error. */
function sameOf({ fields }: LimitedRecord): Record<string, unknown> {
  const same: Record<string, unknown> = {};
  for (const name of [...SAME, 'context']) if (fields[name] !== undefined) same[name] = fields[name];
  if (fields.err !== undefined) same.error = originOf(fields.err);
  return same;
}

function asText(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}
