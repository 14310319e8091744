import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { normaliseAddress, type AddressList } from './address-list.js';

/** More hops than any honest chain has. */
const MAX_HOPS = 32;

/**
 * The address of the caller. `X-Forwarded-For` is believed only from a trusted proxy, and then read from the right,
 * past every further trusted proxy. From any other peer that sends it the request is judged by no address at all:
 * such a peer is either a proxy that nobody configured or somebody who forges.
 * @returns undefined when the request cannot be judged by an address
 */
export function clientAddress(request: IncomingMessage, trustedProxies: AddressList): string | undefined {
  const peer = peerOf(request.socket.remoteAddress ?? '');
  const forwarded = request.headers['x-forwarded-for'];
  if (forwarded === undefined) return peer === '' ? undefined : peer;
  if (!trustedProxies.has(peer)) return undefined;
  const hops = (Array.isArray(forwarded) ? forwarded.join(',') : forwarded).split(',').map(hopAddress);
  if (hops.length > MAX_HOPS) return undefined;
  for (const hop of hops.toReversed()) {
    if (isIP(hop) === 0) return undefined;
    if (!trustedProxies.has(hop)) return hop;
  }
  return hops[0];
}

/** Peers as the sockets name them, and their one spelling; few machines call, each of them often. */
const peers = new Map<string, string>();
const MOST_PEERS = 1_000;

/** The one spelling of a socket's address; empty for what is none. */
function peerOf(remoteAddress: string): string {
  let peer = peers.get(remoteAddress);
  if (peer === undefined) {
    const address = normaliseAddress(remoteAddress);
    peer = isIP(address) === 0 ? '' : address;
    if (peers.size >= MOST_PEERS) peers.clear();
    peers.set(remoteAddress, peer);
  }
  return peer;
}

/** A hop may carry a port: `10.0.0.1:4711`, `[::1]:4711`. */
function hopAddress(hop: string): string {
  const text = hop.trim();
  const bracketed = /^\[([^\]]+)\](?::\d+)?$/.exec(text);
  if (bracketed) return normaliseAddress(bracketed[1] ?? '');
  const withPort = /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(text);
  return normaliseAddress(withPort?.[1] ?? text);
}

/** Addresses of this machine. */
export function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.');
}
