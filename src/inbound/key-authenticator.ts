import { hash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { Injectable } from '@nestjs/common';
import type { ApiKeyEntry } from '../config/access.settings.js';
import type { Config } from '../config/config.schema.js';
import { ConfigService } from '../config/config.service.js';
import { RateLimiter } from '../limits/rate-limiter.js';
import { DeliveryError } from '../providers/delivery-error.js';
import { AddressList } from './address-list.js';
import { hashApiKey, isApiKey } from './api-key.js';
import { KeyAddresses } from './key-addresses.js';
import { KeyStatusService } from './key-status.service.js';
import { Principal } from './principal.js';

/** Wrong keys per address; the next one is answered 429 (reliability sheet T2). */
const FAILURES = { requests: 10, seconds: 60 } as const;

interface KnownKey {
  readonly entry: ApiKeyEntry;
  readonly principal: Principal;
  readonly addresses: AddressList | undefined;
  /** Epoch milliseconds until which this very secret is good. */
  readonly until: number;
}

/** Finds the caller behind an API key. */
@Injectable()
export class KeyAuthenticator {
  private byHash: ReadonlyMap<string, KnownKey>;
  private pepper: string;
  /** Keys that were presented and found, by their digest; never the key itself. */
  private readonly recognised = new Map<string, KnownKey>();

  constructor(
    config: ConfigService,
    private readonly status: KeyStatusService,
    private readonly addresses: KeyAddresses,
    private readonly limiter: RateLimiter,
  ) {
    this.byHash = index(config.current);
    this.pepper = config.current.access.pepper ?? '';
    config.onChange((next) => {
      this.recognised.clear();
      this.byHash = index(next);
      this.pepper = next.access.pepper ?? '';
    });
  }

  /** Are there any keys at all? */
  get hasKeys(): boolean {
    return this.byHash.size > 0;
  }

  /**
   * The caller behind the key of a request; undefined when it carries none.
   * @throws DeliveryError `unauthenticated`, the same for every reason; `forbidden` from a foreign address
   */
  authenticate(request: IncomingMessage, address: string | undefined): Principal | undefined {
    const presented = presentedKey(request);
    if (presented === undefined) return undefined;
    const known = this.find(presented);
    if (!known) throw this.refusal(address ?? request.socket.remoteAddress ?? '');
    if (known.addresses && (address === undefined || !known.addresses.has(address))) {
      throw new DeliveryError('forbidden', {
        reason: 'key-address',
        hint: { zh: '该密钥不能从这个地址使用', en: 'This key may not be used from this address' },
      });
    }
    this.status.touch(known.entry.id);
    this.addresses.used(known.entry.id, address);
    return known.principal;
  }

  /** The look-up is by a digest of a 256-bit secret: its timing tells nothing that helps to guess one. */
  private find(presented: string): KnownKey | undefined {
    const digest = hash('sha256', presented, 'base64');
    const known = this.recognised.get(digest) ?? this.recognise(presented, digest);
    if (!known || known.entry.revoked || Date.now() >= known.until || this.status.isRevoked(known.entry.id))
      return undefined;
    return known;
  }

  /** The keyed hash is seven times as dear as the plain digest, so keys that were found are remembered by the latter. */
  private recognise(presented: string, digest: string): KnownKey | undefined {
    const known = isApiKey(presented) ? this.byHash.get(hashApiKey(presented, this.pepper)) : undefined;
    if (known) this.recognised.set(digest, known);
    return known;
  }

  private refusal(address: string): DeliveryError {
    const verdict = this.limiter.takeInMemory(`key-failure:${address}`, FAILURES);
    if (verdict.allowed) return new DeliveryError('unauthenticated', { reason: 'key' });
    return new DeliveryError('throttled', { reason: 'key-failures', retryAfter: verdict.resetSeconds });
  }
}

/** A key in `Authorization: Bearer` or `X-API-Key`; two different ones are no key at all. */
function presentedKey(request: IncomingMessage): string | undefined {
  const { authorization } = request.headers;
  const header = request.headers['x-api-key'];
  const bearer = authorization === undefined ? undefined : (/^Bearer +(\S+)$/i.exec(authorization)?.[1] ?? '');
  const plain = Array.isArray(header) ? '' : header;
  if (bearer !== undefined && plain !== undefined && bearer !== plain) return '';
  return bearer ?? plain;
}

function index({ access }: Config): ReadonlyMap<string, KnownKey> {
  const known = new Map<string, KnownKey>();
  for (const entry of access.apiKeys) {
    const principal = new Principal('key', entry.id, new Set(entry.scopes), entry.apps, entry.httpStatus, entry.limit);
    const addresses = entry.allow && new AddressList(entry.allow);
    const expires = entry.expiresAt === undefined ? Infinity : Date.parse(entry.expiresAt);
    known.set(entry.hash, { entry, principal, addresses, until: expires });
    if (entry.previousHash === undefined) continue;
    const previous = entry.previousUntil === undefined ? expires : Math.min(expires, Date.parse(entry.previousUntil));
    known.set(entry.previousHash, { entry, principal, addresses, until: previous });
  }
  return known;
}
