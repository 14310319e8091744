import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { text as readText } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Request, Response } from 'express';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { call, startTestGateway, type TestGateway } from '../support/gateway.js';

/** Larger than what the system keeps for a connection is a few of these. */
const LARGE = Buffer.alloc(1_000_000, 'x');

const request = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: gateway\r\n\r\n`;

describe('requests one behind the other on a connection', () => {
  it('do not keep the process when the caller leaves before the first one is answered', async () => {
    const held: (() => void)[] = [];
    const gateway = await startTestGateway({ mount: (app) => app.use('/held', () => held.push(() => undefined)) });
    const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1');
    await once(socket, 'connect');
    socket.write(request('/held') + request('/ping') + request('/heartbeat'));
    while (held.length === 0) await sleep(5);
    // The other two have arrived by then, and wait for the first.
    await sleep(50);
    socket.destroy();
    await sleep(50);
    const closed = gateway.close().then(() => 'closed');
    expect(await Promise.race([closed, sleep(3_000, 'kept')])).toBe('closed');
  });

  describe('while the first one is not answered', () => {
    let gateway: TestGateway;
    let begun: string[];
    let bodies: string[];
    let held: Response[];
    let socket: Socket;
    let received: string;

    beforeEach(async () => {
      [begun, bodies, held, received] = [[], [], [], ''];
      gateway = await startTestGateway({
        mount: (app) => {
          app.use('/held', (request: Request, response: Response) => {
            begun.push(request.url.slice(1));
            held.push(response);
          });
          app.use('/quick', (request: Request, response: Response) => {
            begun.push(request.url.slice(1));
            response.end(request.url.slice(1));
          });
          app.use('/read', (request: Request, response: Response) => {
            void readText(request).then((body) => response.end(`${bodies.push(body)} read`));
          });
        },
      });
      socket = connect(Number(new URL(gateway.url).port), '127.0.0.1');
      socket.setEncoding('utf8').on('data', (chunk: string) => (received += chunk));
      await once(socket, 'connect');
    });

    afterEach(async () => {
      socket.destroy();
      await gateway.close();
    });

    const heldOnes = (count: number) => vi.waitFor(() => expect(held).toHaveLength(count), 5_000);
    const answersTo = (count: number) =>
      vi.waitFor(() => expect(received.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(count), 5_000);

    it('the others do not begin; then they do, in order, each when the one before it is answered', async () => {
      socket.write(request('/held/1') + request('/quick/2') + request('/held/3') + request('/quick/4'));
      await heldOnes(1);
      await sleep(50);
      expect(begun).toEqual(['1']);
      held[0]?.end('1');
      await heldOnes(2);
      await sleep(50);
      expect(begun).toEqual(['1', '2', '3']);
      held[1]?.end('3');
      await answersTo(4);
      expect(begun).toEqual(['1', '2', '3', '4']);
      expect([...received.matchAll(/\r\n\r\n(?:\d+\r\n)?(\d)/g)].map(([, body]) => body)).toEqual(['1', '2', '3', '4']);
      expect((await call(`${gateway.url}/ping`)).status).toBe(200);
    });

    it('another connection does not wait', async () => {
      socket.write(request('/held/1') + request('/quick/2'));
      await heldOnes(1);
      expect((await call(`${gateway.url}/quick/other`)).text).toBe('other');
      expect(begun).toEqual(['1', 'other']);
    });

    it('they do not begin at all when the caller leaves', async () => {
      socket.write(request('/held/1') + request('/quick/2') + request('/quick/3'));
      await heldOnes(1);
      socket.destroy();
      await sleep(50);
      held[0]?.end();
      await sleep(50);
      expect(begun).toEqual(['1']);
    });

    it('nor when the gateway drains: the first answer closes the connection', async () => {
      socket.write(request('/held/1') + request('/quick/2') + request('/quick/3'));
      await heldOnes(1);
      const closed = gateway.close().then(() => 'closed');
      await sleep(50);
      held[0]?.end('1');
      expect(await Promise.race([closed, sleep(3_000, 'kept')])).toBe('closed');
      expect(begun).toEqual(['1']);
      await vi.waitFor(() => expect(received).toMatch(/connection: close/i));
    });

    it('a large body behind it waits, and is read whole', async () => {
      const body = 'x'.repeat(1_000_000);
      socket.write(request('/held/1'));
      socket.write(`POST /read HTTP/1.1\r\nHost: gateway\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
      socket.write(request('/quick/3'));
      await heldOnes(1);
      await sleep(50);
      held[0]?.end('1');
      await answersTo(3);
      expect(bodies).toEqual([body]);
    });

    it('as many as may wait are all answered', async () => {
      socket.write(request('/held/1') + request('/quick/2').repeat(256));
      await heldOnes(1);
      held[0]?.end('1');
      await answersTo(257);
    });

    it('a connection on which more wait is closed, and none of them begins', async () => {
      // Whether it is told in order or by a reset depends on what was still to be read.
      const closed = new Promise((resolve) => socket.once('close', resolve));
      socket.on('error', () => undefined).write(request('/held/1') + request('/quick/2').repeat(1_000));
      await closed;
      expect(begun.filter((name) => name !== '1')).toEqual([]);
      expect((await call(`${gateway.url}/ping`)).status).toBe(200);
    });
  });

  it('are begun one by one when the caller reads no answer', async () => {
    const gateway = await startTestGateway({
      mount: (app) => app.use('/large', (_request: Request, response: Response) => void response.end(LARGE)),
    });
    const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1').pause();
    try {
      const answers = new Set<Response>();
      gateway.app
        .getHttpServer()
        .prependListener('request', (_request: Request, response: Response) => answers.add(response));
      await once(socket, 'connect');
      socket.write(request('/large').repeat(200));
      await vi.waitFor(() => expect(answers.size).toBe(200), 5_000);
      await sleep(300);
      const inMemory = [...answers].filter((response) => response.writableEnded && !response.writableFinished);
      expect(inMemory).toHaveLength(1);
    } finally {
      socket.destroy();
      await gateway.close();
    }
  });
});
