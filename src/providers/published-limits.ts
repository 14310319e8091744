import type { Operation, ProviderDefinition } from './provider.contract.js';

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

const met = new WeakMap<readonly PublishedLimit[], Map<string, readonly PublishedLimit[]>>();

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
