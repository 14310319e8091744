import { lookup, type LookupAddress, type LookupOptions } from 'node:dns';
import { isIP } from 'node:net';
import { AddressList, normaliseAddress } from '../inbound/address-list.js';

/** Where a request may go: `public` never to private networks, `private` to those as well, `any` unchecked (platforms). */
export type Egress = 'any' | 'private' | 'public';

/**
 * Never, whatever the configuration says: link-local addresses, where clouds keep their metadata, nowhere, and Alibaba
 * Cloud's metadata. https://help.aliyun.com/zh/ecs/user-guide/view-instance-metadata
 */
const NEVER = new AddressList([
  '169.254.0.0/16',
  '100.100.100.200',
  'fe80::/10',
  '0.0.0.0/8',
  '::',
  'fd00:ec2::/32',
  '224.0.0.0/4',
  'ff00::/8',
  // The first two once more, as NAT64 and 6to4 write them.
  '64:ff9b::a9fe:0/112',
  '64:ff9b::6464:64c8',
  '2002:a9fe::/32',
  '2002:6464:64c8::/48',
]);

/** Only with `allowPrivate`. https://www.iana.org/assignments/iana-ipv4-special-registry */
const PRIVATE = new AddressList([
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '240.0.0.0/4',
  '::/96',
  'fc00::/7',
  'fec0::/10',
  '64:ff9b::/96',
  '64:ff9b:1::/48',
  '2002::/16',
]);

/** May a connection be opened to this address? */
export function mayConnect(address: string, egress: Egress): boolean {
  if (egress === 'any') return true;
  const plain = normaliseAddress(address);
  return !NEVER.has(plain) && (egress === 'private' || !PRIVATE.has(plain));
}

/** Is this host, when it is an address itself, one that may be connected to? Names are judged when they are resolved. */
export function mayConnectTo(hostname: string, egress: Egress): boolean {
  const host = hostname.replace(/^\[|\]$/g, '');
  return isIP(host) === 0 || mayConnect(host, egress);
}

type LookupCallback = (error: NodeJS.ErrnoException | null, address: string | LookupAddress[], family?: number) => void;

/**
 * Resolves a name and drops what may not be connected to. The connection then goes to the very address that was judged,
 * so a name that changes its mind between two look-ups gains nothing.
 */
export function guardedLookup(egress: Egress) {
  return (hostname: string, options: LookupOptions, callback: LookupCallback): void => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, []);
      const allowed = addresses.filter(({ address }) => mayConnect(address, egress));
      const [first] = allowed;
      if (!first)
        return callback(Object.assign(new Error('the address is not allowed'), { code: 'EADDRNOTALLOWED' }), []);
      if (options.all) return callback(null, allowed);
      return callback(null, first.address, first.family);
    });
  };
}
