import { Inject, Injectable } from '@nestjs/common';
import { AuthTokenService, type TokenStatus } from '../auth-token/auth-token.service.js';
import { ConfigService, type ConfigState } from '../config/config.service.js';
import { DeliveryStatusService, type DeliveryReport } from '../delivery/delivery-status.service.js';
import { Lifecycle } from '../health/lifecycle.js';
import type { LoggingStatus } from '../logging/log-pipeline.js';
import { LOG_STATUS } from '../logging/logging.module.js';
import { MonthLedger, type MonthReport } from '../metrics/month-ledger.js';
import { ProviderRegistry } from '../providers/provider.registry.js';
import { VERSION } from '../version.js';

/** What `GET /sys/status` tells. No secret and no token is in it. */
export interface SystemStatus {
  readonly service: { readonly name: string; readonly version: string; readonly node: string };
  readonly process: {
    readonly pid: number;
    readonly role: string;
    readonly uptimeSeconds: number;
    readonly startedAt: string;
    readonly ready: boolean;
  };
  readonly memory: { readonly rssBytes: number; readonly heapUsedBytes: number; readonly heapTotalBytes: number };
  readonly config: ConfigState;
  readonly redis: { readonly configured: boolean; readonly tokens: string | null };
  readonly providers: Readonly<Record<string, readonly string[]>>;
  readonly robots: Readonly<Record<string, readonly string[]>>;
  readonly tokens: readonly TokenStatus[];
  /** Requests sent to the platforms in this month. */
  readonly calls: MonthReport;
  readonly logging: LoggingStatus | null;
  readonly deliveries: DeliveryReport;
}

@Injectable()
export class StatusService {
  constructor(
    private readonly config: ConfigService,
    private readonly tokens: AuthTokenService,
    private readonly registry: ProviderRegistry,
    private readonly lifecycle: Lifecycle,
    private readonly ledger: MonthLedger,
    private readonly deliveries: DeliveryStatusService,
    @Inject(LOG_STATUS) private readonly logStatus: () => LoggingStatus | null,
  ) {}

  async snapshot(): Promise<SystemStatus> {
    const memory = process.memoryUsage();
    return {
      service: { name: 'message-center', version: VERSION, node: process.version },
      process: {
        pid: process.pid,
        role: this.config.current.server.role,
        uptimeSeconds: Math.round((Date.now() - this.lifecycle.startedAt) / 1_000),
        startedAt: new Date(this.lifecycle.startedAt).toISOString(),
        ready: this.lifecycle.ready,
      },
      memory: { rssBytes: memory.rss, heapUsedBytes: memory.heapUsed, heapTotalBytes: memory.heapTotal },
      config: this.config.status,
      redis: { configured: this.tokens.sharedState !== null, tokens: this.tokens.sharedState },
      providers: Object.fromEntries(this.registry.all.map(({ id }) => [id, this.registry.appNames(id)])),
      robots: Object.fromEntries(this.registry.all.map(({ id }) => [id, this.registry.robotNames(id)])),
      tokens: this.tokens.status(),
      calls: this.ledger.report(),
      logging: this.logStatus(),
      deliveries: await this.deliveries.report(),
    };
  }
}
