import type { IncomingMessage, ServerResponse } from 'node:http';
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
 * Begins requests after their arrival, some in each turn of the event loop, in order. Under load hundreds arrive in one
 * turn; if all of them were begun in it, nothing would leave meanwhile, and nobody would look whether a platform has
 * closed a connection. Their bodies have usually come by then, which spares most of the work of reading them. Whoever
 * has left by then has caused nothing. Gain: docs/performance.md.
 */
export function beginInTurns() {
  const waiting: Arrival[] = [];

  const begin = (): void => {
    try {
      // One by one: whoever fails takes nobody with it.
      for (let left = MOST_IN_STEP; left > 0 && waiting.length > 0; left -= 1) start(waiting.shift() as Arrival);
    } finally {
      // Behind what these have asked: it leaves before the next ones begin.
      if (waiting.length > 0) atEndOfTurn(() => atNextEnd(begin));
    }
  };

  return (request: IncomingMessage, response: ServerResponse, next: NextFunction): void => {
    if (waiting.push({ request, response, next }) === 1) atNextEnd(begin);
  };
}
