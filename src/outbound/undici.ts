import { createRequire } from 'node:module';
import type * as Undici from 'undici';

/**
 * What is used of undici, from its own files. Its index brings fetch, WebSockets, caches and mocks as well, 80
 * files more. Measured: docs/performance.md; guarded by test/architecture.spec.ts.
 */
const part = createRequire(import.meta.url);

export const Pool = part('undici/lib/dispatcher/pool.js') as typeof Undici.Pool;
export const ProxyAgent = part('undici/lib/dispatcher/proxy-agent.js') as typeof Undici.ProxyAgent;
export type PoolOptions = Undici.Pool.Options;

export const buildConnector = part('undici/lib/core/connect.js') as typeof Undici.buildConnector;
export type Connector = Undici.buildConnector.connector;
export type ConnectOptions = Undici.buildConnector.BuildOptions;
