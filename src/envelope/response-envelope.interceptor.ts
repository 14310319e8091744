import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { map, mergeMap, type Observable } from 'rxjs';
import { ConfigService } from '../config/config.service.js';
import type { GatewayRequest, GatewayResponse } from '../inbound/gateway-request.js';
import { AcceptedAnswer, PageAnswer } from './answers.js';
import { success, type Envelope } from './envelope.js';

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
    const response = http.getResponse<GatewayResponse>();
    const wrapped = next.handle().pipe(map((data) => this.wrap(data, request, response)));
    const { idempotency } = request;
    if (!idempotency) return wrapped;
    // The answer is kept before it is given: a repeat must find it.
    return wrapped.pipe(
      mergeMap(async (envelope) => {
        await idempotency.complete({
          status: response.statusCode,
          body: JSON.stringify(envelope),
          headers: keptHeaders(response),
        });
        return envelope;
      }),
    );
  }

  private wrap(data: unknown, request: GatewayRequest, response: GatewayResponse): Envelope {
    const always200 = alwaysOk(request, this.config);
    if (data instanceof AcceptedAnswer) {
      response.status(always200 ? 200 : 202).setHeader('Location', data.location);
      if (data.preferred) response.setHeader('Preference-Applied', 'respond-async');
      return success(data.data);
    }
    if (always200) response.status(200);
    if (!(data instanceof PageAnswer)) return success(data);
    if (data.next !== undefined) response.setHeader('Link', `<${data.next}>; rel="next"`);
    return success(data.data);
  }
}

/** Headers of an answer that a repeat gets as well. */
export function keptHeaders(response: GatewayResponse): Record<string, string> {
  return Object.fromEntries(
    ['Location', 'Preference-Applied'].flatMap((name) => {
      const value = response.getHeader(name);
      return typeof value === 'string' ? [[name, value]] : [];
    }),
  );
}

/** System A's habit: 200 whatever happens. For everybody, or for one caller. */
export function alwaysOk(request: GatewayRequest, config: ConfigService): boolean {
  return (request.principal?.httpStatus ?? config.current.envelope.httpStatus) === 'always-200';
}
