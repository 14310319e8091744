import { Catch, HttpException, Inject, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { ConfigService } from '../config/config.service.js';
import { ReplayedAnswer } from '../idempotency/idempotency-claim.js';
import type { KeptAnswer } from '../idempotency/idempotency-store.js';
import type { GatewayRequest, GatewayResponse } from '../inbound/gateway-request.js';
import { incompleteBody } from '../inbound/json-body.js';
import type { Logger } from '../logging/logger.js';
import { LOGGER } from '../logging/logging.module.js';
import { Redactor } from '../logging/redactor.js';
import { DeliveryError } from '../providers/delivery-error.js';
import { FILE_TOO_LARGE } from '../providers/received-file.js';
import { failure, languageOf } from './envelope.js';
import { kindRule, type ErrorKind } from './kinds.js';
import { alwaysOk } from './response-envelope.interceptor.js';

/** Kinds for errors that the framework and its libraries throw by HTTP status. */
const KIND_BY_STATUS: Readonly<Record<number, ErrorKind>> = {
  400: 'invalid-request',
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not-found',
  405: 'not-found',
  413: 'too-large',
  415: 'unsupported-media',
  422: 'invalid-request',
  429: 'throttled',
  503: 'unavailable',
};

/** Seconds to wait when a kind calls for Retry-After and nobody knows better. */
const DEFAULT_RETRY_AFTER: Partial<Record<ErrorKind, number>> = {
  unavailable: 1,
  throttled: 1,
  conflict: 1,
  'provider-throttled': 60,
};

/** Turns every error into the failure envelope. What is not an error of ours is a bug: logged whole, answered with an id. */
@Catch()
export class EnvelopeExceptionFilter implements ExceptionFilter {
  constructor(
    @Inject(LOGGER) private readonly logger: Logger,
    private readonly redactor: Redactor,
    private readonly config: ConfigService,
  ) {}

  catch(exception: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<GatewayRequest>();
    const response = http.getResponse<GatewayResponse>();
    if (response.headersSent) {
      response.destroy();
      return;
    }
    if (request.rawRoute && exception instanceof HttpException && typeof exception.getResponse() === 'object') {
      // Terminus reports an unhealthy state this way; probes want it as it is.
      response.status(exception.getStatus()).json(exception.getResponse());
      return;
    }
    if (exception instanceof ReplayedAnswer) {
      replay(exception.answer, response);
      return;
    }
    const error = this.toDeliveryError(exception, request);
    Object.assign(request.facts, {
      kind: error.kind,
      ...(error.details.errcode === undefined ? {} : { errcode: error.details.errcode }),
      ...(error.details.reason === undefined ? {} : { reason: error.details.reason }),
    });
    void this.answer(error, request, response);
  }

  private async answer(error: DeliveryError, request: GatewayRequest, response: GatewayResponse): Promise<void> {
    const rule = kindRule(error.kind);
    const language = languageOf(request.headers['accept-language']);
    const waits = [409, 429, 503].includes(rule.status);
    const retryAfter =
      error.details.retryAfter ?? (waits && !error.details.final ? DEFAULT_RETRY_AFTER[error.kind] : undefined);
    if (retryAfter !== undefined && waits) response.setHeader('Retry-After', String(Math.ceil(retryAfter)));
    if (error.kind === 'unauthenticated') response.setHeader('WWW-Authenticate', 'Bearer');
    const status = alwaysOk(request, this.config) && !request.rawRoute ? 200 : rule.status;
    const envelope = failure(error, {
      hint: error.details.hint ?? rule.hint,
      language,
      requestId: request.id,
      retryAfter,
    });
    const body = this.redactor.redact(request.rawRoute ? envelope.msg : JSON.stringify(envelope));
    await settle(request, error, { status, body, headers: {} });
    response
      .status(status)
      .type(request.rawRoute ? 'text/plain' : 'application/json')
      .send(body);
  }

  private toDeliveryError(exception: unknown, request: GatewayRequest): DeliveryError {
    if (exception instanceof DeliveryError) return exception;
    const status =
      exception instanceof HttpException
        ? exception.getStatus()
        : Number((exception as { status?: unknown } | null)?.status);
    const kind = KIND_BY_STATUS[status];
    if (kind === 'invalid-request') {
      const message = exception instanceof Error ? exception.message : 'not valid';
      return DeliveryError.invalid([{ path: 'body', message: { zh: message, en: message } }]);
    }
    const reason = `http-${status}`;
    // JSON bodies are measured by our own reader: of the framework's errors only those of uploads say 413.
    if (kind === 'too-large') return new DeliveryError(kind, { reason, sentence: FILE_TOO_LARGE });
    if (kind) return new DeliveryError(kind, { reason });
    // Forms are read by a library, which has no status for a sender that left.
    if (request.destroyed && !request.complete) return incompleteBody();
    this.logger.error({ requestId: request.id, err: exception }, 'unexpected error');
    return new DeliveryError('internal', { reason: 'unexpected' });
  }
}

/** Kinds that a repeat gets again: the platform has spoken, or nobody knows. Everything else did nothing. */
const KEPT_KINDS: ReadonlySet<ErrorKind> = new Set(['rejected', 'outcome-unknown']);

/**
 * A held idempotency key is completed with the failure, or released when nothing was done. After a bug of ours nobody
 * knows what was done: the key is left as it is, and a repeat is told so when its lease is over.
 */
async function settle(request: GatewayRequest, { kind, details }: DeliveryError, answer: KeptAnswer): Promise<void> {
  const { idempotency } = request;
  if (!idempotency) return;
  if (KEPT_KINDS.has(kind) || details.partlyDone) await idempotency.complete(answer);
  else if (kind !== 'internal' && !details.maybeDone) await idempotency.release();
}

function replay(answer: KeptAnswer, response: GatewayResponse): void {
  response.setHeader('Idempotency-Replayed', 'true');
  for (const [name, value] of Object.entries(answer.headers)) response.setHeader(name, value);
  response.status(answer.status).type('application/json').send(answer.body);
}
