import type { IncomingMessage } from 'node:http';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AddressList, cidrProblem, normaliseAddress } from '../../src/inbound/address-list.js';
import { clientAddress, isLoopback } from '../../src/inbound/client-address.js';

describe(AddressList.name, () => {
  it.each([
    ['10.0.0.1', '10.0.0.1', true],
    ['10.0.0.1', '10.0.0.2', false],
    ['10.0.0.0/8', '10.255.255.255', true],
    ['10.0.0.0/8', '11.0.0.0', false],
    ['10.0.0.0/31', '10.0.0.1', true],
    ['10.0.0.0/31', '10.0.0.2', false],
    ['10.0.0.7/32', '10.0.0.7', true],
    ['0.0.0.0/0', '8.8.8.8', true],
    ['0.0.0.0/0', '::1', false],
    ['10.0.0.0/8', '::ffff:10.1.2.3', true],
    ['10.0.0.0/8', '::ffff:a01:203', true],
    ['10.0.0.0/8', '0:0:0:0:0:ffff:10.1.2.3', true],
    ['::ffff:10.0.0.0/104', '10.1.2.3', true],
    ['::ffff:10.0.0.0/96', '192.0.2.1', true],
    ['::ffff:10.0.0.1', '10.0.0.1', true],
    ['::1', '::1', true],
    ['::1', '0:0:0:0:0:0:0:1', true],
    ['2001:db8::/32', '2001:db8:ffff::1', true],
    ['2001:db8::/32', '2001:db9::1', false],
    ['fe80::1', 'fe80::1%eth0', true],
    ['fe80::1%lo', 'fe80::1', true],
    ['::/0', '2001:db8::1', true],
    ['10.0.0.1', 'localhost', false],
    ['10.0.0.1', '', false],
    ['0.0.0.0/0', '10.1', false],
    ['0.0.0.0/0', '010.0.0.1', false],
  ])('%s has %s: %s', (cidr, address, has) => {
    expect(new AddressList([cidr]).has(address)).toBe(has);
  });

  it('takes every IPv4 network and has exactly its addresses', () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.ipV4(), fc.integer({ min: 0, max: 32 }), (network, address, prefix) => {
        const size = 2 ** (32 - prefix);
        const within = Math.floor(numberOf(network) / size) === Math.floor(numberOf(address) / size);
        expect(new AddressList([`${network}/${prefix}`]).has(address)).toBe(within);
      }),
    );
  });

  it('can be built from whatever has no problem, and from nothing else', () => {
    const odd = fc.constantFrom('::ffff:10.0.0.0', '::ffff:0a00:0000', '::', '1.2.3', 'fe80::1%eth0', '');
    const address = fc.oneof(fc.ipV4(), fc.ipV6(), odd);
    const prefix = fc.oneof(fc.integer({ min: -1, max: 130 }).map(String), fc.constantFrom('', 'x', '08'));
    fc.assert(
      fc.property(address, fc.option(prefix), (given, bits) => {
        const text = bits === null ? given : `${given}/${bits}`;
        if (cidrProblem(text) === undefined) expect(() => new AddressList([text])).not.toThrow();
      }),
      { numRuns: 1_000 },
    );
  });
});

describe(cidrProblem.name, () => {
  it.each(['10.0.0.1', '10.0.0.0/8', ' 10.0.0.1 ', '::1', 'fd00::/8', '::ffff:10.0.0.0/104', 'fe80::1%eth0'])(
    '%s is an address or a network',
    (text) => {
      expect(cidrProblem(text)).toBeUndefined();
    },
  );

  it.each([
    ['localhost', /address or a network/],
    ['10.0.0', /address or a network/],
    ['10.0.0.0/8/8', /address or a network/],
    ['10.0.0.0/33', /between 0 and 32/],
    ['10.0.0.0/', /between 0 and 32/],
    ['10.0.0.0/-1', /between 0 and 32/],
    ['::/129', /between 0 and 128/],
    ['::ffff:10.0.0.0/8', /between 96 and 128/],
    ['*', /address or a network/],
  ])('%s is told: %s', (text, words) => {
    expect(cidrProblem(text)).toMatch(words);
  });
});

describe(normaliseAddress.name, () => {
  it.each([
    ['::ffff:10.0.0.1', '10.0.0.1'],
    ['::FFFF:10.0.0.1', '10.0.0.1'],
    ['[::1]', '::1'],
    ['fe80::1%eth0', 'fe80::1'],
    [' 10.0.0.1 ', '10.0.0.1'],
  ])('%s is %s', (given, plain) => {
    expect(normaliseAddress(given)).toBe(plain);
  });
});

describe(clientAddress.name, () => {
  const proxies = new AddressList(['10.0.0.0/8', '::1']);
  const from = (peer: string | undefined, forwarded?: string | string[]): IncomingMessage =>
    ({ socket: { remoteAddress: peer }, headers: { 'x-forwarded-for': forwarded } }) as unknown as IncomingMessage;

  it.each([
    ['a peer without the header is itself', '203.0.113.7', undefined, '203.0.113.7'],
    ['a mapped peer is IPv4', '::ffff:203.0.113.7', undefined, '203.0.113.7'],
    ['a proxy without the header is itself', '10.0.0.1', undefined, '10.0.0.1'],
    ['a peer that is gone is nobody', undefined, undefined, undefined],
    ['a stranger with the header cannot be judged', '203.0.113.7', '10.0.0.1', undefined],
    ['loopback with the header cannot be judged', '127.0.0.1', '127.0.0.1', undefined],
    ['a proxy speaks for its client', '10.0.0.1', '203.0.113.7', '203.0.113.7'],
    ['a mapped proxy does too', '::ffff:10.0.0.1', '203.0.113.7', '203.0.113.7'],
    ['what the client forged stands left and is not read', '10.0.0.1', '192.0.2.1, 203.0.113.7', '203.0.113.7'],
    ['several headers are one', '10.0.0.1', ['192.0.2.1', '203.0.113.7, 10.1.1.1'], '203.0.113.7'],
    ['a chain of proxies ends at its first', '10.0.0.1', '10.2.2.2, 10.1.1.1', '10.2.2.2'],
    ['an empty header says nothing', '10.0.0.1', '', undefined],
    ['a hop that is no address ends the reading', '10.0.0.1', 'unknown, 10.1.1.1', undefined],
    ['a port does not matter', '10.0.0.1', '203.0.113.7:443', '203.0.113.7'],
    ['nor with IPv6', '10.0.0.1', '[2001:db8::1]:443', '2001:db8::1'],
  ])('%s', (_promise, peer, forwarded, address) => {
    expect(clientAddress(from(peer, forwarded), proxies)).toBe(address);
  });

  it('whatever stands in the header: an address or nobody', () => {
    fc.assert(
      fc.property(fc.string(), (forwarded) => {
        const address = clientAddress(from('10.0.0.1', forwarded), proxies);
        expect(address === undefined || new AddressList(['0.0.0.0/0', '::/0']).has(address)).toBe(true);
      }),
    );
  });

  it.each([
    ['127.0.0.1', true],
    ['127.255.0.1', true],
    ['::1', true],
    ['10.0.0.1', false],
    ['0.0.0.0', false],
    ['::', false],
    ['1270.0.0.1', false],
  ])('%s is this machine: %s', (address, loopback) => {
    expect(isLoopback(address)).toBe(loopback);
  });
});

function numberOf(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}
