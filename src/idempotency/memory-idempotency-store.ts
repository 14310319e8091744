import {
  KEEP_MS,
  type ClaimRequest,
  type IdempotencyStore,
  type KeptAnswer,
  type KeyClaim,
} from './idempotency-store.js';

/** Keys kept at once; the oldest are forgotten beyond it. */
const MAX_KEYS = 100_000;

interface Entry {
  readonly fingerprint: string;
  readonly id: string;
  readonly keptUntil: number;
  owner: string;
  leaseUntil: number;
  answer?: KeptAnswer;
}

/** Idempotency keys of one process without Redis; they do not survive it. */
export class MemoryIdempotencyStore implements IdempotencyStore {
  private readonly entries = new Map<string, Entry>();

  constructor(private readonly clock: () => number = Date.now) {}

  claim(request: ClaimRequest): Promise<KeyClaim> {
    const now = this.clock();
    const entry = this.entries.get(request.key);
    if (!entry || entry.keptUntil <= now) return Promise.resolve(this.begin(request, now));
    if (entry.fingerprint !== request.fingerprint) return Promise.resolve({ kind: 'other-request' });
    if (entry.answer) return Promise.resolve({ kind: 'done', answer: entry.answer });
    if (entry.leaseUntil > now) {
      return Promise.resolve({
        kind: 'running',
        retryAfterSeconds: Math.max(1, Math.ceil((entry.leaseUntil - now) / 1_000)),
      });
    }
    entry.owner = request.owner;
    entry.leaseUntil = now + request.leaseMs;
    return Promise.resolve({ kind: 'abandoned', id: entry.id });
  }

  complete(key: string, owner: string, answer: KeptAnswer): Promise<void> {
    const entry = this.entries.get(key);
    if (entry?.owner === owner) entry.answer = answer;
    return Promise.resolve();
  }

  release(key: string, owner: string): Promise<void> {
    if (this.entries.get(key)?.owner === owner) this.entries.delete(key);
    return Promise.resolve();
  }

  private begin({ key, fingerprint, owner, leaseMs, id }: ClaimRequest, now: number): KeyClaim {
    this.entries.delete(key);
    if (this.entries.size >= MAX_KEYS) this.entries.delete(this.entries.keys().next().value as string);
    this.entries.set(key, { fingerprint, id, owner, leaseUntil: now + leaseMs, keptUntil: now + KEEP_MS });
    return { kind: 'new', id };
  }
}
