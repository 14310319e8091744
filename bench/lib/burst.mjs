// Many requests at once, each on a connection of its own.
import { request } from 'node:http';

/**
 * Sends all requests in the same instant.
 * @param count how many; @param options url, headers and body of one
 * @returns status (0: no answer) and milliseconds of each
 */
export function burst(count, { url, headers, body }) {
  return Promise.all(Array.from({ length: count }, () => one(url, headers, body)));
}

function one(url, headers, body) {
  const started = performance.now();
  return new Promise((resolve) => {
    const settle = (status) => resolve({ status, milliseconds: performance.now() - started });
    const sent = request(url, { method: 'POST', agent: false, headers: { connection: 'close', ...headers } });
    sent.on('response', (response) => {
      response.resume();
      response.once('end', () => settle(response.statusCode));
      response.once('error', () => settle(0));
    });
    sent.once('error', () => settle(0));
    sent.setTimeout(60_000, () => sent.destroy());
    sent.end(body);
  });
}
