import { isComment } from '../config/access.settings.js';
import { ConfigError, type ConfigProblem } from '../config/config.error.js';
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

/**
 * What speaks against serving a valid configuration; asked by the start, by every reload, and by `config check`.
 * @param sandbox was the sandbox asked for?
 */
export function servingProblems(config: Config, env: NodeJS.ProcessEnv, sandbox = false): ConfigProblem[] {
  const production = env.NODE_ENV === 'production';
  const simulated = sandbox || !hasApps(config);
  return [
    ...(simulated && production ? [nothingConfigured()] : []),
    ...(simulated ? [] : openHost(config)),
    ...(production ? openRedis(config) : []),
  ];
}

/** Production never simulates. */
function nothingConfigured(): ConfigProblem {
  const names = Object.keys(providerShortNames(CONFIGURATIONS)).filter((name) => !name.endsWith('_URL'));
  return {
    path: 'providers',
    reason:
      'no app of any provider is configured, and NODE_ENV=production never simulates: ' +
      `set ${names.join(', ')} (those of one provider suffice), or write providers.<name>.apps into the configuration file`,
  };
}

/** With neither an allow-list nor keys only this machine may call, so listening elsewhere would be a mistake. */
export function openHost(config: Config): ConfigProblem[] {
  const { host } = config.server;
  const callers = config.access.apiKeys.length > 0 || config.access.allow.some((entry) => !isComment(entry));
  if (callers || host === 'localhost' || isLoopback(host)) return [];
  return [
    {
      path: 'server.host',
      reason:
        `listening on ${host} needs to know who may call: set access.allow (or MSG_ALLOW_IPS) to the addresses of your programs, ` +
        'or access.apiKeys (or MSG_API_KEYS), or listen on 127.0.0.1',
    },
  ];
}

/** In production a Redis elsewhere has a password: everybody on its network could otherwise read and change deliveries. */
function openRedis({ redis: { url, allowNoPassword } }: Config): ConfigProblem[] {
  if (url === undefined || allowNoPassword || !redisExposure(url).open) return [];
  return [
    {
      path: 'redis.url',
      reason:
        'has no password, and NODE_ENV=production talks to no open Redis on another machine: write redis://:PASSWORD@host, ' +
        'or set redis.allowNoPassword where nobody else can reach it',
    },
  ];
}

/** The sentence for a start that failed because of something the operator can put right; undefined for a bug. */
export function refusalOf(error: unknown): string | undefined {
  if (error instanceof ConfigError) return error.message;
  const { code, message } = error as NodeJS.ErrnoException;
  return code !== undefined && LISTEN_CODES.has(code) ? message : undefined;
}
