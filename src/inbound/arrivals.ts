import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { NextFunction } from 'express';
import { atEndOfTurn, atNextEnd, MOST_IN_STEP } from '../turn.js';

interface Arrival {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly next: NextFunction;
}

function start({ request, response, next }: Arrival): void {
  if (!request.destroyed && !response.closed) next();
}

/**
 * So many requests may wait behind others on one connection; with more it is closed. Reading cannot be held back
 * instead: Node reads on after every request that is there as a whole.
 */
const MOST_BEHIND = 256;

/**
 * Begins requests after their arrival, some in each turn of the event loop, in order. Under load hundreds arrive in one
 * turn; if all of them were begun in it, nothing would leave meanwhile, and nobody would look whether a platform has
 * closed a connection. Their bodies have usually come by then, which spares most of the work of reading them. Whoever
 * has left by then has caused nothing. Gain: docs/performance.md.
 *
 * A request that was sent before the one in front of it is answered begins when its own answer can leave: answers that
 * nobody reads would be kept in memory, as many as requests fit into one read.
 */
export function beginInTurns() {
  const waiting: Arrival[] = [];
  const behind = new WeakMap<Socket, number>();

  const begin = (): void => {
    try {
      // One by one: whoever fails takes nobody with it.
      for (let left = MOST_IN_STEP; left > 0 && waiting.length > 0; left -= 1) start(waiting.shift() as Arrival);
    } finally {
      // Behind what these have asked: it leaves before the next ones begin.
      if (waiting.length > 0) atEndOfTurn(() => atNextEnd(begin));
    }
  };

  const arrived = (arrival: Arrival): void => {
    if (waiting.push(arrival) === 1) atNextEnd(begin);
  };

  /** Node gives an answer the socket when the ones before it are out. If the connection breaks, it never does. */
  const waitForSocket = (arrival: Arrival): void => {
    const { socket } = arrival.request;
    const count = (behind.get(socket) ?? 0) + 1;
    behind.set(socket, count);
    if (count > MOST_BEHIND) {
      socket.destroy();
      return;
    }
    arrival.response.once('socket', () => {
      behind.set(socket, (behind.get(socket) ?? 1) - 1);
      arrived(arrival);
    });
  };

  return (request: IncomingMessage, response: ServerResponse, next: NextFunction): void => {
    const arrival = { request, response, next };
    if (response.socket === null) waitForSocket(arrival);
    else arrived(arrival);
  };
}
