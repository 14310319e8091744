import { createServer, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Deadline } from '../../src/outbound/deadline.js';
import type { Exchange } from '../../src/outbound/exchange.js';
import { OutboundClient } from '../../src/outbound/outbound.client.js';

describe('a connection to a platform that was kept', () => {
  let server: Server;
  let sut: OutboundClient;
  let connections: number;

  beforeEach(async () => {
    connections = 0;
    server = createServer((request, response) => request.resume().once('end', () => response.end('{}')));
    server.on('connection', () => (connections += 1));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    sut = new OutboundClient();
  });

  afterEach(async () => {
    await sut.onApplicationShutdown();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  async function post(): Promise<Exchange> {
    const { port } = server.address() as AddressInfo;
    const deadline = new Deadline(5_000);
    const request = { method: 'POST', baseUrl: `http://127.0.0.1:${port}`, path: '/', query: {}, headers: {} } as const;
    const exchange = await sut.send({ ...request, body: '{}' }, deadline);
    deadline.finish();
    return exchange;
  }

  it('is used again', async () => {
    for (let n = 0; n < 5; n += 1) expect(await post()).toMatchObject({ outcome: 'answered' });
    expect(connections).toBe(1);
  });

  // Where in its turn the event loop is decides what it has seen: each phase has a case of its own.
  it.each([
    ['as soon as an answer has come', async () => {}],
    ['in the turn after it', () => turn()],
    ['by a timer', () => new Promise((resolve) => setTimeout(resolve, 2))],
  ])('is not written to when the platform closes it in the moment before (%s)', async (_when, pause) => {
    for (let n = 0; n < 20; n += 1) {
      await post();
      await pause();
      server.closeAllConnections();
      expect(await post()).toMatchObject({ outcome: 'answered' });
    }
    expect(connections).toBeGreaterThanOrEqual(21);
  });

  it('nor when many are sent in one turn', async () => {
    const atOnce = Array.from({ length: 100 });
    for (let n = 0; n < 5; n += 1) {
      await Promise.all(atOnce.map(post));
      // Where the event loop reads is where it goes on after this.
      await readFile(import.meta.filename);
      server.closeAllConnections();
      const exchanges = await Promise.all(atOnce.map(post));
      expect(new Set(exchanges.map(({ outcome }) => outcome))).toEqual(new Set(['answered']));
    }
  });

  it('is not opened any more when the process ends', async () => {
    await post();
    await sut.onApplicationShutdown();
    expect(await post()).toEqual({ outcome: 'not-written', reason: 'UND_ERR_CLOSED' });
    expect(connections).toBe(1);
  });

  it('brings an answer in a hundred thousand pieces, without holding up everybody else', async () => {
    const pieces = 100_000;
    server.removeAllListeners('request').on('request', (request, response: ServerResponse) => {
      request.resume();
      response.setHeader('Transfer-Encoding', 'chunked');
      response.flushHeaders();
      // In one write; for an HTTP parser they are pieces all the same.
      response.socket?.write(`${'1\r\nx\r\n'.repeat(pieces)}0\r\n\r\n`);
    });
    expect(await post()).toMatchObject({ outcome: 'answered', text: 'x'.repeat(pieces) });
  });
});
