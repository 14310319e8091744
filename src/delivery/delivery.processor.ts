import { hostname } from 'node:os';
import { Inject, Injectable } from '@nestjs/common';
import { ConfigService } from '../config/config.service.js';
import type { Logger } from '../logging/logger.js';
import { LOGGER } from '../logging/logging.module.js';
import { Deadline } from '../outbound/deadline.js';
import { DeliveryError } from '../providers/delivery-error.js';
import type { OperationResult } from '../providers/provider.contract.js';
import { PlatformCaller } from '../providers/platform-caller.js';
import { ProviderRegistry } from '../providers/provider.registry.js';
import type { AttemptEnd, Beginning, DeliveryStore } from './delivery-store.js';
import { DeliveryEvents } from './delivery.events.js';
import { FINAL_STATES, type DeliveryRecord } from './delivery.record.js';
import { DELIVERY_STORE, WAKE_QUEUE } from './delivery.tokens.js';
import { decideRetry } from './retry-policy.js';
import { SolitaryLane } from './solitary-lane.js';
import type { OnWake, WakeQueue } from './wake-queue.js';

/** Pauses before the end of an attempt is written again, milliseconds. */
const FINISH_PAUSES_MS = [200, 1_000, 3_000];
/**
 * From then on it is tried this often, and for this long, milliseconds: a Redis that starts again must not cost a second
 * send. An end that cannot be written for a reason of its own takes the place of another message for as long.
 */
const FINISH_AGAIN_MS = 1_000;
const FINISH_FOR_MS = 120_000;
/** Waits shorter than this are slept here; longer ones are the sweeper's, milliseconds. */
const SHORT_WAIT_MS = 1_000;

/**
 * Sends what is due, through the very same operation as the synchronous road. It never throws: whatever goes wrong is
 * in the record, and what could not be written there is found by the sweeper.
 */
@Injectable()
export class DeliveryProcessor {
  /** Names this process in attempts. */
  readonly worker = `${hostname()}:${process.pid}`;
  private readonly lane = new SolitaryLane((id) => this.take(id, true));
  /** Ends that could not be written yet. */
  private unwritten = 0;

