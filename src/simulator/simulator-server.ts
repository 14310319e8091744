import { createHash } from 'node:crypto';
import { once, setMaxListeners } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { deliver, silenceOf, spoil, standInFor } from './answer-delivery.js';
import { Connections } from './connections.js';
import { Faults, type Fault } from './faults.js';
import { Ledger, RECORDED_TEXT, type CallRecord, type PartRecord } from './ledger.js';
import { Router, type Handler } from './router.js';
import { SimulatedCall, type Answer, type CallHead } from './simulated-call.js';
import type { Simulator } from './simulator.contract.js';

export interface SimulatorServerOptions {
  /** Milliseconds since 1970; tests pass their own to let tokens age without waiting. Default `Date.now`. */
  readonly clock?: () => number;
  /** How many calls and messages the ledger remembers. Default 10,000. */
  readonly ledgerLimit?: number;
}

const MAX_BODY_BYTES = 64 * 1024 * 1024;

/**
 * The half of a simulator that all platforms share: listening, reading, routing, faults, and the ledger of calls.
 * A platform adds its routes in the constructor and says what it answers to paths and methods it does not know.
 */
export abstract class SimulatorServer implements Simulator {
  abstract readonly provider: string;
  readonly ledger: Ledger;
  readonly faults = new Faults();
  protected readonly clock: () => number;
  private readonly router = new Router();
  private readonly sockets = new Connections();
  private server: Server | undefined;
  private closing = new AbortController();
  private tokenCalls = 0;

  constructor(options: SimulatorServerOptions = {}) {
    this.clock = options.clock ?? Date.now;
    this.ledger = new Ledger({ limit: options.ledgerLimit, clock: this.clock });
  }

  abstract gatewayConfig(): Record<string, unknown>;
  abstract revokeTokens(): void;
  abstract rejectCredentials(reject: boolean): void;
  abstract throttle(on: boolean): void;

  /** Token endpoints are counted by {@link tokenRequests} and spared by faults that name no path. */
  protected abstract isTokenEndpoint(path: string): boolean;
  /** No route has this path, or none with this method; `allowed` lists the methods that exist. */
  protected abstract unknownRoute(call: SimulatedCall, allowed: readonly string[]): Answer;

  /** Says something before any route is looked up, for what concerns every path (a banned address). */
  protected beforeRouting(_call: SimulatedCall): Answer | undefined {
    return undefined;
  }

  protected route(method: string, path: string, handler: Handler): void {
    this.router.add(method, path, handler);
  }

  get url(): string {
    const address = this.server?.address();
    if (!address || typeof address === 'string') {
      throw new Error(`The ${this.provider} simulator is not started: call start() first.`);
    }
    return `http://127.0.0.1:${address.port}`;
  }

  /** How many TCP connections were accepted in all. */
  get connections(): number {
    return this.sockets.accepted;
  }

  tokenRequests(): number {
    return this.tokenCalls;
  }

  async start(port = 0): Promise<this> {
    if (this.server) throw new Error(`The ${this.provider} simulator is already started.`);
    this.closing = new AbortController();
    // Any number of calls may wait for it.
    setMaxListeners(0, this.closing.signal);
    // Without a keepAliveTimeout Node sends no Keep-Alive hint; idle sockets are closed by Connections alone.
    const server = createServer({ keepAliveTimeout: 0, requestTimeout: 0, headersTimeout: 0 }, (request, response) => {
      this.receive(request, response).catch((error: unknown) => this.giveUp(response, error));
    });
    server.on('connection', (socket) => this.sockets.add(socket));
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    this.server = server;
    return this;
  }

  async close(): Promise<void> {
    const server = this.server;
    if (!server) return;
    this.server = undefined;
    const closed = once(server, 'close');
    server.close();
    this.closing.abort();
    this.sockets.closeAll();
    await closed;
  }

  /** Closes the kept-alive sockets that carry no call at this moment. */
  closeIdleConnections(): void {
    this.sockets.closeIdle();
  }

