import { Injectable } from '@nestjs/common';
import type { IncomingMessage } from 'node:http';
import { ConfigService } from '../config/config.service.js';
import { isComment, type AllowEntry } from '../config/access.settings.js';
import type { Config } from '../config/config.schema.js';
import { DeliveryError } from '../providers/delivery-error.js';
import { AddressList } from './address-list.js';
import { clientAddress, isLoopback } from './client-address.js';
import { KeyAuthenticator } from './key-authenticator.js';
import { ADDRESS_SCOPES, LOOPBACK_SCOPES, Principal } from './principal.js';

interface ListedAddress {
  readonly addresses: AddressList;
  readonly principal: Principal;
}

interface AccessRules {
  readonly trustedProxies: AddressList;
  readonly allow: readonly ListedAddress[];
}

/** Decides who calls, by the configuration in force. An address or a key suffices; a wrong key is never excused. */
@Injectable()
export class AccessService {
  private rules: AccessRules;

  constructor(
    config: ConfigService,
    private readonly keys: KeyAuthenticator,
  ) {
    this.rules = compile(config.current);
    config.onChange((next) => (this.rules = compile(next)));
  }

  /** The address of the caller as we see it; undefined when it cannot be judged. */
  address(request: IncomingMessage): string | undefined {
    return clientAddress(request, this.rules.trustedProxies);
  }

  /**
   * Who calls.
   * @throws DeliveryError kind `unauthenticated`, or `forbidden` with system A's sentence
   */
  identify(request: IncomingMessage, address: string | undefined): Principal {
    const byKey = this.keys.authenticate(request, address);
    if (byKey) return byKey;
    refuseCrossSite(request);
    return this.byAddress(request, address);
  }

  private byAddress(request: IncomingMessage, address: string | undefined): Principal {
    if (address !== undefined) {
      const entry = this.rules.allow.find((candidate) => candidate.addresses.has(address));
      if (entry) return entry.principal;
      if (this.rules.allow.length === 0 && !this.keys.hasKeys && isLoopback(address)) return LOOPBACK;
    }
    const seen = address ?? request.socket.remoteAddress ?? '?';
    throw new DeliveryError('forbidden', {
      sentence: { zh: `非法来访: ${seen}`, en: `Address not allowed: ${seen}` },
      reason: address === undefined ? 'address-not-judged' : 'address-not-listed',
      ...(address === undefined && {
        hint: {
          zh: '请求带有 X-Forwarded-For，但来源不是受信代理：请把代理地址加入 server.trustProxy，或去掉该请求头',
          en: 'The request carries X-Forwarded-For but does not come from a trusted proxy: add the proxy to server.trustProxy or drop the header',
        },
      }),
    });
  }
}

/**
 * A page of another site can make a browser on an allowed address send requests; the address then proves nothing.
 * Browsers say where a request comes from, programs say nothing.
 */
function refuseCrossSite(request: IncomingMessage): void {
  const site = request.headers['sec-fetch-site'];
  const { origin, host } = request.headers;
  const foreignSite = site !== undefined && site !== 'same-origin' && site !== 'none';
  const foreignOrigin = origin !== undefined && (!URL.canParse(origin) || new URL(origin).host !== host);
  if (!foreignSite && !foreignOrigin) return;
  throw new DeliveryError('forbidden', {
    reason: 'cross-site',
    hint: { zh: '来自其他网站页面的请求需要 API 密钥', en: 'A request from a page of another site needs an API key' },
  });
}

const LOOPBACK = new Principal('loopback', 'loopback', LOOPBACK_SCOPES);

function compile(config: Config): AccessRules {
  return {
    trustedProxies: new AddressList(config.server.trustProxy),
    allow: config.access.allow.flatMap((entry) => {
      if (isComment(entry)) return [];
      return [listed(typeof entry === 'string' ? { cidr: entry } : entry)];
    }),
  };
}

function listed(entry: AllowEntry): ListedAddress {
  const scopes = entry.scopes ? new Set(entry.scopes) : ADDRESS_SCOPES;
  return {
    addresses: new AddressList([entry.cidr]),
    principal: new Principal('address', entry.cidr, scopes, entry.apps, entry.httpStatus, entry.limit),
  };
}
