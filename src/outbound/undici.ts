import buildConnector from 'undici/lib/core/connect.js';
import Pool from 'undici/lib/dispatcher/pool.js';
import ProxyAgent from 'undici/lib/dispatcher/proxy-agent.js';
import type * as Undici from 'undici';

/**
 * What is used of undici, from its own files. Its index brings fetch, WebSockets, caches and mocks as well, 80
 * files more. Measured: docs/performance.md; guarded by test/architecture.spec.ts; types: undici-parts.d.ts.
 */
export { Pool, ProxyAgent, buildConnector };
export type PoolOptions = Undici.Pool.Options;
export type Connector = Undici.buildConnector.connector;
export type ConnectOptions = Undici.buildConnector.BuildOptions;
