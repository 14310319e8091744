import type { Scope } from '../../src/config/access.settings.js';
import { createApiKey, hashApiKey } from '../../src/inbound/api-key.js';

/** What a test says about a key beside its name; everything has a default. */
export interface TestKeyOptions {
  readonly scopes?: readonly Scope[];
  readonly apps?: readonly string[];
  readonly allow?: readonly string[];
  readonly expiresAt?: string;
  readonly revoked?: boolean;
  readonly httpStatus?: 'semantic' | 'always-200';
  readonly limit?: { readonly requests: number; readonly seconds?: number };
}

/** A key as its owner has it, and as the configuration has it. */
export interface TestKey {
  readonly key: string;
  /** Entry of `access.apiKeys`. */
  readonly entry: Readonly<Record<string, unknown>>;
}

/** A new key called `id`. */
export function aKey(id = 'billing', options: TestKeyOptions = {}): TestKey {
  const key = createApiKey('test');
  return { key, entry: { id, hash: hashApiKey(key, ''), ...options } };
}

/** Headers of a request that carries the key. */
export function bearer(key: string): { headers: Record<string, string> } {
  return { headers: { Authorization: `Bearer ${key}` } };
}

/** Moment so many milliseconds from now, as the configuration writes it. */
export function inMilliseconds(milliseconds: number): string {
  return new Date(Date.now() + milliseconds).toISOString();
}
