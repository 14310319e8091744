import type { BulkAnswer } from './bulk-client.js';
import { cutText } from './safe-line.js';

/** What became of one line. */
export type LineFate = 'shipped' | 'again' | 'refused';

/** What an answer means for a batch. */
export type BulkVerdict =
  /** Each line has its own fate; in order. */
  | { readonly kind: 'each'; readonly fates: readonly LineFate[]; readonly reason: string | undefined }
  /** Nothing was taken, or nobody knows: the same batch again, later. */
  | { readonly kind: 'again'; readonly reason: string }
  /** The request as a whole is not wanted: in smaller parts the culprit shows, or fits. */
  | { readonly kind: 'split'; readonly reason: string };

interface BulkBody {
  readonly errors?: unknown;
  readonly items?: unknown;
}

interface BulkItem {
  readonly status?: unknown;
  readonly error?: { readonly type?: unknown; readonly reason?: unknown };
}

const MAX_REASON = 200;

/**
 * Somebody can put these right without us: an overload passes, a password or a right is given, a missing index or a
 * wrong address is corrected. The lines wait for it.
 */
const MENDABLE = new Set([401, 403, 404, 408, 429]);

/** Reads an answer of the `_bulk` API to so many lines. */
export function readBulkAnswer(answer: BulkAnswer, lines: number): BulkVerdict {
  const { status, body } = answer;
  if (status === 400 || status === 413) return { kind: 'split', reason: `HTTP ${status}` };
  if (status < 200 || status > 299) return { kind: 'again', reason: `HTTP ${status}` };
  const { items } = parse(body);
  if (!Array.isArray(items) || items.length !== lines) {
    return { kind: 'again', reason: `HTTP ${status} without a verdict on every line` };
  }
  const verdicts = items.map(itemOf);
  const fates = verdicts.map(fateOf);
  const bad = verdicts.find((_item, index) => fates[index] === 'refused') ?? verdicts.find(isNotTaken);
  return { kind: 'each', fates, reason: bad ? reasonOf(bad) : undefined };
}

function parse(body: string): BulkBody {
  try {
    return (JSON.parse(body) as BulkBody | null) ?? {};
  } catch {
    return {};
  }
}

/** An item is named after its action: `{ "create": { "status": 201 } }`. */
function itemOf(item: unknown): BulkItem {
  if (typeof item !== 'object' || item === null) return {};
  return (Object.values(item)[0] as BulkItem | null) ?? {};
}

function fateOf({ status }: BulkItem): LineFate {
  if (typeof status !== 'number') return 'again';
  // 409: a line with this id is there already, from a try whose answer we did not get.
  if ((status >= 200 && status < 300) || status === 409) return 'shipped';
  return status >= 500 || MENDABLE.has(status) ? 'again' : 'refused';
}

function isNotTaken(item: BulkItem): boolean {
  return fateOf(item) !== 'shipped';
}

function reasonOf({ status, error }: BulkItem): string {
  const parts = [status, error?.type, error?.reason].filter(
    (part) => typeof part === 'string' || typeof part === 'number',
  );
  return cutText(parts.join(' '), MAX_REASON);
}
