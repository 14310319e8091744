import type { Type } from '@nestjs/common';
import { dingtalk } from './dingtalk/dingtalk.provider.js';
import { DingTalkModule } from './dingtalk/dingtalk.module.js';
import type { ProviderDefinition } from './provider.contract.js';
import { wecom } from './wecom/wecom.provider.js';
import { WeComModule } from './wecom/wecom.module.js';

/** A provider as it is registered: what it declares, and the Nest module with its routes. */
export interface RegisteredProvider {
  readonly definition: ProviderDefinition;
  readonly module: Type;
}

/** Every provider of the service. A new one is one folder beside these and one line here. */
export const PROVIDERS: readonly RegisteredProvider[] = [
  { definition: dingtalk, module: DingTalkModule },
  { definition: wecom, module: WeComModule },
];
