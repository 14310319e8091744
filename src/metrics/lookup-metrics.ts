import { Injectable } from '@nestjs/common';
import type { Counter } from 'prom-client';
import { ConfigService } from '../config/config.service.js';
import type { LookupObserver } from '../lookups/lookup-observer.js';
import { ProviderRegistry } from '../providers/provider.registry.js';
import { appLabel } from './app-label.js';
import { MetricRegistry } from './metric-registry.js';

const SOURCES = ['platform', 'memory'] as const;

/** Counts look-ups that found nobody; whom they looked for is no label. */
@Injectable()
export class LookupMetrics implements LookupObserver {
  private readonly total: Counter<'provider' | 'app' | 'from'>;

  constructor(
    registry: MetricRegistry,
    private readonly providers: ProviderRegistry,
    config: ConfigService,
  ) {
    this.total = registry.counter(
      'lookup_misses_total',
      'Look-ups of people that found nobody, by who said so: the platform, or what is remembered of it.',
      ['provider', 'app', 'from'],
    );
    this.initialise();
    config.onChange(() => this.initialise());
  }

  missed(provider: string, app: string, from: (typeof SOURCES)[number]): void {
    this.total.inc({ provider, app: appLabel(this.providers, provider, app), from });
  }

  /** Apps whose provider looks people up have their series from the first scrape on. */
  private initialise(): void {
    for (const { provider, name } of this.providers.apps()) {
      if (!this.providers.provider(provider).operations.some(({ lookUp }) => lookUp)) continue;
      for (const from of SOURCES) this.total.inc({ provider, app: name, from }, 0);
    }
  }
}
