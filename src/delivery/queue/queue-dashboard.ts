import { BullAdapter } from '@bull-board/api/bullAdapter';
import { createBullBoard } from '@bull-board/api';
import { ExpressAdapter } from '@bull-board/express';
import { getQueueToken } from '@nestjs/bull';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Queue } from 'bull';
import type { NextFunction } from 'express';
import { AccessService } from '../../inbound/access.service.js';
import type { GatewayRequest, GatewayResponse } from '../../inbound/gateway-request.js';
import { DeliveryError } from '../../providers/delivery-error.js';
import { QUEUE_NAME } from './bull-wake-queue.js';

/** Where the dashboard of the queue stands. */
export const DASHBOARD_PATH = '/admin/queues';

/**
 * Shows Bull's own view of the queue, read-only, to callers with the scope `admin`. It has no login of its own and is
 * no part of Nest's routes, so the caller is found out here, before anything of it runs. The jobs hold ids only.
 */
export function mountQueueDashboard(app: NestExpressApplication): void {
  const serverAdapter = new ExpressAdapter();
  serverAdapter.setBasePath(DASHBOARD_PATH);
  const queue = app.get<Queue>(getQueueToken(QUEUE_NAME), { strict: false });
  createBullBoard({ queues: [new BullAdapter(queue, { readOnlyMode: true })], serverAdapter });
  const access = app.get(AccessService, { strict: false });
  app.use(DASHBOARD_PATH, (request: GatewayRequest, response: GatewayResponse, next: NextFunction) => {
    response.settleHeaders();
    const refusal = refusalOf(access, request);
    if (refusal === undefined) next();
    else
      response
        .status(refusal)
        .type('text/plain')
        .send(refusal === 401 ? 'Authentication failed' : 'Not allowed');
  });
  app.use(DASHBOARD_PATH, serverAdapter.getRouter());
}

/** HTTP status of the refusal; undefined when the caller is an administrator. */
function refusalOf(access: AccessService, request: GatewayRequest): number | undefined {
  try {
    request.clientAddress = access.address(request);
    request.principal = access.identify(request, request.clientAddress);
    return request.principal.has('admin') ? undefined : 403;
  } catch (error) {
    return error instanceof DeliveryError && error.kind === 'unauthenticated' ? 401 : 403;
  }
}
