import { Controller, Get, Header, Req } from '@nestjs/common';
import { ApiPlainErrors } from '../envelope/envelope.decorators.js';
import { RawResponse } from '../envelope/raw-response.js';
import { OpenToAll, RequireScope } from '../inbound/access.guard.js';
import type { GatewayRequest } from '../inbound/gateway-request.js';
import { ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '../openapi/openapi.decorators.js';
import { StatusService, type SystemStatus } from './status.service.js';

/** System A's endpoints about the service itself, answered as A does: without the envelope. */
@ApiTags('System')
@Controller()
@RawResponse()
export class SystemController {
  constructor(private readonly status: StatusService) {}

  @Get('heartbeat')
  @OpenToAll()
  @Header('Content-Type', 'text/plain; charset=utf-8')
  @ApiProduces('text/plain')
  @ApiOperation({ operationId: 'system.heartbeat', summary: '心跳 · Heartbeat: OK' })
  @ApiOkResponse({ schema: { type: 'string', example: 'OK' } })
  heartbeat(): string {
    return 'OK';
  }

  @Get('ping')
  @OpenToAll()
  @Header('Content-Type', 'text/plain; charset=utf-8')
  @ApiProduces('text/plain')
  @ApiOperation({ operationId: 'system.ping', summary: 'Ping: PONG' })
  @ApiOkResponse({ schema: { type: 'string', example: 'PONG' } })
  ping(): string {
    return 'PONG';
  }

  @Get('sys/status')
  @RequireScope('read')
  @ApiOperation({
    operationId: 'system.status',
    summary: '运行状态 · Process, memory, Redis, tokens (age, never value), configuration',
  })
  @ApiOkResponse({ schema: { type: 'object', additionalProperties: true } })
  @ApiPlainErrors('unauthenticated', 'forbidden', 'throttled', 'internal')
  sysStatus(): Promise<SystemStatus> {
    return this.status.snapshot();
  }

  @Get('sys/check')
  @RequireScope('read')
  @Header('Content-Type', 'text/plain; charset=utf-8')
  @ApiProduces('text/plain')
  @ApiOperation({ operationId: 'system.check', summary: '来访地址 · The address of the caller as we see it, or 403' })
  @ApiOkResponse({ schema: { type: 'string', example: '10.0.1.7' } })
  @ApiPlainErrors('unauthenticated', 'forbidden', 'throttled', 'internal')
  sysCheck(@Req() request: GatewayRequest): string {
    return request.clientAddress ?? '';
  }
}
