import type { ArgumentsHost } from '@nestjs/common';
import type { Request, Response } from 'express';
import type { IdempotencyClaim } from '../idempotency/idempotency-claim.js';
import type { Principal } from './principal.js';

/** What is worth knowing about a request in its one log line, collected while it is handled. */
export interface RequestFacts {
  provider?: string;
  app?: string;
  operation?: string;
  /** What the platform's yes was: everything, or a part. */
  outcome?: 'sent' | 'partial';
  /** The platform's id of what was sent. */
  receipt?: string | undefined;
  /** What the platform remarked beside its yes. */
  warning?: string | undefined;
  /** Time of the last call to the platform, milliseconds. */
  platformMs?: number;
  kind?: string;
  errcode?: number | string;
  reason?: string;
  /** Paths of members that exceed an advised limit. */
  advice?: readonly string[];
  /** Delivery that the request created or concerns. */
  delivery?: string;
}

/** Our members of a request, declared in the HTTP adapter so that every request has the same shape. */
export interface GatewayMembers {
  id: string;
  /** When its head was there, milliseconds of `performance.now()`. */
  readonly startedAt: number;
  /** Address of the caller as we judge it; undefined when it cannot be judged. */
  clientAddress: string | undefined;
  principal: Principal | undefined;
  facts: RequestFacts;
  /** Held while a request with an `Idempotency-Key` runs. */
  idempotency: IdempotencyClaim | undefined;
  /** Called when the caller leaves before the answer. */
  onLeave: (() => void) | undefined;
  /** The route answers without an envelope. */
  rawRoute: boolean;
}

export type GatewayRequest = Request & GatewayMembers;
/** Our members of a response, declared in the HTTP adapter as well. */
export interface GatewayAnswerMembers {
  /**
   * Headers that nobody reads or changes before they are sent: name, value, name, value. They leave as they stand,
   * where `setHeader` keeps a table of them. What is set with `setHeader` under the same name counts.
   */
  headerList: string[];
  /** Sets them as ordinary headers. Needed before an Express application of its own takes over the response. */
  settleHeaders(): void;
}

export type GatewayResponse = Response & GatewayAnswerMembers;

/** The request of a guard or a parameter. `switchToHttp()` makes three functions each time that it is asked. */
export function requestOf(context: ArgumentsHost): GatewayRequest {
  return context.getArgByIndex<GatewayRequest>(0);
}

/** The response, in the same way. */
export function responseOf(context: ArgumentsHost): GatewayResponse {
  return context.getArgByIndex<GatewayResponse>(1);
}
