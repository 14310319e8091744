import { Inject, Injectable } from '@nestjs/common';
import { ConfigService } from '../config/config.service.js';
import { PageAnswer } from '../envelope/answers.js';
import { readMoment } from '../inbound/moments.js';
import type { Principal } from '../inbound/principal.js';
import { DeliveryError } from '../providers/delivery-error.js';
import { CursorError } from './delivery-cursor.js';
import { StoreFullError, StoreUnansweredError, type DeliveryFilter, type DeliveryStore } from './delivery-store.js';
import { DeliveryEvents } from './delivery.events.js';
import { FINAL_STATES, REPLAYABLE_STATES, type DeliveryRecord } from './delivery.record.js';
import { DELIVERY_STORE, WAKE_QUEUE } from './delivery.tokens.js';
import { viewOf, type DeliveryView } from './delivery.view.js';
import type { DeliveryQueryDto, ReplayManyDto } from './dto/deliveries.dto.js';
import { storageFull } from './storage-full.js';
import type { WakeQueue } from './wake-queue.js';

const PAGE = 50;
const FOREIGN_CURSOR = {
  path: 'query.cursor',
  message: { zh: '不是这个列表给出的游标', en: 'is not a cursor that this list gave out' },
};
const REPLAY_BATCH = 100;

/** What was done with many deliveries. */
export interface ReplayReport {
  readonly replayed: readonly string[];
  /** Could not be replayed: their body is no longer kept, or somebody was faster. */
  readonly skipped: readonly string[];
}

/** Looks at deliveries and acts on them, within what the caller may see. What it may not see is not there. */
@Injectable()
export class DeliveriesService {
  constructor(
    @Inject(DELIVERY_STORE) private readonly store: DeliveryStore | undefined,
    @Inject(WAKE_QUEUE) private readonly queue: WakeQueue,
    private readonly config: ConfigService,
    private readonly events: DeliveryEvents,
  ) {}

  async list(query: DeliveryQueryDto, principal: Principal | undefined): Promise<PageAnswer> {
    const { limit = PAGE, cursor } = query;
    const filter = await this.filter(query, principal);
    const page = await this.ask((store) => store.list(filter, limit, cursor));
    return new PageAnswer(
      page.records.map(viewOf),
      page.next === undefined ? undefined : nextPage(query, limit, page.next),
    );
  }

  async get(id: string, principal: Principal | undefined): Promise<DeliveryView> {
    return viewOf(await this.visible(id, principal));
  }

  /** @throws DeliveryError kind `conflict` when it is being sent or already final */
  async cancel(id: string, principal: Principal | undefined): Promise<DeliveryView> {
    await this.visible(id, principal);
    const answer = await this.ask((store) => store.cancel(id));
    if (!answer) throw notFound();
    if (answer.cancelled) {
      this.events.finished(answer.record);
      return viewOf(answer.record);
    }
    throw tooLate(answer.record, { zh: '无法取消', en: 'it cannot be cancelled' });
  }

  /** @throws DeliveryError kind `conflict` when its state or its body does not allow it */
  async replay(id: string, force: boolean, principal: Principal | undefined): Promise<DeliveryView> {
    await this.visible(id, principal);
    const answer = await this.ask((store) => store.replay(id, { force, ttlMs: this.config.current.delivery.ttl }));
    if (!answer) throw notFound();
    if (!answer.replayed) throw tooLate(answer.record, { zh: '无法重放', en: 'it cannot be replayed' });
    await this.queue.wake(id).catch(() => undefined);
    return viewOf(answer.record);
  }