  constructor(
    @Inject(DELIVERY_STORE) private readonly store: DeliveryStore,
    @Inject(WAKE_QUEUE) private readonly queue: WakeQueue,
    private readonly platform: PlatformCaller,
    private readonly registry: ProviderRegistry,
    private readonly config: ConfigService,
    private readonly events: DeliveryEvents,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** A worker was woken for this delivery. */
  readonly process: OnWake = (id, makeRoom) => this.lane.share(() => this.take(id, false, makeRoom));

  /** Resolves when no suspect is under way; the other work is the queue's to wait for. */
  close(): Promise<void> {
    return this.lane.close();
  }

  private async take(id: string, alone: boolean, makeRoom?: () => void): Promise<void> {
    try {
      const beginning = await this.store.begin(id, this.worker, this.leaseMs(), alone);
      if (beginning.kind === 'send') await this.send(beginning, makeRoom);
      else if (beginning.kind === 'alone') this.lane.add(id);
      else if (beginning.kind === 'ended') this.events.finished(beginning.record);
      else if (beginning.kind === 'wait') this.wait(id, beginning);
    } catch (error) {
      // The store is away: the record is as it was, or in `sending` with a lease that will end.
      this.logger.debug({ delivery: id, reason: error instanceof Error ? error.name : 'unknown' }, 'delivery put off');
    }
  }

  private wait(id: string, { milliseconds, pacedBy }: Extract<Beginning, { kind: 'wait' }>): void {
    if (pacedBy !== undefined) this.events.paced();
    if (milliseconds < SHORT_WAIT_MS) this.wakeLater(id, milliseconds);
  }

  private async send(beginning: Extract<Beginning, { kind: 'send' }>, makeRoom?: () => void): Promise<void> {
    const { record, request, attempt } = beginning;
    let deadline: Deadline | undefined;
    let end: AttemptEnd;
    try {
      const provider = this.registry.provider(record.provider);
      const operation = this.registry.operation(record.provider, record.operation);
      const app = this.registry.app(record.provider, record.app);
      deadline = new Deadline(this.registry.timeoutMs(app));
      const result = await this.platform.execute(provider, operation, app, request, deadline, {
        requestId: record.requestId,
        traceparent: record.traceparent,
      });
      end = succeeded(result);
    } catch (error) {
      end = this.failed(error, beginning);
    } finally {
      deadline?.finish();
    }
    const finished = this.finish(record, attempt, end);
    // The next one begins in the very call that writes this end: a worker that dies leaves no more in doubt than it
    // sends at once. Unless ends cannot be written: then nothing takes the place of what waits for that.
    if (this.unwritten === 0) makeRoom?.();
    await finished;
  }

  private failed(error: unknown, { record }: Extract<Beginning, { kind: 'send' }>): AttemptEnd {
    const known = asDeliveryError(error);
    if (known.kind === 'internal') this.logger.error({ delivery: record.id, err: error }, 'delivery failed by a bug');
    const { retryAfter, errcode, errmsg, reason } = known.details;
    const decision = decideRetry(
      {
        kind: known.kind,
        counted: record.counted,
        // Where the platform recognises a repeat there is nothing to park.
        onUnknown: record.repeatable ? 'resend' : record.onUnknown,
        ...(retryAfter === undefined ? {} : { retryAfter }),
      },
      this.config.current.delivery.retry,
      Math.random(),
    );
    return {
      state: decision.state,
      ...(decision.state === 'retrying' ? { delayMs: decision.delayMs } : {}),
      counted: decision.counted,
      outcomeUnknown: known.kind === 'outcome-unknown',
      attempt: {
        result: known.kind,
        ...(errcode === undefined ? {} : { errcode }),
        ...(errmsg === undefined ? {} : { errmsg: errmsg.slice(0, 500) }),
        ...(reason === undefined ? {} : { reason }),
      },
    };
  }

  /** Writes the end of an attempt, again if need be: after a yes of the platform nothing may cause a second send. */
  private async finish(begun: DeliveryRecord, attempt: number, end: AttemptEnd): Promise<void> {
    const { id } = begun;
    const until = performance.now() + FINISH_FOR_MS;
    for (let tries = 0; ; tries += 1) {
      try {
        const record = await this.store.finish(id, attempt, end, begun);
        if (!record) return;
        this.events.attempted(record);
        if (FINAL_STATES.has(record.state)) this.events.finished(record);
        else if ((end.delayMs ?? Infinity) < SHORT_WAIT_MS) this.wakeLater(id, end.delayMs ?? 0);
        return;
      } catch {
        const again = this.lane.closed || performance.now() > until ? undefined : FINISH_AGAIN_MS;
        const pause = FINISH_PAUSES_MS[tries] ?? again;
        if (pause === undefined) break;
        this.unwritten += 1;
        await new Promise((resolve) => setTimeout(resolve, pause));
        this.unwritten -= 1;
      }
    }
    this.logger.warn({ delivery: id, attempt, state: end.state }, 'the end of an attempt could not be written');
  }

  private wakeLater(id: string, milliseconds: number): void {
    setTimeout(() => void this.queue.wake(id).catch(() => undefined), milliseconds).unref();
  }

  /** Whose app it is, is known only once it has begun. */
  private leaseMs(): number {
    return this.registry.longestTimeoutMs + this.config.current.delivery.takeover;
  }
}

function succeeded({ outcome, data, receipt }: OperationResult): AttemptEnd {
  return {
    state: outcome,
    counted: true,
    outcomeUnknown: false,
    attempt: { result: outcome },
    result: data,
    ...(receipt === undefined ? {} : { receipt }),
  };
}

/** An app that is not configured any more is a matter of the configuration: it may come back before the message expires. */
function asDeliveryError(error: unknown): DeliveryError {
  if (!(error instanceof DeliveryError)) return new DeliveryError('internal', { reason: 'unexpected' });
  return error.kind === 'invalid-request' ? new DeliveryError('credentials', { reason: 'app-not-configured' }) : error;
}
