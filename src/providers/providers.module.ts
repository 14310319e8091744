import { Global, Module, type DynamicModule } from '@nestjs/common';
import { ConfigService } from '../config/config.service.js';
import type { RegisteredProvider } from './index.js';
import { ProviderCaller } from './provider-caller.js';
import { ProviderRegistry } from './provider.registry.js';
import { TokenWarmer } from './token-warmer.js';

/** The registered providers, and what they share. */
@Global()
@Module({})
export class ProvidersModule {
  static register(providers: readonly RegisteredProvider[]): DynamicModule {
    return {
      module: ProvidersModule,
      imports: providers.map(({ module }) => module),
      providers: [
        {
          provide: ProviderRegistry,
          inject: [ConfigService],
          useFactory: (config: ConfigService) =>
            new ProviderRegistry(
              providers.map(({ definition }) => definition),
              config,
            ),
        },
        ProviderCaller,
        TokenWarmer,
      ],
      exports: [ProviderRegistry, ProviderCaller],
    };
  }
}
