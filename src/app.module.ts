import { Module, type DynamicModule } from '@nestjs/common';
import { AuthTokenModule } from './auth-token/auth-token.module.js';
import { ConfigModule } from './config/config.module.js';
import type { ConfigService } from './config/config.service.js';
import { DeliveryModule } from './delivery/delivery.module.js';
import { EnvelopeModule } from './envelope/envelope.module.js';
import { HealthModule } from './health/health.module.js';
import { IdempotencyModule } from './idempotency/idempotency.module.js';
import { InboundModule } from './inbound/inbound.module.js';
import { LimitsModule } from './limits/limits.module.js';
import type { LoggingStatus } from './logging/log-pipeline.js';
import type { Logger } from './logging/logger.js';
import { LoggingModule } from './logging/logging.module.js';
import type { Redactor } from './logging/redactor.js';
import { LookupsModule } from './lookups/lookups.module.js';
import { MessagesExternalModule } from './messages-external/messages-external.module.js';
import { MetricsModule } from './metrics/metrics.module.js';
import { OpenApiModule } from './openapi/openapi.module.js';
import { OutboundModule } from './outbound/outbound.module.js';
import type { RegisteredProvider } from './providers/index.js';
import { ProvidersModule } from './providers/providers.module.js';
import { RedisModule } from './redis/redis.module.js';
import { SystemModule } from './system/system.module.js';

/** What exists before Nest does. */
export interface AppParts {
  readonly config: ConfigService;
  readonly logger: Logger;
  readonly redactor: Redactor;
  readonly providers: readonly RegisteredProvider[];
  /** What `/sys/status` tells about logs. */
  readonly logStatus?: () => LoggingStatus;
}

/** The table of contents of the service. */
@Module({})
export class AppModule {
  static register(parts: AppParts): DynamicModule {
    return {
      module: AppModule,
      imports: [
        ConfigModule.register(parts.config),
        LoggingModule.register(parts.logger, parts.redactor, parts.logStatus),
        RedisModule,
        MetricsModule,
        LimitsModule,
        LookupsModule,
        InboundModule,
        IdempotencyModule,
        ProvidersModule.register(parts.providers),
        DeliveryModule.register(parts.config.current),
        MessagesExternalModule,
        AuthTokenModule,
        OutboundModule,
        EnvelopeModule,
        HealthModule,
        OpenApiModule,
        SystemModule,
      ],
    };
  }
}
