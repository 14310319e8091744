import { Injectable } from '@nestjs/common';
import type { Counter } from 'prom-client';
import { ConfigService } from '../config/config.service.js';
import type { KeyObserver } from '../inbound/key-observer.js';
import { MetricRegistry } from './metric-registry.js';

/** Counts what is remarkable in the use of API keys. The label is the id of a key in the configuration. */
@Injectable()
export class KeyMetrics implements KeyObserver {
  private readonly newAddresses: Counter<'key'>;

  constructor(registry: MetricRegistry, config: ConfigService) {
    this.newAddresses = registry.counter(
      'api_key_new_addresses_total',
      'Addresses from which an API key came for the first time, its very first excepted.',
      ['key'],
    );
    const initialise = (): void => {
      for (const { id } of config.current.access.apiKeys) this.newAddresses.inc({ key: id }, 0);
    };
    initialise();
    config.onChange(initialise);
  }

  newAddress(key: string): void {
    this.newAddresses.inc({ key });
  }
}
