import { isComment } from '../config/access.settings.js';
import { ConfigError } from '../config/config.error.js';
import { providerShortNames } from '../config/config.loader.js';
import type { Config } from '../config/config.schema.js';
import { isLoopback } from '../inbound/client-address.js';
import { redisExposure } from '../redis/redis-exposure.js';
import { CONFIGURATIONS } from '../providers/index.js';

/** Failures to listen that will not go away by themselves. */
const LISTEN_CODES = new Set(['EADDRINUSE', 'EADDRNOTAVAIL', 'EACCES', 'ENOTFOUND']);

/** Is there any app or robot of any provider? */
export function hasApps(config: Config): boolean {
  return Object.values(config.providers).some((block) => {
    const { apps = {}, robots = {} } = block as { apps?: object; robots?: object };
    return Object.keys(apps).length + Object.keys(robots).length > 0;
  });
}

/** Production never simulates. */
function nothingConfigured(): ConfigError {
  const names = Object.keys(providerShortNames(CONFIGURATIONS)).filter((name) => !name.endsWith('_URL'));
  return new ConfigError([
    {
      path: 'providers',
      reason:
        'no app of any provider is configured, and NODE_ENV=production never simulates: ' +
        `set ${names.join(', ')} (those of one provider suffice), or write providers.<name>.apps into the configuration file`,
    },
  ]);
}

/**
 * With neither an allow-list nor keys only this machine may call, so listening elsewhere would be a mistake.
 * @throws ConfigError
 */
export function refuseOpenHost(config: Config): void {
  const { host } = config.server;
  const callers = config.access.apiKeys.length > 0 || config.access.allow.some((entry) => !isComment(entry));
  if (callers || host === 'localhost' || isLoopback(host)) return;
  throw new ConfigError([
    {
      path: 'server.host',
      reason:
        `listening on ${host} needs to know who may call: set access.allow (or MSG_ALLOW_IPS) to the addresses of your programs, ` +
        'or access.apiKeys (or MSG_API_KEYS), or listen on 127.0.0.1',
    },
  ]);
}

/**
 * In production a Redis elsewhere has a password: everybody on its network could otherwise read and change deliveries.
 * @throws ConfigError
 */
function refuseOpenRedis({ redis: { url, allowNoPassword } }: Config): void {
  if (url === undefined || allowNoPassword || !redisExposure(url).open) return;
  throw new ConfigError([
    {
      path: 'redis.url',
      reason:
        'has no password, and NODE_ENV=production talks to no open Redis on another machine: write redis://:PASSWORD@host, ' +
        'or set redis.allowNoPassword where nobody else can reach it',
    },
  ]);
}

/**
 * What a valid configuration may not be served for.
 * @param simulated the platforms would be simulated
 * @throws ConfigError
 */
export function refuseToServe(config: Config, simulated: boolean, env: NodeJS.ProcessEnv): void {
  const production = env.NODE_ENV === 'production';
  if (simulated && production) throw nothingConfigured();
  if (!simulated) refuseOpenHost(config);
  if (production) refuseOpenRedis(config);
}

/** The sentence for a start that failed because of something the operator can put right; undefined for a bug. */
export function refusalOf(error: unknown): string | undefined {
  if (error instanceof ConfigError) return error.message;
  const { code, message } = error as NodeJS.ErrnoException;
  return code !== undefined && LISTEN_CODES.has(code) ? message : undefined;
}
