import { Controller, Get, Req } from '@nestjs/common';
import { ApiEnvelope } from '../envelope/envelope.decorators.js';
import { RequireScope } from '../inbound/access.guard.js';
import type { GatewayRequest } from '../inbound/gateway-request.js';
import { ApiOperation, ApiTags } from '../openapi/openapi.decorators.js';
import { ProviderCatalog, type DescribedProvider } from './provider-catalog.js';

/** The providers, described for programs. */
@ApiTags('Providers')
@Controller('v1/providers')
export class ProvidersController {
  constructor(private readonly catalog: ProviderCatalog) {}

  @Get()
  @RequireScope('read')
  @ApiOperation({
    operationId: 'providers.list',
    summary: '平台清单 · Providers with their apps, operations, message types, JSON Schemas and limits',
  })
  @ApiEnvelope({
    description: 'every registered provider',
    data: { type: 'array', items: { type: 'object', additionalProperties: true } },
    errors: ['unauthenticated', 'forbidden', 'throttled', 'internal'],
  })
  list(@Req() request: GatewayRequest): Promise<DescribedProvider[]> {
    return this.catalog.describe(request.principal);
  }
}
