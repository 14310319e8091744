import type { ServerResponse } from 'node:http';
import { MOST_IN_STEP, Turn } from '../turn.js';

interface Departure {
  readonly response: ServerResponse;
  readonly text: string;
}

const leaving = new Turn<Departure>(MOST_IN_STEP, (departures) => {
  for (const { response, text } of departures) {
    try {
      response.end(text);
    } catch (error) {
      // Its own fault, such as a header that cannot be written; the others are none the worse.
      response.destroy(error as Error);
    }
  }
});

/**
 * Ends an answer with a text, together with others of the same turn of the event loop.
 *
 * A program that waits for an answer sleeps, and waking it costs the writer more than everything else about the write;
 * what is written right after the first one finds it awake. Answers also come in groups, because what the platforms
 * sent meanwhile is read in one go. Gain: docs/performance.md.
 */
export function leaveTogether(response: ServerResponse, text: string): void {
  leaving.add({ response, text });
}
