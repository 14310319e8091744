import { Global, Module } from '@nestjs/common';
import { TOKEN_OBSERVER } from '../auth-token/token-observer.js';
import { KEY_OBSERVER } from '../inbound/key-observer.js';
import { LOOKUP_OBSERVER } from '../lookups/lookup-observer.js';
import { CALL_OBSERVER } from '../providers/call-observer.js';
import { RedisService } from '../redis/redis.service.js';
import { CallMetrics } from './call-metrics.js';
import { DeliveryMetrics } from './delivery-metrics.js';
import { HttpMetrics } from './http-metrics.js';
import { KeyMetrics } from './key-metrics.js';
import { LookupMetrics } from './lookup-metrics.js';
import { MetricRegistry } from './metric-registry.js';
import { MetricsController } from './metrics.controller.js';
import { MonthLedger } from './month-ledger.js';
import { ScrapeService } from './scrape.service.js';
import { StateMetrics } from './state-metrics.js';
import { ThrottleMetrics } from './throttle-metrics.js';
import { TokenMetrics } from './token-metrics.js';

/** Metrics for Prometheus. Others tell it what happened through small interfaces of their own. */
@Global()
@Module({
  controllers: [MetricsController],
  providers: [
    MetricRegistry,
    ThrottleMetrics,
    HttpMetrics,
    CallMetrics,
    TokenMetrics,
    LookupMetrics,
    KeyMetrics,
    StateMetrics,
    DeliveryMetrics,
    ScrapeService,
    { provide: MonthLedger, inject: [RedisService], useFactory: (redis: RedisService) => new MonthLedger(redis) },
    { provide: CALL_OBSERVER, useExisting: CallMetrics },
    { provide: TOKEN_OBSERVER, useExisting: TokenMetrics },
    { provide: LOOKUP_OBSERVER, useExisting: LookupMetrics },
    { provide: KEY_OBSERVER, useExisting: KeyMetrics },
  ],
  exports: [
    MetricRegistry,
    ThrottleMetrics,
    HttpMetrics,
    MonthLedger,
    CALL_OBSERVER,
    TOKEN_OBSERVER,
    LOOKUP_OBSERVER,
    KEY_OBSERVER,
  ],
})
export class MetricsModule {}
