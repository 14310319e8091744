import type { Type } from '@nestjs/common';
import { dingtalkConfiguration } from './dingtalk/dingtalk.settings.js';
import type { ProviderConfiguration, ProviderDefinition } from './provider.contract.js';
import { wecomConfiguration } from './wecom/wecom.settings.js';

/** A provider that can be served: what it declares, and the Nest module with its routes. */
export interface RegisteredProvider {
  readonly definition: ProviderDefinition;
  readonly module: Type;
}

/** A provider as it is registered. Its settings are there at once; the rest is loaded by what serves. */
export interface ProviderEntry {
  readonly configuration: ProviderConfiguration;
  readonly definition: () => Promise<ProviderDefinition>;
  readonly module: () => Promise<Type>;
}

/** Every provider of the service. A new one is one folder beside these and one entry here. */
export const PROVIDERS: readonly ProviderEntry[] = [
  {
    configuration: dingtalkConfiguration,
    definition: async () => (await import('./dingtalk/dingtalk.provider.js')).dingtalk,
    module: async () => (await import('./dingtalk/dingtalk.module.js')).DingTalkModule,
  },
  {
    configuration: wecomConfiguration,
    definition: async () => (await import('./wecom/wecom.provider.js')).wecom,
    module: async () => (await import('./wecom/wecom.module.js')).WeComModule,
  },
];

/** What the configuration knows of every provider: all that a command needs. */
export const CONFIGURATIONS: readonly ProviderConfiguration[] = PROVIDERS.map(({ configuration }) => configuration);

/** Loads providers with everything that serving them needs. */
export function loadProviders(entries: readonly ProviderEntry[] = PROVIDERS): Promise<readonly RegisteredProvider[]> {
  return Promise.all(
    entries.map(async (entry) => ({ definition: await entry.definition(), module: await entry.module() })),
  );
}
