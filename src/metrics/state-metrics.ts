import { Injectable } from '@nestjs/common';
import type { Gauge } from 'prom-client';
import { AuthTokenService } from '../auth-token/auth-token.service.js';
import { ConfigService } from '../config/config.service.js';
import { ProviderRegistry } from '../providers/provider.registry.js';
import { VERSION } from '../version.js';
import { atMost } from './at-most.js';
import { MetricRegistry } from './metric-registry.js';
import { MonthLedger } from './month-ledger.js';
import { splitLabel } from './token-metrics.js';

/** A scrape waits this long for Redis, milliseconds; then it shows what is known. */
const REDIS_MS = 250;

/** What is not counted but looked at when somebody asks: tokens, the month, the configuration. */
@Injectable()
export class StateMetrics {
  constructor(
    registry: MetricRegistry,
    private readonly tokens: AuthTokenService,
    private readonly providers: ProviderRegistry,
    private readonly ledger: MonthLedger,
    private readonly config: ConfigService,
  ) {
    registry.gauge(
      'token_age_seconds',
      'Age of the access token in use; absent while there is none.',
      ['provider', 'app'],
      'max',
      (gauge) => this.tokenAges(gauge),
    );
    registry.gauge(
      'provider_calls_month',
      'Requests sent to a platform in this calendar month (Asia/Shanghai), token requests excepted.',
      ['provider', 'app'],
      // With Redis every process tells the sum of all; without it each tells its own.
      ledger.shared ? 'max' : 'sum',
      (gauge) => this.month(gauge),
    );
    registry.gauge('config_version', 'Configurations that took effect since the start.', [], 'max', (gauge) =>
      gauge.set(this.config.status.version),
    );
    registry.gauge(
      'config_last_reload_successful',
      '1 when the last reload of the configuration took effect, 0 when it was refused.',
      [],
      'min',
      (gauge) => gauge.set(this.config.status.lastError === null ? 1 : 0),
    );
    registry.gauge('workers', 'Processes whose metrics are in this answer.', [], 'sum').set(1);
    registry
      .gauge('build_info', 'Always 1; the version is in the labels.', ['version', 'node'], 'first')
      .set({ version: VERSION, node: process.version }, 1);
  }

  private tokenAges(gauge: Gauge<'provider' | 'app'>): void {
    gauge.reset();
    const youngest = new Map<string, number>();
    for (const { app, ageSeconds } of this.tokens.status()) {
      // An app whose credentials were changed has two entries for a while.
      if (ageSeconds !== null) youngest.set(app, Math.min(ageSeconds, youngest.get(app) ?? Infinity));
    }
    for (const { provider, name } of this.providers.apps()) {
      const age = youngest.get(`${provider}/${name}`);
      if (age !== undefined) gauge.set({ provider, app: name }, age);
    }
  }

  private async month(gauge: Gauge<'provider' | 'app'>): Promise<void> {
    if (this.ledger.shared) await atMost(REDIS_MS, this.ledger.sync());
    const { calls } = this.ledger.report();
    gauge.reset();
    for (const { provider, name } of this.providers.senders()) gauge.set({ provider, app: name }, 0);
    for (const [label, count] of Object.entries(calls)) {
      const [provider, app] = splitLabel(label);
      gauge.set({ provider, app }, count);
    }
  }
}
