import type { ProviderRegistry } from '../providers/provider.registry.js';

/** Label of apps that callers bring along: their number has no bound, and their names are nobody's business. */
export const EXTERNAL_APP = 'external';

/** The value of the label `app`: a name from the configuration (`default`, `robots/ops`), or {@link EXTERNAL_APP}. */
export function appLabel(registry: ProviderRegistry, provider: string, name: string): string {
  return registry.has(provider, name) ? name : EXTERNAL_APP;
}
