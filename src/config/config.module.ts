import { Global, Module, type DynamicModule } from '@nestjs/common';
import { ConfigService } from './config.service.js';

/** The configuration of the process, read before Nest starts. */
@Global()
@Module({})
export class ConfigModule {
  static register(config: ConfigService): DynamicModule {
    return {
      module: ConfigModule,
      providers: [{ provide: ConfigService, useValue: config }],
      exports: [ConfigService],
    };
  }
}
