import type { NextFunction } from 'express';
import type { Logger } from '../logging/logger.js';
import { randomUuid } from '../random-ids.js';
import type { GatewayRequest, GatewayResponse } from './gateway-request.js';

/** Ids that callers may choose: printable, no spaces, short. Others are replaced. */
const REQUEST_ID = /^[A-Za-z0-9._:-]{1,128}$/;
const TRACEPARENT = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

/** Probes ask every few seconds: their lines are for debugging. */
const QUIET = new Set(['/health/live', '/health/ready', '/heartbeat', '/ping', '/metrics']);

/** Told about each finished request; metrics listen here. */
export type RequestObserver = (request: GatewayRequest, response: GatewayResponse, seconds: number) => void;

/**
 * Counts answers from the head of their request until they are out, or their caller has left. It must not collect them:
 * a Set that changes with every request keeps finished requests alive until the next large collection, because its
 * outgrown tables refer to the ones after them.
 */
export interface AnswerCounter {
  begin(): void;
  end(): void;
}

/**
 * The one middleware before routing: gives the request its id and writes its one log line when the connection is done
 * with it, which also covers callers that left.
 * @param answers told about every answer that is going to be written, for the end of the process
 */
export function requestLog(logger: Logger, answers: AnswerCounter, observe?: RequestObserver) {
  // One function for all answers, which finds its request by the answer: one that waits keeps none of its own.
  function closed(this: GatewayResponse): void {
    answers.end();
    const request = this.req as GatewayRequest;
    if (!this.writableEnded) request.onLeave?.();
    const milliseconds = performance.now() - request.startedAt;
    observe?.(request, this, milliseconds / 1_000);
    const line = lineOf(request, this, milliseconds);
    if (this.statusCode >= 500) logger.warn(line, 'request');
    else if (QUIET.has(line.route)) logger.debug(line, 'request');
    else logger.info(line, 'request');
  }

  return (request: GatewayRequest, response: GatewayResponse, next: NextFunction): void => {
    const given = request.headers['x-request-id'];
    request.id = typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUuid();
    response.headerList.push('X-Request-Id', request.id, 'X-Content-Type-Options', 'nosniff');
    answers.begin();
    // It comes once, and `once` would make a function for each answer.
    response.on('close', closed);
    next();
  };
}

/** The caller's trace, if it is one (W3C Trace Context); anything else in that header is ignored. */
export function traceparentOf(request: GatewayRequest): string | undefined {
  const { traceparent } = request.headers;
  return typeof traceparent === 'string' && TRACEPARENT.test(traceparent) ? traceparent : undefined;
}

function lineOf(request: GatewayRequest, response: GatewayResponse, milliseconds: number) {
  const route = (request.route as { path?: string } | undefined)?.path ?? 'unmatched';
  const line: { route: string } & Record<string, unknown> = {
    requestId: request.id,
    traceparent: traceparentOf(request),
    method: request.method,
    route,
    status: response.statusCode,
    ms: Math.round(milliseconds * 10) / 10,
    caller: request.principal?.id,
    address: request.clientAddress,
  };
  Object.assign(line, request.facts);
  if (!response.writableFinished) line.aborted = true;
  return line;
}
