import dns from 'node:dns';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { Deadline } from '../../src/outbound/deadline.js';
import { guardedLookup, mayConnect, type Egress } from '../../src/outbound/egress.js';
import type { Exchange } from '../../src/outbound/exchange.js';
import { OutboundClient } from '../../src/outbound/outbound.client.js';

/** Spellings of this machine: numbers in other bases, full-width digits, mapped and embedded addresses, user info. */
const LOOPBACK = [
  '127.0.0.1',
  '127.1',
  '127.0.1',
  '127.255.255.254',
  '2130706433',
  '0x7f000001',
  '0x7f.1',
  '0X7F.0.0.1',
  '017700000001',
  '0177.0.0.1',
  '0177.0x0.0.1',
  '127.0.0.1.',
  '①②⑦.⓪.⓪.①',
  '１２７.０.０.１',
  '127。0。0。1',
  '%31%32%37.0.0.1',
  '127.0.0.1%2e',
  'user@127.0.0.1',
  'platform.example@127.0.0.1',
  'platform.example:443@127.0.0.1',
  '[::1]',
  '[0:0:0:0:0:0:0:1]',
  '[0000::0001]',
  '[::ffff:127.0.0.1]',
  '[::ffff:7f00:1]',
  '[::FFFF:127.1.2.3]',
  '[0:0:0:0:0:ffff:7f00:0001]',
  '[::127.0.0.1]',
  '[64:ff9b::127.0.0.1]',
  '[64:ff9b:1::7f00:1]',
  '[2002:7f00:1::]',
  'localhost',
  'LOCALHOST',
  'ｌｏｃａｌｈｏｓｔ',
];

/** Networks behind the wall. */
const INTERNAL = [
  '10.0.0.1',
  '10.1',
  '0x0a000001',
  '167772161',
  '012.0.0.1',
  '172.16.0.1',
  '172.31.255.255',
  '2886729729',
  '192.168.0.1',
  '192.168.1',
  '0xc0a80001',
  '3232235521',
  '100.64.0.1',
  '192.0.0.1',
  '198.18.0.1',
  '240.0.0.1',
  '255.255.255.255',
  '[fc00::1]',
  '[fd12:3456:789a::1]',
  '[fec0::1]',
  '[::ffff:10.0.0.1]',
  '[::ffff:c0a8:1]',
  '[64:ff9b::a00:1]',
  '[2002:a00:1::]',
];

/** Where no configuration leads: metadata of clouds, this network, everybody. */
const NOWHERE = [
  '0',
  '0.0.0.0',
  '0.1.2.3',
  '169.254.169.254',
  '169.254.0.23',
  '2852039166',
  '0xa9fea9fe',
  '0251.0376.0251.0376',
  '①⑥⑨.②⑤④.①⑥⑨.②⑤④',
  '100.100.100.200',
  '0x646464c8',
  '224.0.0.1',
  '[::]',
  '[fe80::1]',
  '[fd00:ec2::254]',
  '[ff02::1]',
  '[::ffff:169.254.169.254]',
  '[::ffff:a9fe:a9fe]',
  '[::ffff:100.100.100.200]',
  '[64:ff9b::a9fe:a9fe]',
  '[64:ff9b::100.100.100.200]',
  '[2002:a9fe:a9fe::]',
  '[2002:6464:64c8::]',
];

const REFUSED = { outcome: 'not-written', reason: 'EADDRNOTALLOWED' };

describe('where a callback may go', () => {
  let canary: Server;
  let port: number;
  let visits = 0;
  beforeAll(async () => {
    canary = createServer((_request, response) => response.end('{}'));
    canary.on('connection', () => (visits += 1));
    // Without an address it listens on every one of this machine, IPv6 included.
    await new Promise<void>((resolve) => canary.listen(0, resolve));
    ({ port } = canary.address() as AddressInfo);
  });
  afterAll(() => canary.close());

  const send = async (host: string, egress: Egress): Promise<Exchange> => {
    const client = new OutboundClient();
    onTestFinished(() => client.onApplicationShutdown());
    const baseUrl = `http://${host}:${port}`;
    return client.send({ method: 'POST', baseUrl, path: '/', query: {}, headers: {}, egress }, new Deadline(2_000));
  };

  it.each([...LOOPBACK, ...INTERNAL, ...NOWHERE])('not to %s', async (host) => {
    const before = visits;
    expect(await send(host, 'public')).toEqual(REFUSED);
    expect(visits).toBe(before);
  });

  it.each(NOWHERE)('not to %s with allowPrivate either', async (host) => {
    const before = visits;
    expect(await send(host, 'private')).toEqual(REFUSED);
    expect(visits).toBe(before);
  });

  it('to this machine with allowPrivate, so that the canary is known to sing', async () => {
    for (const host of ['127.0.0.1', '2130706433', 'localhost']) {
      const before = visits;
      expect(await send(host, 'private')).toMatchObject({ outcome: 'answered', status: 200 });
      expect(visits).toBe(before + 1);
    }
  });

  it.each(['203.0.114.1', '1.1.1.1', '100.128.0.1', '172.32.0.1', '2606:4700::1111'])('to %s', (address) => {
    expect(mayConnect(address, 'public')).toBe(true);
  });

  it('a name that resolves to this machine is refused in every form of the look-up', async () => {
    for (const options of [{}, { all: true }, { family: 4 }] satisfies dns.LookupOptions[]) {
      const error = await new Promise((resolve) => guardedLookup('public')('localhost', options, resolve));
      expect(error).toMatchObject({ code: 'EADDRNOTALLOWED' });
    }
  });
});
