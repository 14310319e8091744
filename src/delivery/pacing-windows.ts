import type { Operation, ProviderDefinition, PublishedLimit } from '../providers/provider.contract.js';
import type { PacingWindow } from './delivery.record.js';

/** Above so many named people limits per person are left to the platform: counting them would cost more than sending. */
const COUNTED_PEOPLE = 100;

/**
 * The windows a message counts in, from the limits that the provider publishes: per app and API, and per person it
 * names. Limits of addresses and of whole corporations cannot be judged by one gateway and are left out.
 */
export function pacingWindows(
  provider: ProviderDefinition,
  operation: Operation,
  app: string,
  recipients: readonly string[],
): readonly PacingWindow[] {
  return provider.limits
    .filter((limit) => limit.operations === undefined || limit.operations.includes(operation.id))
    .flatMap((limit) => windowsOf(limit, `${provider.id}/${app}/${operation.id}/${limit.id}`, recipients));
}

function windowsOf(limit: PublishedLimit, key: string, recipients: readonly string[]): readonly PacingWindow[] {
  const { count, seconds } = limit;
  if (limit.scope === 'app-api') return [{ key, count, seconds, weight: 1 }];
  if (limit.scope !== 'member' || recipients.length > COUNTED_PEOPLE) return [];
  return [...new Set(recipients)].map((person) => ({ key: `${key}/${person}`, count, seconds, weight: 1 }));
}
