import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import type { Observable } from 'rxjs';
import { requestOf } from '../inbound/gateway-request.js';
import { IdempotencyGuard } from './idempotency.guard.js';

/** Claims the `Idempotency-Key` of an upload. Stands behind the interceptor that reads the form. */
@Injectable()
export class FormClaimInterceptor implements NestInterceptor {
  constructor(private readonly idempotency: IdempotencyGuard) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    await this.idempotency.claimForm(requestOf(context));
    return next.handle();
  }
}