  /** Closes kept-alive sockets after so many idle milliseconds, without announcing it; `null` keeps them for ever. */
  idleTimeout(ms: number | null): void {
    this.sockets.setIdleTimeout(ms);
  }

  private async receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { socket } = request;
    this.sockets.markBusy(socket);
    response.once('finish', () => this.sockets.markIdle(socket));

    const head = headOf(request, this.sockets.numberOf(socket));
    const isTokenEndpoint = this.isTokenEndpoint(head.path);
    if (isTokenEndpoint) this.tokenCalls += 1;
    const fault = this.faults.take(head.path, isTokenEndpoint);
    if (fault?.kind === 'cut-before-read') {
      this.record(new SimulatedCall(head, Buffer.alloc(0)), fault).outcome = 'cut';
      socket.destroy();
      return;
    }

    const body = await readBody(request);
    if (!body) {
      response.writeHead(413, { connection: 'close' }).end();
      return;
    }
    const call = new SimulatedCall(head, body);
    const record = this.record(call, fault);
    if (fault?.kind === 'delay') await sleep(fault.ms, undefined, { signal: this.closing.signal });
    await this.respond(call, record, response, fault);
  }

  private async respond(
    call: SimulatedCall,
    record: CallRecord,
    response: ServerResponse,
    fault: Fault | undefined,
  ): Promise<void> {
    if (fault?.kind === 'hang') {
      record.outcome = 'hung';
      return;
    }
    const answer = spoil((fault && standInFor(fault)) ?? (await this.process(call)), fault);
    const silence = silenceOf(fault);
    record.outcome = silence ?? (fault?.kind === 'truncated' ? 'cut' : 'answered');
    if (silence === 'cut') response.destroy();
    if (silence) return;
    record.status = answer.status;
    record.answer = answer.body.slice(0, RECORDED_TEXT);
    await deliver(response, answer, fault, this.closing.signal);
  }

  private async process(call: SimulatedCall): Promise<Answer> {
    const early = this.beforeRouting(call);
    if (early) return early;
    const match = this.router.match(call.method, call.path);
    if (!match.found) return this.unknownRoute(call, match.allowed);
    call.params = match.params;
    return match.handler(call);
  }

  private record(call: SimulatedCall, fault: Fault | undefined): CallRecord {
    const parts = call.mediaType === 'multipart/form-data' ? partsOf(call) : undefined;
    return this.ledger.recordCall({
      connection: call.connection,
      method: call.method,
      path: call.path,
      query: Object.fromEntries(call.query),
      headers: { ...call.headers },
      body: parts ? '' : call.text(),
      bodyBytes: call.body.length,
      ...(parts && { parts }),
      ...(fault && { fault: fault.kind }),
    });
  }

  /** A caller that left is everyday life; anything else is a mistake in the simulator and must be seen. */
  private giveUp(response: ServerResponse, error: unknown): void {
    if (response.destroyed || response.headersSent || this.closing.signal.aborted) {
      response.destroy();
      return;
    }
    const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
    response.writeHead(500, { 'content-type': 'text/plain' }).end(`The ${this.provider} simulator failed: ${reason}`);
  }
}

function headOf(request: IncomingMessage, connection: number): CallHead {
  const target = request.url ?? '/';
  const question = target.indexOf('?');
  return {
    method: request.method ?? 'GET',
    path: question < 0 ? target : target.slice(0, question),
    query: new URLSearchParams(question < 0 ? '' : target.slice(question + 1)),
    headers: request.headers,
    remoteAddress: request.socket.remoteAddress ?? '',
    connection,
  };
}

/** The whole body, or undefined if it is larger than any platform takes. */
async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Measures of the parts, or nothing if the form cannot be read, in which case its text is recorded instead. */
function partsOf(call: SimulatedCall): PartRecord[] | undefined {
  try {
    return call.multipart().map(({ name, filename, contentType, data }) => ({
      name,
      ...(filename !== undefined && { filename }),
      ...(contentType !== undefined && { contentType }),
      bytes: data.length,
      sha256: createHash('sha256').update(data).digest('hex'),
    }));
  } catch {
    return undefined;
  }
}
