import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';

/**
 * What becomes of what passes through.
 *
 * - `pass`: everything arrives
 * - `refuse`: new connections are refused, those that are open are cut
 * - `black-hole`: connections stay open, or are accepted, and no byte passes either way
 * - `drop-replies`: requests arrive, answers do not, and the connection stays open
 */
export type ProxyMode = 'pass' | 'refuse' | 'black-hole' | 'drop-replies';

/** A proxy on loopback in front of a port, for everything that goes wrong on a line. */
export class TcpProxy {
  /** Each way, milliseconds. */
  delayMs = 0;
  private current: ProxyMode = 'pass';
  private server: Server | undefined;
  private listenPort = 0;
  private readonly pairs = new Set<readonly [Socket, Socket]>();

  constructor(private readonly target: number) {}

  get port(): number {
    return this.listenPort;
  }

  async start(): Promise<this> {
    await this.listen();
    return this;
  }

  async mode(mode: ProxyMode): Promise<void> {
    const before = this.current;
    this.current = mode;
    if (mode === 'refuse') {
      await this.close();
    } else if (before === 'refuse') {
      await this.listen();
    }
    // A line on which bytes were lost does not heal: whoever used it has to notice and open another.
    if (before !== 'pass' && mode === 'pass') for (const pair of this.pairs) this.lost.add(pair);
  }

  /** Cuts every open connection; new ones are served. */
  cut(): void {
    for (const [client, server] of this.pairs) {
      client.destroy();
      server.destroy();
    }
    this.pairs.clear();
  }

  async close(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    this.cut();
    if (!server) return;
    server.close();
    await once(server, 'close');
  }

  private readonly lost = new WeakSet<readonly [Socket, Socket]>();

  private async listen(): Promise<void> {
    const server = createServer((client) => this.join(client));
    server.listen(this.listenPort, '127.0.0.1');
    await once(server, 'listening');
    this.listenPort = (server.address() as AddressInfo).port;
    this.server = server;
  }

  private join(client: Socket): void {
    const server = connect(this.target, '127.0.0.1');
    const pair = [client, server] as const;
    this.pairs.add(pair);
    for (const socket of pair) {
      socket.setNoDelay(true);
      socket.on('error', () => undefined);
    }
    client.on('data', (bytes) => this.carry(pair, server, bytes, this.current !== 'black-hole'));
    server.on('data', (bytes) => this.carry(pair, client, bytes, this.current === 'pass'));
    const end = (): void => {
      // A black hole does not tell either side that the other has gone.
      if (this.current === 'black-hole') return;
      this.pairs.delete(pair);
      client.destroy();
      server.destroy();
    };
    client.on('close', end);
    server.on('close', end);
  }

  private carry(pair: readonly [Socket, Socket], to: Socket, bytes: Buffer, passes: boolean): void {
    if (!passes || this.lost.has(pair)) return;
    if (this.delayMs === 0) to.write(bytes);
    else setTimeout(() => to.write(bytes), this.delayMs);
  }
}
