import type { Operation, ProviderDefinition, ResolvedApp } from '../providers/provider.contract.js';
import { limitsFor, limitsOf, type PublishedLimit } from '../providers/published-limits.js';
import type { PacingWindow } from './delivery.record.js';

/** Above so many named people limits per person are left to the platform: counting them would cost more than sending. */
const COUNTED_PEOPLE = 100;

/** Half of a character pair: it could not be read back from JSON where Redis keeps the windows. */
const HALF_A_PAIR = /\p{Surrogate}/gu;

/**
 * A robot's window is kept longer than the platform's, seconds: our clock and theirs differ, requests take time on the
 * way, and whoever is one message too fast is blocked for ten minutes (DingTalk).
 */
const ROBOT_SPARE_SECONDS = 1;

/**
 * The windows a message counts in, from the limits that the platform publishes or the configuration has instead: per
 * app and API, per robot, and per person it names. Limits of addresses and of whole corporations cannot be judged by one
 * gateway and are left out.
 * @param weight places it takes: one for each part of a message that was split
 */
export function pacingWindows(
  provider: ProviderDefinition,
  operation: Operation,
  app: ResolvedApp,
  recipients: readonly string[],
  weight = 1,
): readonly PacingWindow[] {
  const windows: PacingWindow[] = [];
  for (const limit of limitsFor(provider, operation, app)) {
    if (limit.scope === 'robot') windows.push(robotWindow(limit, `${provider.id}/${app.name}/${limit.id}`, weight));
    else
      windows.push(...windowsOf(limit, `${provider.id}/${app.name}/${operation.id}/${limit.id}`, recipients, weight));
  }
  return windows;
}

/** All messages of a robot count together, whatever operation sends them. */
function robotWindow({ count, seconds }: PublishedLimit, key: string, weight: number): PacingWindow {
  return { key, count, seconds: seconds + ROBOT_SPARE_SECONDS, weight };
}

function windowsOf(
  limit: PublishedLimit,
  key: string,
  recipients: readonly string[],
  weight: number,
): readonly PacingWindow[] {
  const { count, seconds } = limit;
  const silent = limit.above === 'drops-silently';
  if (limit.scope === 'app-api') return [{ key, count, seconds, weight }];
  if (limit.scope !== 'member' || recipients.length > COUNTED_PEOPLE) return [];
  return [...new Set(recipients)].map((person) => {
    return { key: `${key}/${person.replace(HALF_A_PAIR, '\ufffd')}`, count, seconds, weight, silent };
  });
}

/** Does it name so many people that nobody counts for them, where the platform drops silently what is too much? */
export function isUncounted(provider: ProviderDefinition, operation: Operation, people: number): boolean {
  if (people <= COUNTED_PEOPLE) return false;
  return limitsOf(provider, operation).some(({ scope, above }) => scope === 'member' && above === 'drops-silently');
}
