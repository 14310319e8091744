import { Controller, Get } from '@nestjs/common';
import { HealthCheck, HealthCheckService, type HealthCheckResult } from '@nestjs/terminus';
import { RawResponse } from '../envelope/raw-response.js';
import { OpenToAll } from '../inbound/access.guard.js';
import { ApiOperation, ApiTags } from '../openapi/openapi.decorators.js';
import { LivenessIndicator, ReadinessIndicator } from './indicators.js';

/** Probes of Kubernetes and of balancers; Terminus' own format, no envelope. */
@ApiTags('Health')
@Controller('health')
@OpenToAll()
@RawResponse()
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly liveness: LivenessIndicator,
    private readonly readiness: ReadinessIndicator,
  ) {}

  @Get('live')
  @HealthCheck({ noCache: true })
  @ApiOperation({ operationId: 'health.live', summary: '存活探针 · Liveness: the event loop turns' })
  live(): Promise<HealthCheckResult> {
    return this.health.check([() => this.liveness.check()]);
  }

  @Get('ready')
  @HealthCheck({ noCache: true })
  @ApiOperation({
    operationId: 'health.ready',
    summary: '就绪探针 · Readiness: this process can do what its role is for',
  })
  ready(): Promise<HealthCheckResult> {
    return this.health.check([() => this.readiness.check()]);
  }
}
