import type { Socket } from 'node:net';
import { buildConnector, type Connector, type ConnectOptions } from './undici.js';

/** Opens the connections of a pool: HTTP/1.1 only, certificates verified. */
export function connector(options: ConnectOptions): Connector {
  const connect = buildConnector({ ...options, allowH2: false });
  return (target, callback) =>
    connect(target, (...came) => {
      if (came[1]) keepReferenced(came[1]);
      callback(...came);
    });
}

/**
 * undici tells the event loop at the beginning and at the end of each request whether the process may end although the
 * connection is there, which goes through two layers of a TLS socket each time. This process ends when it is told to,
 * and closes its connections then, so it need not be told. Gain: docs/performance.md.
 */
function keepReferenced(socket: Socket): void {
  const same = (): Socket => socket;
  socket.ref = same;
  socket.unref = same;
}
