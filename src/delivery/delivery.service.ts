import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { ConfigService } from '../config/config.service.js';
import { AcceptedAnswer } from '../envelope/answers.js';
import { newDeliveryId } from '../idempotency/idempotency.guard.js';
import type { Logger } from '../logging/logger.js';
import { LOGGER } from '../logging/logging.module.js';
import type { AsyncMessage, AsyncRoad } from '../providers/async-road.js';
import { DeliveryError } from '../providers/delivery-error.js';
import type { Operation, ResolvedApp } from '../providers/provider.contract.js';
import { ProviderCaller } from '../providers/provider-caller.js';
import { ProviderRegistry } from '../providers/provider.registry.js';
import { outlasts } from './delivery-order.js';
import { StoreFullError, StoreUnansweredError, type Accepted, type DeliveryStore } from './delivery-store.js';
import type { DeliveryOrder, PacingWindow } from './delivery.record.js';
import { DELIVERY_STORE, WAKE_QUEUE } from './delivery.tokens.js';
import { OwnWindows } from './memory/own-windows.js';
import { isUncounted, pacingWindows } from './pacing-windows.js';
import { storageFull } from './storage-full.js';
import type { WakeQueue } from './wake-queue.js';

/** Accepts messages for the asynchronous road: 202 means that the record is written. */
@Injectable()
export class DeliveryService implements AsyncRoad, OnModuleInit {
  private readonly own = new OwnWindows();

  constructor(
    @Inject(DELIVERY_STORE) private readonly store: DeliveryStore | undefined,
    @Inject(WAKE_QUEUE) private readonly queue: WakeQueue,
    private readonly caller: ProviderCaller,
    private readonly registry: ProviderRegistry,
    private readonly config: ConfigService,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  onModuleInit(): void {
    this.caller.connect(this);
  }

  async accept(message: AsyncMessage): Promise<AcceptedAnswer> {
    const store = this.requireStore();
    const order = this.order(message);
    message.call.facts.delivery = order.id;
    const record = await write(store, order);
    if (record.state === 'accepted') this.wakeSoon(order.id);
    const statusUrl = `/v1/deliveries/${record.id}`;
    return new AcceptedAnswer({ id: record.id, status: record.state, statusUrl }, statusUrl, message.options.preferred);
  }

  draw(operation: Operation, app: ResolvedApp, input: object, messages = 1): Promise<void> | undefined {
    const windows = this.windows(operation, app, input, messages);
    if (windows.length === 0) return undefined;
    const { limits } = this.config.current;
    const robot = operation.target === 'robot';
    const enforced = (robot ? limits.robots : limits.sync) === 'enforce';
    // Above the window of a robot the platform blocks it, so without a store this process counts for itself.
    const alone = (): void => {
      if (robot && enforced) refuseFull(this.own.draw(windows, Date.now()));
    };
    if (!this.store) return enforced ? Promise.resolve().then(alone) : undefined;
    const drawn = this.store.draw(windows, enforced);
    // Counting must not slow a message down, nor stop it while Redis is away.
    if (!enforced) return void drawn.catch(() => undefined);
    return drawn.then(refuseFull, alone);
  }

  private windows(operation: Operation, app: ResolvedApp, input: object, messages = 1): readonly PacingWindow[] {
    const provider = this.registry.provider(app.provider);
    return pacingWindows(provider, operation, app, operation.recipients?.(input) ?? [], messages);
  }

  private order(message: AsyncMessage): DeliveryOrder {
    const { operation, app, input, request, options, call, batchId } = message;
    const provider = this.registry.provider(app.provider);
    const defaults = this.config.current.delivery;
    refuseTooLate(operation.goodForSeconds?.(input), options.delayMs);
    const id = message.deliveryId ?? call.deliveryId ?? newDeliveryId();
    const repeatable = options.dedupe ? operation.asRepeatable?.(request, id) : undefined;
    const ttlMs = options.ttlMs ?? defaults.ttl;
    // Whoever replays it gives it the configured time to live.
    const longestMs = Math.max(ttlMs, defaults.ttl);
    // A broadcast that may go out twice is worse than one that waits for a person.
    const broadcast = operation.broadcasts?.(input) === true;
    return {
      id,
      provider: provider.id,
      app: app.name,
      operation: operation.id,
      owner: call.principal?.name ?? 'internal',
      requestId: call.requestId,
      traceparent: call.traceparent,
      batchId,
      delayMs: options.delayMs,
      ttlMs,
      onUnknown: options.onUnknown ?? (broadcast ? 'park' : defaults.onUnknown),
      repeatable: repeatable !== undefined && outlasts(repeatable, longestMs, this.registry.timeoutMs(app)),
      mayBeDropped: isUncounted(provider, operation, operation.recipients?.(input)?.length ?? 0),
      // What is recognised for a part of its life only does no harm either.
      request: repeatable?.request ?? request,
      windows: this.windows(operation, app, input),
    };
  }

  private requireStore(): DeliveryStore {
    if (this.store) return this.store;
    throw new DeliveryError('unavailable', {
      reason: 'no-store',
      retryAfter: 60,
      hint: {
        zh: '多个工作进程且没有 Redis：无法异步发送，请配置 REDIS_URL',
        en: 'Several worker processes without Redis cannot deliver asynchronously: configure REDIS_URL',
      },
    });
  }

  /** Not waited for: the record is the truth, and a wake-up that fails changes nothing but how soon a worker comes. */
  private wakeSoon(id: string): void {
    this.queue.wake(id).catch(() => this.logger.debug({ delivery: id }, 'queue away, the sweeper will wake it'));
  }
}

/** @throws DeliveryError kind `unavailable` */
async function write(store: DeliveryStore, order: DeliveryOrder): Promise<Accepted> {
  try {
    return await store.accept(order);
  } catch (error) {
    if (error instanceof StoreFullError) throw storageFull();
    if (!(error instanceof StoreUnansweredError)) throw error;
    throw new DeliveryError('unavailable', {
      reason: 'store-unanswered',
      retryAfter: 2,
      maybeDone: true,
      data: { id: order.id, statusUrl: `/v1/deliveries/${order.id}` },
      hint: {
        zh: '存储没有应答，消息可能已被接受；用同一个 Idempotency-Key 重试不会重复发送',
        en: 'The store did not answer, so the message may have been accepted; a repeat with the same Idempotency-Key is safe',
      },
    });
  }
}

function refuseFull(waitMs: number): void {
  if (waitMs === 0) return;
  throw new DeliveryError('throttled', {
    reason: 'platform-window',
    retryAfter: Math.ceil(waitMs / 1_000),
    hint: {
      zh: '已达平台公布的频率上限，没有发送；稍后重试，或用 async=true 排队发送',
      en: 'The limit that the platform publishes is reached, nothing was sent; try later, or let it wait with async=true',
    },
  });
}

function refuseTooLate(goodForSeconds: number | undefined, delayMs: number): void {
  if (goodForSeconds === undefined || delayMs <= goodForSeconds * 1_000) return;
  const days = goodForSeconds / 86_400;
  throw DeliveryError.invalid([
    {
      path: 'query.sendAt',
      message: { zh: `引用的素材只保存 ${days} 天`, en: `the media it refers to live only ${days} days` },
    },
  ]);
}
