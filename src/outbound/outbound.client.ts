import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { Dispatcher } from 'undici';
import { Turn } from '../turn.js';
import { VERSION } from '../version.js';
import { connector } from './connector.js';
import type { Deadline } from './deadline.js';
import { ExchangeHandler, reasonOf } from './exchange-handler.js';
import { guardedLookup, mayConnectTo, type Egress } from './egress.js';
import type { Exchange, OutboundRequest } from './exchange.js';
import { multipartBody } from './multipart.js';
import { Pool, ProxyAgent, type PoolOptions } from './undici.js';

/**
 * Answers above this size, bytes, are not read (reliability sheet T19). No documented answer comes near it but lists that
 * grow with the company; those say so themselves.
 */
export const MAX_ANSWER_BYTES = 256 * 1024;

/**
 * Connections per origin. A pool must hold as many as the cap on calls in flight allows, or calls would queue inside
 * the pool while the platform is idle; connections are opened on demand and kept.
 */
export const MAX_IN_FLIGHT = 1024;

/** How long an idle connection is kept, milliseconds. Below the 60 s that common balancers allow. */
const KEEP_ALIVE_MS = 55_000;

/** How long opening a connection may take at most, milliseconds; the operation's deadline is usually shorter. */
const CONNECT_MS = 10_000;

const USER_AGENT = `message-center/${VERSION}`;

interface Dispatch {
  readonly request: OutboundRequest;
  readonly handler: ExchangeHandler;
}

/**
 * The only place that opens a connection to a platform. Keeps one pool per origin and proxy, follows no redirect, and
 * tells what became of a request without naming where it went.
 */
@Injectable()
export class OutboundClient implements OnApplicationShutdown {
  private readonly dispatchers = new Map<string, Dispatcher>();
  private closed = false;
  /**
   * Hands requests to undici at the end of a turn of the event loop, because undici lets the loop look at its sockets
   * once more before it writes to a connection that was kept: if the platform has closed it, another one is taken.
   * Within a turn, however many are sent in it, that would only be a look at what is known already, the message could
   * be written into a connection that is closed, and its outcome would be unknown.
   */
  private readonly afterALook = new Turn<Dispatch>(Infinity, (dispatches) => {
    for (const { request, handler } of dispatches) this.dispatch(request, handler);
  });

  /** Sends one request, once. Never throws; a stopped deadline ends it. */
  send(request: OutboundRequest, deadline: Deadline): Promise<Exchange> {
    const handler = new ExchangeHandler(deadline, request.answerBytes ?? MAX_ANSWER_BYTES);
    this.afterALook.add({ request, handler });
    return handler.exchange;
  }

  /** Closes every connection for good; calls in flight are ended. */
  async onApplicationShutdown(): Promise<void> {
    this.closed = true;
    await Promise.all([...this.dispatchers.values()].map((dispatcher) => dispatcher.destroy()));
    this.dispatchers.clear();
  }

  private dispatch(request: OutboundRequest, handler: ExchangeHandler): void {
    try {
      if (this.closed) throw Object.assign(new Error('closed'), { code: 'UND_ERR_CLOSED' });
      const { origin, prefix } = splitBaseUrl(request.baseUrl);
      const { egress = 'any' } = request;
      if (egress !== 'any' && !mayConnectTo(new URL(origin).hostname, egress))
        throw Object.assign(new Error('not allowed'), { code: 'EADDRNOTALLOWED' });
      this.dispatcher(origin, request.proxy, egress).dispatch({ origin, ...options(request, prefix) }, handler);
    } catch (error) {
      handler.onResponseError(undefined, error instanceof Error ? error : new Error(reasonOf(error)));
    }
  }

  private dispatcher(origin: string, proxy: string | undefined, egress: Egress): Dispatcher {
    const key = `${origin} ${proxy ?? ''} ${egress}`;
    let dispatcher = this.dispatchers.get(key);
    if (!dispatcher) {
      dispatcher = proxy ? new ProxyAgent({ uri: proxy, ...POOL }) : new Pool(origin, poolFor(egress));
      this.dispatchers.set(key, dispatcher);
    }
    return dispatcher;
  }
}

const CONNECT = { timeout: CONNECT_MS, keepAlive: true } as const;

/**
 * HTTP/1.1 only: both platforms speak it, and one request per connection keeps slow answers apart. A proxy agent builds
 * its own connector through the tunnel.
 */
const POOL: PoolOptions = {
  connections: MAX_IN_FLIGHT,
  pipelining: 1,
  allowH2: false,
  keepAliveTimeout: KEEP_ALIVE_MS,
  keepAliveMaxTimeout: KEEP_ALIVE_MS,
  // The operation's own deadline covers both; these only stop undici's coarser timers from interfering.
  headersTimeout: 0,
  bodyTimeout: 0,
};

function poolFor(egress: Egress): PoolOptions {
  return egress === 'any'
    ? { ...POOL, connect: connector(CONNECT) }
    : { ...POOL, connections: 16, connect: connector({ ...CONNECT, lookup: guardedLookup(egress) }) };
}

function options(request: OutboundRequest, prefix: string): Omit<Dispatcher.DispatchOptions, 'origin'> {
  const path = prefix + request.path + queryText(request.query);
  const headers: Record<string, string> = { 'user-agent': USER_AGENT, accept: 'application/json', ...request.headers };
  if (request.body === undefined) return { method: request.method, path, headers };
  if (typeof request.body === 'string') {
    headers['content-type'] ??= 'application/json; charset=utf-8';
    return { method: request.method, path, headers, body: request.body };
  }
  const multipart = multipartBody(request.body);
  headers['content-type'] = multipart.contentType;
  headers['content-length'] = String(multipart.contentLength);
  return { method: request.method, path, headers, body: multipart.stream() };
}

/** `?name=value&…`, or nothing. */
function queryText(query: Readonly<Record<string, string>>): string {
  let text = '';
  for (const name of Object.keys(query)) {
    text += `${text === '' ? '?' : '&'}${encodeURIComponent(name)}=${encodeURIComponent(query[name] as string)}`;
  }
  return text;
}

const bases = new Map<string, { origin: string; prefix: string }>();

function splitBaseUrl(baseUrl: string): { origin: string; prefix: string } {
  let split = bases.get(baseUrl);
  if (!split) {
    const url = new URL(baseUrl);
    split = { origin: url.origin, prefix: url.pathname.replace(/\/$/, '') };
    bases.set(baseUrl, split);
  }
  return split;
}
