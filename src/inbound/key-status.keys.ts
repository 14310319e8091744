/** Where Redis keeps what changes about API keys; the gateway and the command `keys` both read it. */

/** Set of the ids of revoked keys. */
export const REVOKED_KEYS = '{mc}:keys:revoked';
/** Hash of the last use of each key, epoch seconds. */
export const KEYS_LAST_USED = '{mc}:keys:last-used';

/** Sorted set: addresses from which a key was used, by the moment (epoch milliseconds). */
export function keyAddresses(id: string): string {
  return `{mc}:keys:addresses:${id}`;
}
