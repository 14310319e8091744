import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { startTestGateway } from '../support/gateway.js';

const request = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: gateway\r\n\r\n`;

describe('requests one behind the other on a connection', () => {
  it('do not keep the process when the caller leaves before the first one is answered', async () => {
    const held: (() => void)[] = [];
    const gateway = await startTestGateway({ mount: (app) => app.use('/held', () => held.push(() => undefined)) });
    const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1');
    await once(socket, 'connect');
    socket.write(request('/held') + request('/ping') + request('/heartbeat'));
    while (held.length === 0) await sleep(5);
    // The other two are answered by then, and wait for the first.
    await sleep(50);
    socket.destroy();
    await sleep(50);
    const closed = gateway.close().then(() => 'closed');
    expect(await Promise.race([closed, sleep(3_000, 'kept')])).toBe('closed');
  });
});
