import { randomUUID } from 'node:crypto';
import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { ConfigService } from '../config/config.service.js';
import { takesForm } from '../inbound/body.guard.js';
import { requestOf, type GatewayRequest } from '../inbound/gateway-request.js';
import { knownQuery } from '../inbound/known-query.js';
import { DeliveryError } from '../providers/delivery-error.js';
import { ProviderRegistry } from '../providers/provider.registry.js';
import { randomBase32 } from '../random-ids.js';
import { fingerprint, formBody, keyName } from './fingerprint.js';
import { IdempotencyClaim, ReplayedAnswer } from './idempotency-claim.js';
import type { ClaimRequest, IdempotencyStore, KeyClaim } from './idempotency-store.js';

/** Injection token of the store. */
export const IDEMPOTENCY_STORE = Symbol('idempotency-store');

/** Printable, no spaces; the length that the field uses. */
const KEY = /^[\x21-\x7e]{1,255}$/;
/** An asynchronous request is answered within two seconds. */
const ASYNC_LEASE_MS = 3_000;
/** What a synchronous one may need beyond its deadline, milliseconds. */
const SLACK_MS = 5_000;

/**
 * `Idempotency-Key`: a repeat of a request is answered with the first answer. The key is claimed before anything is
 * done; whoever claimed it completes it with the answer, or releases it when nothing was done.
 */
@Injectable()
export class IdempotencyGuard implements CanActivate {
  constructor(
    @Inject(IDEMPOTENCY_STORE) private readonly store: IdempotencyStore | undefined,
    private readonly config: ConfigService,
    private readonly registry: ProviderRegistry,
  ) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const request = requestOf(context);
    // A dry run does nothing that could be repeated.
    if (request.query.dryRun === 'true' && knownQuery(context).includes('dryRun')) return true;
    const given = givenKey(request);
    if (given === undefined) return true;
    const store = this.requireStore();
    // The file is part of what makes two requests the same: the key is claimed when it is there.
    if (takesForm(context)) return true;
    const asynchronous = isAsynchronous(request, knownQuery(context));
    // Whose app it is, is not known yet: a key held too long only tells a caller to ask again, one held too briefly that
    // nobody knows what became of a request that still runs.
    const leaseMs = asynchronous ? ASYNC_LEASE_MS : this.registry.longestTimeoutMs + SLACK_MS;
    return this.claim(store, request, { given, body: request.body, leaseMs, asynchronous });
  }

  /**
   * Claims the key of an upload, once its form was read.
   * @throws DeliveryError or ReplayedAnswer when the upload must not run
   */
  async claimForm(request: GatewayRequest): Promise<void> {
    const given = givenKey(request);
    if (given === undefined) return;
    const body = await formBody(request.body, request.file);
    const leaseMs = this.config.current.outbound.uploadTimeoutMs + SLACK_MS;
    await this.claim(this.requireStore(), request, { given, body, leaseMs, asynchronous: false });
  }

  private async claim(store: IdempotencyStore, request: GatewayRequest, wanted: WantedKey): Promise<true> {
    const key = this.name(request, wanted.given);
    const owner = randomUUID();
    const claim = await this.ask(store, request, wanted, { key, owner });
    const held = resolveClaim(claim, wanted.asynchronous);
    const idempotency = new IdempotencyClaim(store, key, owner, held.id, claim.kind === 'abandoned');
    request.idempotency = idempotency;
    if (held.unknown) throw held.unknown;
    return true;
  }

  private async ask(
    store: IdempotencyStore,
    request: GatewayRequest,
    { given, body, leaseMs }: WantedKey,
    held: Pick<ClaimRequest, 'key' | 'owner'>,
  ): Promise<KeyClaim> {
    try {
      return await store.claim({
        ...held,
        fingerprint: fingerprint(
          {
            body,
            query: request.query,
            params: request.params ?? {},
            prefer: header(request.headers.prefer),
          },
          given,
        ),
        leaseMs,
        id: newDeliveryId(),
      });
    } catch {
      throw unavailable({
        zh: 'Redis 不可用，无法检查 Idempotency-Key；没有发送，稍后用同一个键重试',
        en: 'Redis is away, so the Idempotency-Key cannot be checked; nothing was sent, try again with the same key',
      });
    }
  }

  private requireStore(): IdempotencyStore {
    if (this.store) return this.store;
    throw unavailable({
      zh: '多个工作进程且没有 Redis：无法使用 Idempotency-Key，请配置 REDIS_URL',
      en: 'Several worker processes without Redis cannot keep an Idempotency-Key: configure REDIS_URL',
    });
  }

  /** Caller, route and app (or robot) belong to the key: two of them may use the same text. */
  private name(request: GatewayRequest, header: string): string {
    const route = (request.route as { path?: string } | undefined)?.path ?? '';
    const chosen = request.query.robot ?? request.query.app ?? request.headers['x-app'];
    const app = typeof chosen === 'string' ? chosen : 'default';
    const { principal } = request;
    return keyName([principal?.kind ?? '', principal?.id ?? '', route, app, header]);
  }
}

