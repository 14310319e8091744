import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { mergeMap, type Observable } from 'rxjs';
import { ConfigService } from '../config/config.service.js';
import type { IdempotencyClaim } from '../idempotency/idempotency-claim.js';
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
    const [request, response] = [http.getRequest<GatewayRequest>(), http.getResponse<GatewayResponse>()];
    return next.handle().pipe(mergeMap(async (data: unknown) => this.answer(data, request, response)));
  }

  /** What is sent for what a handler returned: the interceptor's whole work, without its Observables. */
  answer(data: unknown, request: GatewayRequest, response: GatewayResponse): unknown {
    if (request.rawRoute) return data;
    const envelope = this.wrap(data, request, response);
    return request.idempotency ? kept(envelope, request.idempotency, response) : envelope;
  }

  private wrap(data: unknown, request: GatewayRequest, response: GatewayResponse): Envelope {
    const always200 = alwaysOk(request, this.config);
    if (data instanceof AcceptedAnswer) {
      response.status(always200 ? 200 : 202).headerList.push('Location', data.location);
      if (data.preferred) response.headerList.push('Preference-Applied', 'respond-async');
      return success(data.data);
    }
    if (always200) response.status(200);
    if (!(data instanceof PageAnswer)) return success(data);
    if (data.next !== undefined) response.headerList.push('Link', `<${data.next}>; rel="next"`);
    return success(data.data);
  }
}

/** The answer is kept before it is given: a repeat must find it. */
async function kept(envelope: Envelope, claim: IdempotencyClaim, response: GatewayResponse): Promise<Envelope> {
  await claim.complete({
    status: response.statusCode,
    body: JSON.stringify(envelope),
    headers: keptHeaders(response),
  });
  return envelope;
}

/** Headers of an answer that a repeat gets as well. */
const KEPT_HEADERS: ReadonlySet<string> = new Set(['Location', 'Preference-Applied']);

function keptHeaders({ headerList }: GatewayResponse): Record<string, string> {
  const kept: Record<string, string> = {};
  for (let index = 0; index < headerList.length; index += 2) {
    const [name = '', value = ''] = [headerList[index], headerList[index + 1]];
    if (KEPT_HEADERS.has(name)) kept[name] = value;
  }
  return kept;
}

/** System A's habit: 200 whatever happens. For everybody, or for one caller. */
export function alwaysOk(request: GatewayRequest, config: ConfigService): boolean {
  return (request.principal?.httpStatus ?? config.current.envelope.httpStatus) === 'always-200';
}
