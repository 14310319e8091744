import { applyDecorators, Controller, Get } from '@nestjs/common';
import { HealthCheck, HealthCheckService, type HealthCheckResult } from '@nestjs/terminus';
import { RawResponse } from '../envelope/raw-response.js';
import { OpenToAll } from '../inbound/access.guard.js';
import { ApiOperation, ApiResponse, ApiTags } from '../openapi/openapi.decorators.js';
import { LivenessIndicator, ReadinessIndicator } from './indicators.js';

/** A probe with its answers; Terminus' own documentation of them would load Swagger at every start. */
function Probe(id: string, summary: string): MethodDecorator {
  return applyDecorators(
    Get(id),
    HealthCheck({ noCache: true }),
    ApiOperation({ operationId: `health.${id}`, summary }),
    ApiResponse({ status: 200, description: '是。Yes.', schema: resultSchema('ok') }),
    ApiResponse({ status: 503, description: '否，原因见 error。No; error says why.', schema: resultSchema('error') }),
  );
}

function resultSchema(status: 'ok' | 'error'): Record<string, unknown> {
  const indicators = { type: 'object', additionalProperties: { type: 'object', additionalProperties: true } };
  return {
    type: 'object',
    required: ['status', 'info', 'error', 'details'],
    properties: {
      status: { type: 'string', enum: [status] },
      info: indicators,
      error: indicators,
      details: indicators,
    },
  };
}

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

  @Probe('live', '存活探针 · Liveness: the event loop turns')
  live(): Promise<HealthCheckResult> {
    return this.health.check([() => this.liveness.check()]);
  }

  @Probe('ready', '就绪探针 · Readiness: this process can do what its role is for')
  ready(): Promise<HealthCheckResult> {
    return this.health.check([() => this.readiness.check()]);
  }
}
