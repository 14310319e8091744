import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { ConfigService } from '../config/config.service.js';
import { kindRule } from '../envelope/kinds.js';
import { DeliveryError } from './delivery-error.js';
import type { ResolvedApp } from './provider.contract.js';
import { AppTokens } from './app-tokens.js';
import { ProviderRegistry } from './provider.registry.js';

/** First pause after a failure, and the longest, milliseconds. */
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;

/**
 * Fetches the token of every configured app at the start, in the background, so that the first message does not wait
 * and a wrong configuration shows in `/sys/status` at once. A platform that is down stops nothing: it is asked again
 * with growing pauses.
 */
@Injectable()
export class TokenWarmer implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly timers = new Set<NodeJS.Timeout>();
  private stopped = false;
  private generation = 0;

  constructor(
    private readonly registry: ProviderRegistry,
    private readonly tokens: AppTokens,
    config: ConfigService,
  ) {
    config.onChange(() => this.warmAll());
  }

  onApplicationBootstrap(): void {
    this.warmAll();
  }

  beforeApplicationShutdown(): void {
    this.stopped = true;
    for (const timer of this.timers) clearTimeout(timer);
    this.timers.clear();
  }

  private warmAll(): void {
    this.generation += 1;
    for (const app of this.registry.apps()) void this.warm(app, this.generation, FIRST_PAUSE_MS);
  }

  private async warm(app: ResolvedApp, generation: number, pause: number): Promise<void> {
    if (this.stopped || generation !== this.generation) return;
    try {
      await this.tokens.get(app);
    } catch (error) {
      // The token's own status and log say what went wrong. Wrong credentials do not become right by asking again.
      if (error instanceof DeliveryError && !kindRule(error.kind).retryable) return;
      const timer = setTimeout(() => {
        this.timers.delete(timer);
        void this.warm(app, generation, Math.min(pause * 2, LONGEST_PAUSE_MS));
      }, pause).unref();
      this.timers.add(timer);
    }
  }
}
