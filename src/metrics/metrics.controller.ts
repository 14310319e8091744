import { Controller, Get, Header } from '@nestjs/common';
import { prometheusContentType } from 'prom-client';
import { ApiPlainErrors } from '../envelope/envelope.decorators.js';
import { RawResponse } from '../envelope/raw-response.js';
import { RequireScope } from '../inbound/access.guard.js';
import { WithoutCallerLimit } from '../inbound/caller-limit.guard.js';
import { ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '../openapi/openapi.decorators.js';
import { ScrapeService } from './scrape.service.js';

/** What Prometheus reads; its own format, no envelope. */
@ApiTags('System')
@Controller('metrics')
@RawResponse()
export class MetricsController {
  constructor(private readonly scrape: ScrapeService) {}

  @Get()
  @RequireScope('metrics')
  @WithoutCallerLimit()
  @Header('Content-Type', prometheusContentType)
  @Header('Cache-Control', 'no-store')
  @ApiProduces('text/plain')
  @ApiOperation({ operationId: 'metrics.read', summary: 'Prometheus 指标 · Metrics of all worker processes' })
  @ApiOkResponse({ schema: { type: 'string', example: 'message_center_workers 1' } })
  @ApiPlainErrors('unauthenticated', 'forbidden', 'throttled', 'internal')
  read(): Promise<string> {
    return this.scrape.text();
  }
}
