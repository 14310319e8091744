import { Catch, HttpException, Inject, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { ConfigService } from '../config/config.service.js';
import type { GatewayRequest, GatewayResponse } from '../inbound/gateway-request.js';
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
    const error = this.toDeliveryError(exception, request);
    Object.assign(request.facts, {
      kind: error.kind,
      ...(error.details.errcode === undefined ? {} : { errcode: error.details.errcode }),
      ...(error.details.reason === undefined ? {} : { reason: error.details.reason }),
    });
    this.answer(error, request, response);
  }

  private answer(error: DeliveryError, request: GatewayRequest, response: GatewayResponse): void {
    const rule = kindRule(error.kind);
    const language = languageOf(request.headers['accept-language']);
    const retryAfter = error.details.retryAfter ?? DEFAULT_RETRY_AFTER[error.kind];
    if (retryAfter !== undefined && [429, 503, 409].includes(rule.status))
      response.setHeader('Retry-After', String(Math.ceil(retryAfter)));
    if (error.kind === 'unauthenticated') response.setHeader('WWW-Authenticate', 'Bearer');
    const status = alwaysOk(request, this.config) ? 200 : rule.status;
    const envelope = failure(error, error.details.hint ?? rule.hint, language, request.id);
    response.status(request.rawRoute ? rule.status : status);
    if (request.rawRoute) response.type('text/plain').send(this.redactor.redact(envelope.msg));
    else response.type('application/json').send(this.redactor.redact(JSON.stringify(envelope)));
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
    this.logger.error({ requestId: request.id, err: exception }, 'unexpected error');
    return new DeliveryError('internal', { reason: 'unexpected' });
  }
}
