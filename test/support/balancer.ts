import { Agent, createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** How often every instance is asked whether it is ready, milliseconds. */
const PROBE_MS = 100;

/** An instance behind the balancer, with connections that are kept. */
interface Upstream {
  readonly url: string;
  readonly agent: Agent;
  ready: boolean;
}

/**
 * A small load balancer: round robin over the instances whose `/health/ready` says 200. It repeats nothing, so every
 * request that an instance drops is seen by its client.
 */
export class Balancer {
  private readonly upstreams: readonly Upstream[];
  private readonly server = createServer((incoming, answer) => this.forward(incoming, answer));
  private timer: NodeJS.Timeout | undefined;
  private turn = 0;

  constructor(urls: readonly string[]) {
    this.upstreams = urls.map((url) => ({ url, agent: new Agent({ keepAlive: true }), ready: false }));
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

  private async probeAll(): Promise<void> {
    await Promise.all(
      this.upstreams.map(async (upstream) => {
        const answer = await fetch(`${upstream.url}/health/ready`, { signal: AbortSignal.timeout(1_000) }).catch(
          () => undefined,
        );
        await answer?.body?.cancel();
        upstream.ready = answer?.status === 200;
      }),
    );
  }

  private forward(incoming: IncomingMessage, answer: ServerResponse): void {
    const ready = this.upstreams.filter((upstream) => upstream.ready);
    const upstream = ready[this.turn++ % ready.length];
    if (!upstream) return void answer.writeHead(503).end('no instance is ready');
    const { method, headers, url = '/' } = incoming;
    const outgoing = request(upstream.url + url, { method, headers, agent: upstream.agent }, (reply) => {
      answer.writeHead(reply.statusCode ?? 502, { 'Content-Type': reply.headers['content-type'] ?? 'text/plain' });
      reply.pipe(answer);
    });
    outgoing.once('error', (error: NodeJS.ErrnoException) => {
      if (answer.headersSent) answer.destroy();
      else answer.writeHead(502).end(`the instance broke off: ${error.code ?? error.message}`);
    });
    incoming.pipe(outgoing);
  }
}