  async replayMany(selection: ReplayManyDto, principal: Principal | undefined): Promise<ReplayReport> {
    const state = selection.status ?? 'dead';
    if (!REPLAYABLE_STATES.has(state)) {
      const states = [...REPLAYABLE_STATES].join(', ');
      throw DeliveryError.invalid([
        { path: 'status', message: { zh: `只能重放: ${states}`, en: `only these can be replayed: ${states}` } },
      ]);
    }
    const filter = await this.filter({ ...selection, status: state }, principal);
    const page = await this.ask((store) => store.list(filter, selection.limit ?? REPLAY_BATCH));
    const report = { replayed: [] as string[], skipped: [] as string[] };
    for (const { id } of page.records) {
      const answer = await this.ask((store) =>
        store.replay(id, { force: false, ttlMs: this.config.current.delivery.ttl }),
      );
      (answer?.replayed ? report.replayed : report.skipped).push(id);
      if (answer?.replayed) await this.queue.wake(id).catch(() => undefined);
    }
    return report;
  }

  private async visible(id: string, principal: Principal | undefined): Promise<DeliveryRecord> {
    const record = /^dlv_[a-z2-7]{26}$/.test(id) ? await this.ask((store) => store.get(id)) : undefined;
    if (!record || principal?.mayUse(record.provider, record.app) === false) throw notFound();
    return record;
  }

  /** Within what the caller may see; also of apps that are no longer configured. */
  private async filter(
    query: Omit<DeliveryQueryDto, 'limit' | 'cursor'>,
    principal: Principal | undefined,
  ): Promise<DeliveryFilter> {
    const bounds = {
      ...(query.from === undefined ? {} : { from: moment('from', query.from) }),
      ...(query.to === undefined ? {} : { to: moment('to', query.to) }),
    };
    const known = await this.ask((store) => store.apps());
    const apps = known.filter((pair) => {
      const [provider = '', ...rest] = pair.split('/');
      const name = rest.join('/');
      if (query.provider !== undefined && provider !== query.provider) return false;
      if (query.app !== undefined && name !== query.app) return false;
      return principal?.mayUse(provider, name) !== false;
    });
    return {
      apps,
      ...(query.status === undefined ? {} : { state: query.status }),
      ...bounds,
    };
  }

  /** @throws DeliveryError kind `unavailable` while the store cannot be asked */
  private async ask<T>(question: (store: DeliveryStore) => Promise<T>): Promise<T> {
    if (!this.store) throw new DeliveryError('unavailable', { reason: 'no-store', retryAfter: 60 });
    try {
      return await question(this.store);
    } catch (error) {
      if (error instanceof CursorError) throw DeliveryError.invalid([FOREIGN_CURSOR]);
      if (error instanceof StoreFullError) throw storageFull();
      if (!(error instanceof StoreUnansweredError)) throw error;
      throw new DeliveryError('unavailable', { reason: 'store-unanswered', retryAfter: 2 });
    }
  }
}

/** @throws DeliveryError kind `invalid-request` */
function moment(path: string, text: string): number {
  const read = readMoment(text);
  if (typeof read === 'number') return read;
  throw DeliveryError.invalid([{ path, message: read }]);
}

function notFound(): DeliveryError {
  return new DeliveryError('not-found', {
    sentence: { zh: '没有这个投递', en: 'There is no such delivery' },
    hint: { zh: '投递最终状态后保留 7 天', en: 'Deliveries are kept for 7 days after they are final' },
  });
}

function tooLate(record: DeliveryRecord, what: { zh: string; en: string }): DeliveryError {
  return new DeliveryError('conflict', {
    reason: `state-${record.state}`,
    final: FINAL_STATES.has(record.state),
    sentence: { zh: `投递状态为 ${record.state}，${what.zh}`, en: `The delivery is ${record.state}: ${what.en}` },
    data: viewOf(record),
    hint: { zh: '以 data 中的状态为准', en: 'The state in data is what counts' },
  });
}

function nextPage(query: DeliveryQueryDto, limit: number, cursor: string): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries({ ...query, limit, cursor })) {
    if (value !== undefined) parameters.set(name, String(value));
  }
  return `/v1/deliveries?${parameters.toString()}`;
}
