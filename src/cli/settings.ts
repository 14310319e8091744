import { ConfigError } from '../config/config.error.js';
import { providerShortNames } from '../config/config.loader.js';
import { configJsonSchema } from '../config/config.schema.js';
import { SHORT_NAMES } from '../config/environment.js';
import { MASTER_KEY, readKeyring, type Keyring } from '../config/keyring.js';
import { settingPath } from '../config/setting-path.js';
import { CONFIGURATIONS } from '../providers/index.js';

/** What the commands around secrets know of the settings: their schema, their names, and the master keys. */

const schema = configJsonSchema(CONFIGURATIONS);

/** Short environment names of settings, with their paths. */
export const shortNames: Readonly<Record<string, string>> = { ...SHORT_NAMES, ...providerShortNames(CONFIGURATIONS) };

/**
 * The path of a setting that a person named by path or by environment name.
 * @throws SettingPathError when there is none
 */
export function pathOf(given: string): string {
  return settingPath(given, schema, shortNames);
}

/** The environment name of a setting; undefined when an environment name would mean another one. */
export function variableOf(path: string): string | undefined {
  const short = Object.keys(shortNames).find((name) => shortNames[name] === path);
  if (short !== undefined) return short;
  const long = `MSG__${path.split('.').join('__').toUpperCase()}`;
  return path.split('.').some((segment) => segment.includes('__')) || pathOf(long) !== path ? undefined : long;
}

/**
 * The master keys; undefined when none are configured.
 * @throws ConfigError when they are not valid
 */
export function findKeyring(env: NodeJS.ProcessEnv): Keyring | undefined {
  const { keyring, problems } = readKeyring(env);
  if (problems.length > 0) throw new ConfigError(problems);
  return keyring;
}

/**
 * The master keys.
 * @throws ConfigError when there are none, or they are not valid
 */
export function requireKeyring(env: NodeJS.ProcessEnv): Keyring {
  const keyring = findKeyring(env);
  if (keyring) return keyring;
  throw new ConfigError([
    { path: MASTER_KEY, reason: 'is not set: make a key with `message-center secrets generate-key`' },
  ]);
}
