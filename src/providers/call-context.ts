import { randomUUID } from 'node:crypto';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { requestOf, type GatewayRequest } from '../inbound/gateway-request.js';
import { knownQuery } from '../inbound/known-query.js';
import { traceparentOf } from '../inbound/request-log.js';
import { prefersAsync } from '../idempotency/idempotency.guard.js';
import { NOTHING_ASKED, parseSendOptions, type SendOptions } from './call-options.js';
import { DeliveryError, type Complaint } from './delivery-error.js';
import { ROBOT_PREFIX } from './robot-source.js';

/** Everything an operation needs to know about the request it runs for. */
export interface CallContext {
  readonly requestId: string;
  readonly traceparent: string | undefined;
  /** App chosen by `X-App` or `?app=`; `default` otherwise. On routes of robots `robots/` and the name. */
  readonly app: string;
  readonly principal: GatewayRequest['principal'];
  /** What the caller asks beside sending; only sending routes know any. */
  readonly options: SendOptions;
  /** Id for what the request creates, when an idempotency key is held: a repeat creates the same. */
  readonly deliveryId: string | undefined;
  /** Address of the same request with another `cursor`, relative: the next page of a list. */
  pageAt(cursor: string): string;
  /** For the one log line of the request. */
  readonly facts: GatewayRequest['facts'];
  /** Does such a line follow? A call without an HTTP request has none. */
  readonly hasLine: boolean;
  /** Calls back when the caller leaves before the answer. */
  onLeave(listener: () => void): void;
}

/** A call without an HTTP request: another part of a Nest application uses a service directly. */
export function detachedCall(app: string): CallContext {
  return {
    requestId: randomUUID(),
    traceparent: undefined,
    app,
    principal: undefined,
    options: { dryRun: false },
    deliveryId: undefined,
    pageAt: (cursor) => pageAddress('', {}, cursor),
    facts: {},
    hasLine: false,
    onLeave: () => undefined,
  };
}

const APP_NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;

/** Parameter decorator: the {@link CallContext} of the request. */
export const Call = createParamDecorator((_data: unknown, context: ExecutionContext): CallContext => {
  return callContext(requestOf(context), knownQuery(context));
});

/** @throws DeliveryError kind `invalid-request` for parameters that are unknown or unreadable */
export function callContext(request: GatewayRequest, known: readonly string[]): CallContext {
  const { query } = request;
  const complaints = unknownParameters(Object.keys(query), known);
  const sender = known.includes('robot') ? namedRobot(query.robot) : namedApp(query.app, request.headers['x-app']);
  if (typeof sender !== 'string') complaints.push(sender);
  const sending = known.includes('async');
  const parsed = sending ? parseSendOptions(query, prefersAsync(request), Date.now()) : NOTHING_ASKED;
  complaints.push(...parsed.complaints);
  if (complaints.length > 0) throw DeliveryError.invalid(complaints);
  return new RequestCall(request, typeof sender === 'string' ? sender : '', parsed.options);
}

function unknownParameters(names: readonly string[], known: readonly string[]): Complaint[] {
  if (names.length === 0) return [];
  const possible = known.includes('robot') ? known : ['app', ...known];
  return names
    .filter((name) => !possible.includes(name))
    .map((name) => ({
      path: `query.${name}`,
      message: {
        zh: `不认识的参数；可用: ${possible.join(', ')}`,
        en: `is not a parameter of this route; there are: ${possible.join(', ')}`,
      },
    }));
}

class RequestCall implements CallContext {
  readonly requestId: string;
  readonly traceparent: string | undefined;
  readonly principal: GatewayRequest['principal'];
  readonly deliveryId: string | undefined;
  readonly facts: GatewayRequest['facts'];
  readonly hasLine = true;

  constructor(
    private readonly request: GatewayRequest,
    readonly app: string,
    readonly options: SendOptions,
  ) {
    this.requestId = request.id;
    this.traceparent = traceparentOf(request);
    this.principal = request.principal;
    this.deliveryId = request.idempotency?.id;
    this.facts = request.facts;
  }

  pageAt(cursor: string): string {
    return pageAddress(this.request.path, this.request.query, cursor);
  }

  onLeave(listener: () => void): void {
    this.request.onLeave = listener;
  }
}

function namedApp(parameter: unknown, header: unknown): string | Complaint {
  const named = parameter ?? header ?? 'default';
  if (typeof named === 'string' && APP_NAME.test(named)) return named;
  const path = parameter === undefined ? 'X-App' : 'query.app';
  return { path, message: { zh: '不是应用名称', en: 'is not the name of an app' } };
}

/** Without a name it is {@link ROBOT_PREFIX} alone, which is no robot: the registry then tells which ones there are. */
function namedRobot(parameter: unknown = ''): string | Complaint {
  if (parameter === '') return ROBOT_PREFIX;
  if (typeof parameter === 'string' && APP_NAME.test(parameter)) return ROBOT_PREFIX + parameter;
  return { path: 'query.robot', message: { zh: '不是机器人名称', en: 'is not the name of a robot' } };
}

function pageAddress(path: string, query: Readonly<Record<string, unknown>>, cursor: string): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries({ ...query, cursor })) parameters.set(name, value);
  return `${path}?${parameters.toString()}`;
}
