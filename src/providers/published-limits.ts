import { z } from 'zod';
import type { Operation, ProviderDefinition, ResolvedApp } from './provider.contract.js';

/** A limit the platform publishes. Pacing uses it, `/v1/providers` shows it. */
export interface PublishedLimit {
  /** Unique in the provider, `app-api-second`. */
  readonly id: string;
  /** What is counted: calls of one app and API, messages of one robot, messages to one member … */
  readonly scope: 'app-api' | 'app' | 'robot' | 'member' | 'chat' | 'ip';
  /** Operations it applies to; absent means all. */
  readonly operations?: readonly string[];
  readonly count: number;
  /** Length of the window in seconds. */
  readonly seconds: number;
  /** What the platform does above it. */
  readonly above: 'refuses' | 'drops-silently' | 'bans';
  readonly source: string;
  readonly confidence: 'certain' | 'likely' | 'unsure';
}

/** More than any edition allows; beyond it a mistake is more likely. */
const MOST_COUNTED = 10_000_000;

const met = new WeakMap<readonly PublishedLimit[], Map<string, readonly PublishedLimit[]>>();

/**
 * Schema of the `limits` block of a provider, an app or a robot: other counts than the published ones, where an edition
 * allows more, or where another program uses the same app. Limits that the gateway does not count are not in it.
 * @param scopes `robot` for robots, `app-api` and `member` for apps
 */
export function limitCounts(limits: readonly PublishedLimit[], scopes: readonly PublishedLimit['scope'][]) {
  const counts = limits
    .filter(({ scope }) => scopes.includes(scope))
    .map(({ id, count, seconds }) => {
      const description = `Messages in ${seconds} s instead of the published ${count}.`;
      return [id, z.number().int().min(1).max(MOST_COUNTED).optional().meta({ description })] as const;
    });
  return z
    .strictObject(Object.fromEntries(counts))
    .optional()
    .meta({ description: 'Other counts than the published limits, by id of the limit.' });
}

/** The limits that a message meets: as published, with the counts that the configuration has for this app. */
export function limitsFor(
  provider: Pick<ProviderDefinition, 'limits'>,
  operation: Pick<Operation, 'id' | 'target'>,
  { settings }: Pick<ResolvedApp, 'settings'>,
): readonly PublishedLimit[] {
  const published = limitsOf(provider, operation);
  const { limits } = settings;
  if (!limits) return published;
  return published.map((limit) => ({ ...limit, count: limits[limit.id] ?? limit.count }));
}

/** The published limits that an operation meets. A robot has limits of its own; those of apps are not for it. */
export function limitsOf(
  { limits }: Pick<ProviderDefinition, 'limits'>,
  { id, target }: Pick<Operation, 'id' | 'target'>,
): readonly PublishedLimit[] {
  let known = met.get(limits);
  if (!known) met.set(limits, (known = new Map<string, readonly PublishedLimit[]>()));
  let found = known.get(id);
  if (!found) {
    found = limits
      .filter(({ operations }) => operations === undefined || operations.includes(id))
      .filter(({ scope }) => scope === 'ip' || (scope === 'robot') === (target === 'robot'));
    known.set(id, found);
  }
  return found;
}
