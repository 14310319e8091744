import type { AppSettings } from './provider.contract.js';

/**
 * Settings of an app or a robot, with those that the whole provider has in common where it has none of its own. Counts
 * of limits are put together one by one.
 */
export function withCommon<Own extends object>(
  { proxy, timeoutMs, maxInFlight, limits }: Common,
  own: Own & Pick<Common, 'limits'>,
): Own & AppSettings {
  const counts = { ...limits, ...own.limits };
  const common = { proxy, timeoutMs, maxInFlight };
  return { ...common, ...own, ...(Object.keys(counts).length === 0 ? {} : { limits: counts }) } as Own & AppSettings;
}

/** As the schema gives them: what is not set is there, and undefined. */
interface Common {
  readonly proxy?: string | undefined;
  readonly timeoutMs?: number | undefined;
  readonly maxInFlight?: number | undefined;
  readonly limits?: Readonly<Record<string, number | undefined>> | undefined;
}
