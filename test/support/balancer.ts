import { Agent, createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** How often every instance is asked whether it is ready, milliseconds. */
const PROBE_MS = 100;
/** How long it has for an answer, milliseconds. */
const PROBE_TIMEOUT_MS = 1_000;

/** An instance behind the balancer, with connections that are kept. */
interface Upstream {
  readonly url: string;
  readonly agent: Agent;
  ready: boolean;
  /** Questions in a row that got no answer in time. */
  silent: number;
  probing: Promise<void> | undefined;
}

/**
 * A small load balancer: round robin over the instances whose `/health/ready` says 200. It repeats nothing, so every
 * request that an instance drops is seen by its client.
 */
export class Balancer {
  /** What went wrong, counted. */
  readonly failures = new Map<string, number>();
  private readonly upstreams: Upstream[] = [];
  private readonly server = createServer((incoming, answer) => this.forward(incoming, answer));
  private timer: NodeJS.Timeout | undefined;
  private turn = 0;

  constructor(urls: readonly string[]) {
    for (const url of urls) this.add(url);
  }

  /** Takes in another instance; it gets requests once it says that it is ready. */
  add(url: string): void {
    this.upstreams.push({
      url,
      agent: new Agent({ keepAlive: true }),
      ready: false,
      silent: 0,
      probing: undefined,
    });
  }

  /** Listens on a free port; gives back its address. */
  async start(): Promise<string> {
    await this.probeAll();
    this.timer = setInterval(() => void this.probeAll(), PROBE_MS);
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  close(): void {
    clearInterval(this.timer);
    this.server.close();
    this.server.closeAllConnections();
    for (const { agent } of this.upstreams) agent.destroy();
  }

  /** Resolves once an instance gets requests, or gets none any more. */
  async until(url: string, ready: boolean): Promise<void> {
    while (this.upstreams.some((upstream) => upstream.url === url && upstream.ready !== ready)) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** One question at a time to each instance, so that a slow machine does not pile them up. */
  private probeAll(): Promise<void[]> {
    return Promise.all(this.upstreams.map((upstream) => (upstream.probing ??= this.probe(upstream))));
  }

  /** An instance that says no, or refuses, is out at once; one that is only slow to say, at the third time. */
  private async probe(upstream: Upstream): Promise<void> {
    const signal = AbortSignal.timeout(PROBE_TIMEOUT_MS);
    try {
      const answer = await fetch(`${upstream.url}/health/ready`, { signal });
      await answer.body?.cancel();
      upstream.ready = answer.status === 200;
      upstream.silent = 0;
    } catch {
      upstream.silent += 1;
      if (!signal.aborted || upstream.silent >= 3) upstream.ready = false;
    } finally {
      upstream.probing = undefined;
    }
  }

  private forward(incoming: IncomingMessage, answer: ServerResponse): void {
    const ready = this.upstreams.filter((upstream) => upstream.ready);
    const upstream = ready[this.turn++ % ready.length];
    if (!upstream) {
      this.fail('no instance is ready');
      return void answer.writeHead(503).end('no instance is ready');
    }
    const { method, headers, url = '/' } = incoming;
    const outgoing = request(upstream.url + url, { method, headers, agent: upstream.agent }, (reply) => {
      answer.writeHead(reply.statusCode ?? 502, { 'Content-Type': reply.headers['content-type'] ?? 'text/plain' });
      reply.pipe(answer);
    });
    outgoing.once('error', (error: NodeJS.ErrnoException) => {
      this.fail(`${error.code ?? error.message}${outgoing.reusedSocket ? ' on a kept connection' : ''}`);
      if (answer.headersSent) answer.destroy();
      else answer.writeHead(502).end(`the instance broke off: ${error.code ?? error.message}`);
    });
    incoming.pipe(outgoing);
  }

  private fail(what: string): void {
    this.failures.set(what, (this.failures.get(what) ?? 0) + 1);
  }
}
