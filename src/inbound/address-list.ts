import { BlockList, isIP } from 'node:net';

/** A set of addresses and networks; IPv4 written as mapped IPv6 is the same address. */
export class AddressList {
  private readonly list = new BlockList();

  /** @param cidrs `10.0.0.1`, `10.0.0.0/8`, `fe80::1`, `fd00::/8` */
  constructor(cidrs: readonly string[]) {
    for (const cidr of cidrs) {
      const { address, family, prefix } = split(cidr);
      if (prefix === undefined) this.list.addAddress(address, family);
      else this.list.addSubnet(address, prefix, family);
    }
  }

  /** Is the address in the list? What is no address is in no list. */
  has(address: string): boolean {
    const plain = normaliseAddress(address);
    const family = isIP(plain);
    return family !== 0 && this.list.check(plain, family === 4 ? 'ipv4' : 'ipv6');
  }
}

/** One spelling per address: no zone, no brackets, mapped IPv4 as IPv4. */
export function normaliseAddress(address: string): string {
  const bare = address
    .trim()
    .replace(/^\[|\]$/g, '')
    .replace(/%.*$/, '');
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(bare);
  return mapped?.[1] ?? bare;
}

/** Why a text is no address and no network; undefined when it is one. */
export function cidrProblem(text: string): string | undefined {
  const [address = '', prefix, ...more] = text.trim().split('/');
  const family = isIP(address);
  if (family === 0 || more.length > 0) return 'must be an IP address or a network like 10.0.0.0/8';
  if (prefix === undefined) return undefined;
  const most = family === 4 ? 32 : 128;
  // A network of mapped IPv4 addresses is a network of IPv4 addresses: 96 bits say that it is one.
  const least = family === 6 && isIP(normaliseAddress(address)) === 4 ? 96 : 0;
  const valid = /^\d{1,3}$/.test(prefix) && Number(prefix) >= least && Number(prefix) <= most;
  return valid ? undefined : `the prefix must be between ${least} and ${most}`;
}

function split(cidr: string): { address: string; family: 'ipv4' | 'ipv6'; prefix?: number } {
  const [given = '', prefix] = cidr.trim().split('/');
  const address = normaliseAddress(given);
  const family = isIP(address) === 4 ? 'ipv4' : 'ipv6';
  const mapped = family === 'ipv4' && given.includes(':');
  return prefix === undefined ? { address, family } : { address, family, prefix: Number(prefix) - (mapped ? 96 : 0) };
}
