import { createServer, IncomingMessage, ServerResponse, type RequestListener, type Server } from 'node:http';
import { ExpressAdapter } from '@nestjs/platform-express';
import type { NestApplicationOptions, RequestMethod } from '@nestjs/common';
import type { Request } from 'express';
import { Envelope } from '../envelope/envelope.js';
import type { IdempotencyClaim } from '../idempotency/idempotency-claim.js';
import { leaveTogether } from './departures.js';
import { ExactRoutes, type ErrorMiddleware, type Middleware } from './exact-routes.js';
import type { Principal } from './principal.js';
import type { GatewayAnswerMembers, GatewayMembers, RequestFacts } from './gateway-request.js';

/** Time a client has for the head of a request, milliseconds; half a head and then silence is closed after it. */
const HEADERS_TIMEOUT_MS = 5_000;
/** Time for a whole request, milliseconds; long enough for an upload. JSON bodies have a shorter one, see json-body.ts. */
const REQUEST_TIMEOUT_MS = 60_000;
/** How often half-sent requests are looked for, milliseconds. */
const CHECK_INTERVAL_MS = 1_000;
/** Longer than the 60 s that proxies usually keep idle connections, so that they close first. */
const KEEP_ALIVE_MS = 65_000;
/**
 * How long nothing may move on a connection that carries a request, milliseconds: no byte comes, and none of an answer
 * is taken. Whoever sends requests and reads no answer would otherwise keep a socket, an answer and up to 256 waiting
 * requests for as long as it likes. A platform that is waited for is silence too, so it is never less than the longest
 * deadline of an operation and some time beyond it; two minutes are twice the longest one of the defaults, an upload's.
 */
const STILL_MS = 120_000;
/** What a request may take beside its operation, milliseconds: Redis that is slow before and after it, a busy process. */
const BEYOND_DEADLINE_MS = 30_000;

/** When a connection on which nothing moves is closed. */
export interface Stillness {
  /** However short the deadlines are, milliseconds. */
  readonly least: number;
  /** After the longest deadline, milliseconds. */
  readonly beyond: number;
}

/**
 * Express under Nest, with requests and responses that are born with Express' prototypes.
 *
 * Express 5 calls Object.setPrototypeOf on both objects of every request. On Node 20 and 22 that makes every later
 * property access slow: about half of the CPU time of a whole request. Here the server creates objects whose prototype
 * is already the one that Express wants to set, so the call changes nothing. See docs/decisions/http-adapter.md; the
 * guard is test/e2e/http-adapter.spec.ts.
 */
export class MessageCenterAdapter extends ExpressAdapter {
  /** Once it drains, every answer tells its connection to close; that of a request in flight as well. */
  lifecycle: { readonly draining: boolean } = { draining: false };
  private readonly exact = new ExactRoutes();

  /** @param stillness a test need not wait two minutes */
  constructor(private readonly stillness: Stillness = { least: STILL_MS, beyond: BEYOND_DEADLINE_MS }) {
    super();
  }

  /**
   * Says how long the longest operation may take, milliseconds; again when the configuration changes, and a connection
   * heeds it from its next request on. Node's own timer of a socket does the rest: it begins anew with every byte that
   * comes or is taken, and costs a request nothing of ours.
   */
  outlast(longestDeadline: number): void {
    const { least, beyond } = this.stillness;
    (this.httpServer as Server).timeout = Math.max(least, longestDeadline + beyond);
  }

  override initHttpServer(_options: NestApplicationOptions): void {
    const app = this.getInstance<ExpressApplication & RequestListener>();
    const { AppRequest, AppResponse } = bornClasses(app, this);
    this.httpServer = createServer(
      {
        IncomingMessage: AppRequest,
        ServerResponse: AppResponse,
        headersTimeout: HEADERS_TIMEOUT_MS,
        requestTimeout: REQUEST_TIMEOUT_MS,
        connectionsCheckingInterval: CHECK_INTERVAL_MS,
        keepAliveTimeout: KEEP_ALIVE_MS,
      },
      (request, response) => {
        if (!this.exact.run(request as Request, response)) app(request, response);
      },
    );
  }

  override get(...route: unknown[]): unknown {
    this.exact.add('GET', route);
    return super.get(...(route as Parameters<ExpressAdapter['get']>)) as unknown;
  }

  override post(...route: unknown[]): unknown {
    this.exact.add('POST', route);
    return super.post(...(route as Parameters<ExpressAdapter['post']>)) as unknown;
  }

  override use(...given: unknown[]): unknown {
    this.exact.use(given);
    return super.use(...given) as unknown;
  }

