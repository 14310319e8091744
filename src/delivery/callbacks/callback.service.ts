import { Inject, Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import type { CallbackTarget } from '../../config/callback.settings.js';
import { ConfigService } from '../../config/config.service.js';
import type { Logger } from '../../logging/logger.js';
import { LOGGER } from '../../logging/logging.module.js';
import { Deadline } from '../../outbound/deadline.js';
import { OutboundClient } from '../../outbound/outbound.client.js';
import type { CallbackOutbox, PendingCallback } from './callback-outbox.js';
import { nameOf } from './subscriptions.js';
import { signWebhook } from './webhook-signature.js';

/** Injection token of the outbox. */
export const CALLBACK_OUTBOX = Symbol('callback-outbox');

/** Pauses between tries, milliseconds: a receiver that is away for a night still hears in the morning. */
const PAUSES_MS = [5_000, 30_000, 120_000, 600_000, 1_800_000, 3_600_000, 10_800_000, 21_600_000];
/** A receiver has so long to answer, milliseconds (Standard Webhooks advises 15 to 30 s). */
const TIMEOUT_MS = 15_000;
const LOOK_MS = 500;
/** The same where no receiver is configured: only what an earlier configuration left behind can be there. */
const IDLE_LOOK_MS = 60_000;
const BATCH = 20;
/** Events that one process tells at once, and of them to one receiver: one that hangs takes no place from the others. */
const AT_ONCE = 200;
const AT_ONCE_OF_ONE = 20;
/** What finds its receiver busy comes again after this long, or after that if the receiver hangs, milliseconds. */
const BUSY_MS = 1_000;
const HANGING_MS = 30_000;
/** What has found its receiver busy for this long is given up, as after the last try: the outbox must not fill Redis. */
const BUSY_FOR_MS = PAUSES_MS.reduce((sum, pause) => sum + pause, 0);
/** A receiver that has not answered for this long hangs, milliseconds. */
const SLOW_MS = 2_000;

interface Telling {
  readonly target: string;
  readonly since: number;
}

/** Tells the configured receivers how deliveries ended, signed, with tries of its own. */
@Injectable()
export class CallbackService implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> = Promise.resolve();
  private readonly telling = new Map<Promise<void>, Telling>();
  private stopped = false;
  /** Without a receiver it does not look before this moment, epoch milliseconds. */
  private idleUntil = 0;

  constructor(
    @Inject(CALLBACK_OUTBOX) private readonly outbox: CallbackOutbox,
    private readonly config: ConfigService,
    private readonly outbound: OutboundClient,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.schedule();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.looking;
    await Promise.all(this.telling.keys());
  }

  private schedule(afterMs = LOOK_MS): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => {
      this.looking = this.look().then((more) => this.schedule(more ? 0 : LOOK_MS));
    }, afterMs);
  }

  /**
   * Begins to tell what is due. Is there more, and room for it?
   *
   * Without a receiver it looks seldom, but it looks: what waits for one that is configured nowhere any more has to be
   * put off and given up by somebody, or it stays in Redis for ever.
   */
  private async look(): Promise<boolean> {
    const room = Math.min(BATCH, AT_ONCE - this.telling.size);
    const now = Date.now();
    const idle = this.config.current.callbacks.length === 0 && now < this.idleUntil;
    if (idle || room <= 0) return false;
    this.idleUntil = now + IDLE_LOOK_MS;
    try {
      const due = await this.outbox.take(room, TIMEOUT_MS * 2);
      for (const callback of due) this.begin(callback);
      const more = due.length === room;
      if (more) this.idleUntil = now;
      return more;
    } catch {
      // Redis is away: what waits there waits a little longer.
      return false;
    }
  }

  private begin(callback: PendingCallback): void {
    const { target } = callback;
    const receiver = this.config.current.callbacks.find((candidate) => nameOf(candidate) === target);
    const since = performance.now();
    const same = [...this.telling.values()].filter((other) => other.target === target);
    const hangs = same.some((other) => since - other.since > SLOW_MS);
    // What nobody is told is put off at once: that takes no place from anybody.
    const work =
      receiver === undefined || same.length < AT_ONCE_OF_ONE
        ? this.tellOne(callback, receiver)
        : this.putOff(callback, hangs ? HANGING_MS : BUSY_MS);
    // What cannot be written is told again when its lease is over.
    const done = work.catch(() => undefined).finally(() => this.telling.delete(done));
    this.telling.set(done, { target, since });
  }

  /** @param receiver none is configured here: it may be taken out, or new and not yet known to this process */
  private async tellOne(callback: PendingCallback, receiver: CallbackTarget | undefined): Promise<void> {
    const told = receiver !== undefined && (await this.post(receiver, callback));
    if (told) return this.outbox.remove(callback.id);
    const pause = PAUSES_MS[callback.tries];
    const tries = callback.tries + 1;
    return pause === undefined ? this.giveUp(callback, tries) : this.outbox.postpone({ ...callback, tries }, pause);
  }

  /** Its receiver is busy: that counts as no try. */
  private putOff(callback: PendingCallback, delayMs: number): Promise<void> {
    const now = Date.now();
    const { busySince = now } = callback;
    if (now - busySince > BUSY_FOR_MS) return this.giveUp(callback, callback.tries);
    return this.outbox.postpone({ ...callback, busySince }, delayMs);
  }

  private giveUp({ id }: PendingCallback, tries: number): Promise<void> {
    this.logger.error({ callback: id, tries }, 'a callback was given up');
    return this.outbox.remove(id);
  }

  private async post(target: CallbackTarget, callback: PendingCallback): Promise<boolean> {
    const url = new URL(target.url);
    const deadline = new Deadline(TIMEOUT_MS);
    try {
      const exchange = await this.outbound.send(
        {
          method: 'POST',
          baseUrl: url.origin,
          path: url.pathname,
          query: Object.fromEntries(url.searchParams),
          headers: { ...signWebhook(callback.id, callback.body, target.secret, Date.now()) },
          body: callback.body,
          egress: target.allowPrivate ? 'private' : 'public',
        },
        deadline,
      );
      const status = exchange.outcome === 'answered' ? exchange.status : 0;
      const reason = exchange.outcome === 'answered' ? `http-${exchange.status}` : exchange.reason;
      this.logger.info({ callback: callback.id, try: callback.tries + 1, reason }, 'callback');
      // 410: the receiver does not want it any more.
      return (status >= 200 && status < 300) || status === 410;
    } finally {
      deadline.finish();
    }
  }
}
