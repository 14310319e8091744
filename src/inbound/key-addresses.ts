import { Inject, Injectable, Optional } from '@nestjs/common';
import type { Redis } from 'ioredis';
import type { Logger } from '../logging/logger.js';
import { LOGGER } from '../logging/logging.module.js';
import { RedisService } from '../redis/redis.service.js';
import { keyAddresses } from './key-status.keys.js';
import { KEY_OBSERVER, type KeyObserver } from './key-observer.js';

/** Addresses remembered of one key; the one unused longest is forgotten beyond it. */
const MOST = 200;
/** An address that was not used for so long is new again, milliseconds. */
const KEEP_MS = 90 * 86_400_000;
/** The use of a known address is written at most this often, milliseconds. */
const TOUCH_MS = 3_600_000;

/**
 * From where each API key is used: a key that turns up somewhere new may be stolen (reliability sheet T1). The first
 * address of a key is taken as it comes. In Redis where there is one, so that all processes know the same addresses and
 * one of them speaks up; otherwise in the memory of the process, which begins anew with it.
 */
@Injectable()
export class KeyAddresses {
  /** By key: its addresses with the moment at which each was last written. */
  private readonly known = new Map<string, Map<string, number>>();

  constructor(
    private readonly redis: RedisService,
    @Inject(LOGGER) private readonly logger: Logger,
    @Optional() @Inject(KEY_OBSERVER) private readonly observer?: KeyObserver,
  ) {}

  /** A valid key was used. Returns at once; what there is to say is said later. */
  used(key: string, address: string | undefined): void {
    if (address === undefined) return;
    const place = placeOf(address);
    const now = Date.now();
    const places = this.known.get(key) ?? new Map<string, number>();
    const last = places.get(place);
    if (last !== undefined && now - last < TOUCH_MS) return;
    const isNew = last === undefined && places.size > 0;
    this.known.set(key, places);
    places.delete(place);
    places.set(place, now);
    if (places.size > MOST) places.delete(places.keys().next().value as string);
    const { client } = this.redis;
    if (client) void this.remember(client, key, place, now).catch(() => this.tell(key, place, isNew));
    else this.tell(key, place, isNew);
  }

  private async remember(client: Redis, key: string, place: string, now: number): Promise<void> {
    const name = keyAddresses(key);
    const replies = await client
      .multi()
      .zremrangebyscore(name, '-inf', now - KEEP_MS)
      .zadd(name, now, place)
      .zcard(name)
      .zremrangebyrank(name, 0, -MOST - 1)
      .pexpire(name, KEEP_MS)
      .exec();
    const [, added, count] = replies?.map(([, reply]) => Number(reply)) ?? [];
    this.tell(key, place, added === 1 && (count ?? 0) > 1);
  }

  private tell(key: string, place: string, isNew: boolean): void {
    if (!isNew) return;
    this.observer?.newAddress(key);
    this.logger.warn(
      { caller: key, address: place },
      'an API key is used from a new address: if nobody moved, revoke it (message-center keys revoke)',
    );
  }
}

/** An IPv4 address; of IPv6 the network of 64 bits, in which a machine changes its address every day. */
function placeOf(address: string): string {
  if (!address.includes(':')) return address;
  const [head = '', tail = ''] = address.toLowerCase().split('::');
  const groups = (text: string): string[] => (text === '' ? [] : text.split(':'));
  const left = groups(head);
  const missing = address.includes('::') ? 8 - left.length - groups(tail).length : 0;
  const all = [...left, ...Array.from({ length: missing }, () => '0'), ...groups(tail)];
  return `${all
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':')}::/64`;
}
