import type { Socket } from 'node:net';

interface Connection {
  readonly number: number;
  busy: boolean;
  idleTimer?: NodeJS.Timeout;
}

/** The TCP connections of a simulator: counted, and closed while idle as a platform's front end does. */
export class Connections {
  private readonly open = new Map<Socket, Connection>();
  private idleMs: number | null = null;
  private count = 0;

  /** How many were accepted in all. */
  get accepted(): number {
    return this.count;
  }

  add(socket: Socket): void {
    this.open.set(socket, { number: ++this.count, busy: false });
    socket.once('close', () => {
      clearTimeout(this.open.get(socket)?.idleTimer);
      this.open.delete(socket);
    });
  }

  numberOf(socket: Socket): number {
    return this.open.get(socket)?.number ?? 0;
  }

  markBusy(socket: Socket): void {
    const connection = this.open.get(socket);
    if (!connection) return;
    connection.busy = true;
    clearTimeout(connection.idleTimer);
  }

  markIdle(socket: Socket): void {
    const connection = this.open.get(socket);
    if (!connection) return;
    connection.busy = false;
    this.watch(socket, connection);
  }

  /** From now on, and for sockets that are idle already. `null` keeps them for ever. */
  setIdleTimeout(ms: number | null): void {
    this.idleMs = ms;
    for (const [socket, connection] of this.open) if (!connection.busy) this.watch(socket, connection);
  }

  closeIdle(): void {
    for (const [socket, connection] of this.open) if (!connection.busy) socket.destroy();
  }

  closeAll(): void {
    for (const socket of this.open.keys()) socket.destroy();
  }

  private watch(socket: Socket, connection: Connection): void {
    clearTimeout(connection.idleTimer);
    if (this.idleMs !== null) connection.idleTimer = setTimeout(() => socket.destroy(), this.idleMs).unref();
  }
}
