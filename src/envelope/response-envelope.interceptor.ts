import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { map, type Observable } from 'rxjs';
import { ConfigService } from '../config/config.service.js';
import type { GatewayRequest, GatewayResponse } from '../inbound/gateway-request.js';
import { success } from './envelope.js';

/**
 * Wraps what every handler returns into the fixed response envelope. It always wraps; a route opts out by name with
 * `@RawResponse()`, never by the look of what it returns.
 */
@Injectable()
export class ResponseEnvelopeInterceptor implements NestInterceptor {
  constructor(private readonly config: ConfigService) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const http = context.switchToHttp();
    const request = http.getRequest<GatewayRequest>();
    if (request.rawRoute) return next.handle();
    return next.handle().pipe(
      map((data) => {
        if (alwaysOk(request, this.config)) http.getResponse<GatewayResponse>().status(200);
        return success(data);
      }),
    );
  }
}

/** System A's habit: 200 whatever happens. For everybody, or for one caller. */
export function alwaysOk(request: GatewayRequest, config: ConfigService): boolean {
  return (request.principal?.httpStatus ?? config.current.envelope.httpStatus) === 'always-200';
}
