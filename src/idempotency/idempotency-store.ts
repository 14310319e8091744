/** The answer that a repeated request gets again. */
export interface KeptAnswer {
  readonly status: number;
  readonly body: string;
  /** Headers of the first answer that a repeat needs as well: `Location`, `Preference-Applied`. */
  readonly headers: Readonly<Record<string, string>>;
}

/** What the store says about a key that a request brings. */
export type KeyClaim =
  /** Nobody used it: the request runs. `id` is what it may call the thing it creates. */
  | { readonly kind: 'new'; readonly id: string }
  /** The process that ran it is gone without an answer. `id` is what it may have created. */
  | { readonly kind: 'abandoned'; readonly id: string }
  | { readonly kind: 'running'; readonly retryAfterSeconds: number }
  | { readonly kind: 'done'; readonly answer: KeptAnswer }
  /** It was used for another request. */
  | { readonly kind: 'other-request' };

export interface ClaimRequest {
  /** Caller, route, app and the key itself, hashed. */
  readonly key: string;
  readonly fingerprint: string;
  /** Whoever runs the request now; only the owner can complete or release. */
  readonly owner: string;
  /** How long the request may run without its process being taken for dead, milliseconds. */
  readonly leaseMs: number;
  /** Proposed id; an abandoned key keeps its first one. */
  readonly id: string;
}

/** Where idempotency keys live. Kept for {@link KEEP_MS} from the first use. */
export interface IdempotencyStore {
  /** @throws Error when the store cannot be asked */
  claim(request: ClaimRequest): Promise<KeyClaim>;
  /** Keeps the answer for repeats. Never throws: after a yes of the platform no bookkeeping may fail the request. */
  complete(key: string, owner: string, answer: KeptAnswer): Promise<void>;
  /** Nothing was done: the key may be used again. Never throws. */
  release(key: string, owner: string): Promise<void>;
}

/** A day, as the IETF draft on the header suggests clients to expect. */
export const KEEP_MS = 86_400_000;