interface WantedKey {
  /** As the caller wrote it. */
  readonly given: string;
  readonly body: unknown;
  /** How long the request may run. */
  readonly leaseMs: number;
  readonly asynchronous: boolean;
}

interface HeldKey {
  readonly id: string;
  /** Answer at once: the first process died without telling what became of its request. */
  readonly unknown?: DeliveryError;
}

/**
 * The key of a request; undefined when it has none, or nobody whose key it could be.
 * @throws DeliveryError kind `invalid-request` when it is no key
 */
function givenKey({ headers, method, principal }: GatewayRequest): string | undefined {
  const key = headers['idempotency-key'];
  if (key === undefined || method !== 'POST' || !principal) return undefined;
  if (typeof key === 'string' && KEY.test(key)) return key;
  throw DeliveryError.invalid([
    {
      path: 'Idempotency-Key',
      message: { zh: '必须是 1 到 255 个可见 ASCII 字符', en: 'must be 1 to 255 printable ASCII characters' },
    },
  ]);
}

/** @throws DeliveryError or ReplayedAnswer when the request must not run */
function resolveClaim(claim: KeyClaim, asynchronous: boolean): HeldKey {
  if (claim.kind === 'new') return { id: claim.id };
  if (claim.kind === 'done') throw new ReplayedAnswer(claim.answer);
  if (claim.kind === 'running') throw new DeliveryError('conflict', { retryAfter: 1, reason: 'key-running' });
  if (claim.kind === 'other-request') throw new DeliveryError('key-reused', { reason: 'key-reused' });
  // Asynchronously the first try either wrote its record under this id or did not: accepting it again is harmless.
  return asynchronous
    ? { id: claim.id }
    : { id: claim.id, unknown: new DeliveryError('outcome-unknown', { reason: 'first-process-died' }) };
}

/** Is the request answered before it is done? Whoever asks for that on a route that cannot is answered at the end. */
function isAsynchronous(request: GatewayRequest, known: readonly string[]): boolean {
  return known.includes('async') && (request.query.async === 'true' || prefersAsync(request));
}

/** Did the caller send `Prefer: respond-async` (RFC 7240)? */
export function prefersAsync(request: GatewayRequest): boolean {
  if (request.headers.prefer === undefined) return false;
  return /(?:^|[,;\s])respond-async(?:$|[,;\s])/i.test(header(request.headers.prefer) ?? '');
}

/** `dlv_` and 26 characters of base32: 130 random bits, never a number. */
export function newDeliveryId(): string {
  return `dlv_${randomBase32(26)}`;
}

function header(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join(', ') : value;
}

function unavailable(hint: { zh: string; en: string }): DeliveryError {
  return new DeliveryError('unavailable', { reason: 'idempotency', retryAfter: 2, hint });
}
