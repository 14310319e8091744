import { createHash, createHmac, subtle } from 'node:crypto';
import type { ReceivedFile } from '../providers/received-file.js';

/** Query parameters that change what a request does. */
const MEANINGFUL = ['async', 'delay', 'sendAt', 'ttl', 'onUnknown', 'dedupe', 'overlong', 'robot'];

export interface FingerprintedRequest {
  readonly body: unknown;
  readonly query: Readonly<Record<string, unknown>>;
  /** Parameters in the path: they name what the request is about. */
  readonly params: Readonly<Record<string, unknown>>;
  readonly prefer: string | undefined;
}

/**
 * What makes two requests the same: SHA-256 over the body with its members in order, the query that matters, the
 * parameters in the path, and `Prefer`. White space and the order of members make no difference; any other change does.
 *
 * Keyed with the caller's own key, which is stored nowhere: whoever reads Redis could otherwise find a short body, a
 * telephone number, by trying them all.
 */
export function fingerprint(request: FingerprintedRequest, idempotencyKey: string): string {
  const query = Object.fromEntries(MEANINGFUL.map((name) => [name, request.query[name] ?? null]));
  const params = Object.keys(request.params).length === 0 ? {} : { params: request.params };
  const text = canonical({ body: request.body, query, ...params, prefer: request.prefer ?? null });
  return createHmac('sha256', idempotencyKey).update(text).digest('base64url');
}

/** The body of a form as {@link fingerprint} takes it: everything that is sent on, the bytes of the file as their digest. */
export async function formBody(fields: unknown, file: ReceivedFile | undefined): Promise<object> {
  if (!file) return { fields };
  const { originalname, mimetype, buffer } = file;
  // Beside the event loop, which many megabytes would hold up.
  const digest = Buffer.from(await subtle.digest('SHA-256', buffer)).toString('base64url');
  return { fields, file: { originalname, mimetype, digest } };
}

/** Name of a key in the store: tells nothing about caller or key. */
export function keyName(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url');
}

/** JSON with the members of every object in order. Bodies are at most 20 levels deep, so recursion is safe. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const members = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${canonical(member)}`).join(',')}}`;
}
