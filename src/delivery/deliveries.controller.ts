import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query, Req, applyDecorators } from '@nestjs/common';
import type { Scope } from '../config/access.settings.js';
import type { PageAnswer } from '../envelope/answers.js';
import { ApiEnvelope } from '../envelope/envelope.decorators.js';
import type { ErrorKind } from '../envelope/kinds.js';
import { ApiIdempotencyKey } from '../idempotency/idempotency.decorators.js';
import { RequireScope } from '../inbound/access.guard.js';
import { JsonBody } from '../inbound/body.guard.js';
import type { GatewayRequest } from '../inbound/gateway-request.js';
import { ApiBody, ApiOperation, ApiTags } from '../openapi/openapi.decorators.js';
import { DeliveryError } from '../providers/delivery-error.js';
import { POST_ERRORS } from '../providers/provider-route.js';
import { DeliveriesService, type ReplayReport } from './deliveries.service.js';
import type { DeliveryView } from './delivery.view.js';
import { DeliveryQueryDto, ReplayDto, ReplayManyDto } from './dto/deliveries.dto.js';

const ONE_APP = { path: 'query.app', message: { zh: '只能有一个', en: 'may be given once' } };

const DELIVERY = { type: 'object', additionalProperties: true, description: 'the delivery with its attempts' } as const;

/** Failures that every route about deliveries can have. */
const COMMON: readonly ErrorKind[] = [
  'invalid-request',
  'unauthenticated',
  'forbidden',
  'not-found',
  'throttled',
  'unavailable',
  'internal',
];

interface DeliveryRouteOptions {
  readonly scope: Scope;
  readonly summary: string;
  readonly data: Record<string, unknown>;
  /** Failures beside the common ones. */
  readonly errors?: readonly ErrorKind[];
}

function DeliveryRoute(id: string, { scope, summary, data, errors = [] }: DeliveryRouteOptions): MethodDecorator {
  return applyDecorators(
    RequireScope(scope),
    ApiOperation({ operationId: `deliveries.${id}`, summary }),
    ApiEnvelope({ data, description: summary, errors: [...COMMON, ...errors] }),
  );
}

/** A route that replays: it takes a JSON body and, as every POST, an `Idempotency-Key`. */
function ReplayRoute(id: string, summary: string, data: Record<string, unknown>): MethodDecorator {
  return applyDecorators(
    HttpCode(200),
    ApiIdempotencyKey(),
    DeliveryRoute(id, { scope: 'replay', summary, data, errors: POST_ERRORS }),
  );
}

/** Asynchronous deliveries: list, read, cancel, replay. */
@ApiTags('Deliveries 异步投递')
@Controller('v1/deliveries')
export class DeliveriesController {
  constructor(private readonly deliveries: DeliveriesService) {}

  @Get()
  @DeliveryRoute('list', {
    scope: 'read',
    summary: '投递列表 · List deliveries, newest first',
    data: { type: 'array', items: DELIVERY },
  })
  list(
    @Query() query: DeliveryQueryDto,
    // Chooses the app on other routes and is therefore left out of what DTOs see.
    @Query('app') app: string | readonly string[] | undefined,
    @Req() request: GatewayRequest,
  ): Promise<PageAnswer> {
    if (app !== undefined && typeof app !== 'string') throw DeliveryError.invalid([ONE_APP]);
    return this.deliveries.list({ ...query, ...(app === undefined ? {} : { app }) }, request.principal);
  }

  @Post('retry')
  @JsonBody()
  @ReplayRoute('retry-many', '按条件重放 · Replay deliveries by filter', {
    type: 'object',
    properties: {
      replayed: { type: 'array', items: { type: 'string' } },
      skipped: { type: 'array', items: { type: 'string' } },
    },
  })
  replayMany(@Body() selection: ReplayManyDto, @Req() request: GatewayRequest): Promise<ReplayReport> {
    return this.deliveries.replayMany(selection, request.principal);
  }

  @Get(':id')
  @DeliveryRoute('get', { scope: 'read', summary: '查询投递 · Read a delivery with its attempts', data: DELIVERY })
  get(@Param('id') id: string, @Req() request: GatewayRequest): Promise<DeliveryView> {
    return this.deliveries.get(id, request.principal);
  }

  @Delete(':id')
  @DeliveryRoute('cancel', {
    scope: 'cancel',
    summary: '取消投递 · Cancel a delivery that waits',
    data: DELIVERY,
    errors: ['conflict'],
  })
  cancel(@Param('id') id: string, @Req() request: GatewayRequest): Promise<DeliveryView> {
    return this.deliveries.cancel(id, request.principal);
  }

  @Post(':id/retry')
  @JsonBody({ optional: true })
  @ApiBody({ type: ReplayDto, required: false })
  @ReplayRoute('retry', '重放投递 · Replay a delivery', DELIVERY)
  retry(@Param('id') id: string, @Body() body: ReplayDto, @Req() request: GatewayRequest): Promise<DeliveryView> {
    return this.deliveries.replay(id, body.force === true, request.principal);
  }
}