  override createMiddlewareFactory(
    requestMethod: RequestMethod,
  ): ReturnType<ExpressAdapter['createMiddlewareFactory']> {
    const mount = super.createMiddlewareFactory(requestMethod);
    return (path, callback) => {
      this.exact.mount(path);
      return mount(path, callback) as unknown;
    };
  }

  override setNotFoundHandler(...given: Parameters<ExpressAdapter['setNotFoundHandler']>): unknown {
    this.exact.notFound = given[0] as Middleware;
    return super.setNotFoundHandler(...given) as unknown;
  }

  override setErrorHandler(...given: Parameters<ExpressAdapter['setErrorHandler']>): unknown {
    this.exact.failed = given[0] as ErrorMiddleware;
    return super.setErrorHandler(...given) as unknown;
  }

  /**
   * Writes an envelope with one `end()`: head and body leave in one write to the socket, without the look at types,
   * freshness and ETag that Express' `res.json` gives to an answer that may be anything. Whatever is not an envelope
   * goes the framework's way. Measured: docs/performance.md; guarded by test/e2e/http-adapter.spec.ts.
   */
  override reply(response: ServerResponse, body: unknown, statusCode?: number): unknown {
    if (!(body instanceof Envelope)) return super.reply(response, body, statusCode) as unknown;
    if (statusCode !== undefined) response.statusCode = statusCode;
    const text = JSON.stringify(body);
    (response as ServerResponse & GatewayAnswerMembers).headerList.push(
      'Content-Type',
      'application/json; charset=utf-8',
    );
    leaveTogether(response, text);
    return response;
  }
}

/** What Express parses an address without a query to; shared, so it cannot be changed. */
const NO_QUERY: unknown = Object.freeze(Object.create(null));

/** The parts of an Express application that are put into the prototype chain. */
interface ExpressApplication {
  request: object;
  response: object;
}

/**
 * Classes whose prototypes stand before Express' own in the chain and take their place in the application. They must
 * be real classes: other forms of construction are slower than the problem they solve.
 */
function bornClasses(
  app: ExpressApplication,
  adapter: Pick<MessageCenterAdapter, 'lifecycle'>,
): {
  AppRequest: typeof IncomingMessage;
  AppResponse: typeof ServerResponse;
} {
  const expressRequest = app.request;
  class AppRequest extends IncomingMessage implements GatewayMembers {
    // Everything that is added to a request later is declared here, so that all requests keep one hidden class.
    id = '';
    readonly startedAt = performance.now();
    clientAddress: string | undefined = undefined;
    principal: Principal | undefined = undefined;
    facts: RequestFacts = {};
    idempotency: IdempotencyClaim | undefined = undefined;
    onLeave: GatewayMembers['onLeave'] = undefined;
    rawRoute = false;
    res: unknown = undefined;
    next: unknown = undefined;
    body: unknown = undefined;
    params: unknown = undefined;
    baseUrl = '';
    originalUrl = '';
    route: unknown = undefined;
    private ownQuery: unknown = undefined;

    /** Parsed once, where Express parses it at every look; most addresses have none. */
    get query(): unknown {
      return (this.ownQuery ??= this.url?.includes('?') ? Reflect.get(expressRequest, 'query', this) : NO_QUERY);
    }
  }
  class AppResponse extends ServerResponse implements GatewayAnswerMembers {
    headerList: string[] = [];
    private ownLocals: unknown = undefined;

    /** Made for whoever asks: an object without a prototype is dear, and no route of ours needs it. */
    get locals(): unknown {
      return (this.ownLocals ??= Object.create(null));
    }

    set locals(value: unknown) {
      this.ownLocals = value;
    }

    override writeHead(statusCode: number, ...head: unknown[]): this {
      const list = this.headerList;
      if (adapter.lifecycle.draining) list.push('Connection', 'close');
      if (head.length === 0 && this.getHeaderNames().length === 0) return super.writeHead(statusCode, list);
      this.settleHeaders();
      return super.writeHead(statusCode, ...(head as []));
    }

    settleHeaders(): void {
      const list = this.headerList.splice(0);
      for (let index = 0; index < list.length; index += 2) {
        const [name = '', value = ''] = [list[index], list[index + 1]];
        if (!this.hasHeader(name)) this.setHeader(name, value);
      }
    }
  }
  Object.setPrototypeOf(AppRequest.prototype, app.request);
  Object.setPrototypeOf(AppResponse.prototype, app.response);
  app.request = AppRequest.prototype;
  app.response = AppResponse.prototype;
  return { AppRequest, AppResponse: AppResponse as typeof ServerResponse };
}
