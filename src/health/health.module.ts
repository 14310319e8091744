import { Global, Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { HealthController } from './health.controller.js';
import { LivenessIndicator, ReadinessIndicator } from './indicators.js';
import { Lifecycle } from './lifecycle.js';

/** Liveness, readiness and the life of the process. */
@Global()
@Module({
  imports: [TerminusModule.forRoot({ logger: false })],
  controllers: [HealthController],
  providers: [Lifecycle, LivenessIndicator, ReadinessIndicator],
  exports: [Lifecycle],
})
export class HealthModule {}
