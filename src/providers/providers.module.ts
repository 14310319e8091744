import { Global, Module, type DynamicModule } from '@nestjs/common';
import { ConfigService } from '../config/config.service.js';
import type { RegisteredProvider } from './index.js';
import { AppTokens } from './app-tokens.js';
import { LookupCaller } from './lookup-caller.js';
import { PlatformCaller } from './platform-caller.js';
import { ProviderCaller } from './provider-caller.js';
import { ProviderCatalog } from './provider-catalog.js';
import { ProviderRegistry } from './provider.registry.js';
import { ProvidersController } from './providers.controller.js';
import { UnknownCodes } from './unknown-codes.js';
import { TokenWarmer } from './token-warmer.js';

/** The registered providers, and what they share. */
@Global()
@Module({})
export class ProvidersModule {
  static register(providers: readonly RegisteredProvider[]): DynamicModule {
    return {
      module: ProvidersModule,
      imports: providers.map(({ module }) => module),
      controllers: [ProvidersController],
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
        UnknownCodes,
        AppTokens,
        PlatformCaller,
        LookupCaller,
        ProviderCaller,
        ProviderCatalog,
        TokenWarmer,
      ],
      exports: [ProviderRegistry, ProviderCaller, PlatformCaller],
    };
  }
}
