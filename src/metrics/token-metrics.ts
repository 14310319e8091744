import { Injectable } from '@nestjs/common';
import type { Counter } from 'prom-client';
import type { TokenObserver } from '../auth-token/token-observer.js';
import { ConfigService } from '../config/config.service.js';
import type { ErrorKind } from '../envelope/kinds.js';
import { ProviderRegistry } from '../providers/provider.registry.js';
import { appLabel } from './app-label.js';
import { MetricRegistry } from './metric-registry.js';

/** Results that alerts ask for: there from the first scrape on. */
const ALERT_RESULTS = ['ok', 'credentials', 'ip-not-allowed', 'provider-unavailable'] as const;

/** Counts token requests to the platforms. */
@Injectable()
export class TokenMetrics implements TokenObserver {
  private readonly total: Counter<'provider' | 'app' | 'result'>;

  constructor(
    registry: MetricRegistry,
    private readonly providers: ProviderRegistry,
    config: ConfigService,
  ) {
    this.total = registry.counter(
      'token_fetches_total',
      'Access tokens asked from a platform, by what came of it: ok, or the kind of the error.',
      ['provider', 'app', 'result'],
    );
    this.initialise();
    config.onChange(() => this.initialise());
  }

  fetched(label: string, result: 'ok' | ErrorKind): void {
    const [provider, app] = splitLabel(label);
    this.total.inc({ provider, app: appLabel(this.providers, provider, app), result });
  }

  private initialise(): void {
    for (const { provider, name } of this.providers.apps()) {
      for (const result of ALERT_RESULTS) this.total.inc({ provider, app: name, result }, 0);
    }
  }
}

/** Provider and app of a label like `dingtalk/default`. */
export function splitLabel(label: string): readonly [provider: string, app: string] {
  const at = label.indexOf('/');
  return [label.slice(0, at), label.slice(at + 1)];
}
