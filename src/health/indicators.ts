import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { HealthIndicatorService, type HealthIndicatorResult } from '@nestjs/terminus';
import { AuthTokenService } from '../auth-token/auth-token.service.js';
import { ConfigService } from '../config/config.service.js';
import { Lifecycle } from './lifecycle.js';

/** A loop that was blocked for longer than this is not alive, milliseconds (reliability sheet §3.4). */
const DEAD_LOOP_MS = 5_000;

/** Live means that the event loop turns. It asks nobody: a Redis outage must not restart the fleet. */
@Injectable()
export class LivenessIndicator implements OnApplicationShutdown {
  private readonly delay = monitorEventLoopDelay({ resolution: 50 });

  constructor(private readonly indicators: HealthIndicatorService) {
    this.delay.enable();
  }

  check(): HealthIndicatorResult {
    const worstMs = Math.round(this.delay.max / 1e6);
    this.delay.reset();
    const indicator = this.indicators.check('eventLoop');
    return worstMs < DEAD_LOOP_MS ? indicator.up({ worstMs }) : indicator.down({ worstMs });
  }

  onApplicationShutdown(): void {
    this.delay.disable();
  }
}

/**
 * Ready means that this process can do what its role is for. Sending needs no Redis, so a lost Redis only degrades,
 * except where the work comes from it: in the role `worker`. A platform's outage makes nobody unready.
 */
@Injectable()
export class ReadinessIndicator {
  constructor(
    private readonly indicators: HealthIndicatorService,
    private readonly lifecycle: Lifecycle,
    private readonly tokens: AuthTokenService,
    private readonly config: ConfigService,
  ) {}

  check(): HealthIndicatorResult {
    const redis = this.tokens.sharedState;
    const degraded = redis === null || redis === 'ready' ? [] : ['redis'];
    const indicator = this.indicators.check('gateway');
    if (!this.lifecycle.ready)
      return indicator.down({ reason: this.lifecycle.draining ? 'shutting down' : 'starting' });
    if (this.config.current.server.role === 'worker' && degraded.length > 0)
      return indicator.down({ reason: 'Redis is away', degraded });
    return indicator.up({ degraded });
  }
}
