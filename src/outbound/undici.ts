import { createRequire } from 'node:module';
import type * as Undici from 'undici';

/**
 * The two dispatchers of undici that are used, from their own files. Its index brings fetch, WebSockets, caches and
 * mocks as well, 80 files more. Measured: docs/performance.md; guarded by test/architecture.spec.ts.
 */
const part = createRequire(import.meta.url);

export const Pool = part('undici/lib/dispatcher/pool.js') as typeof Undici.Pool;
export const ProxyAgent = part('undici/lib/dispatcher/proxy-agent.js') as typeof Undici.ProxyAgent;
export type PoolOptions = Undici.Pool.Options;
