import { createHmac, hkdfSync } from 'node:crypto';
import { Inject, Injectable, Optional } from '@nestjs/common';
import { tokenCacheKey } from '../auth-token/token-cipher.js';
import { LOOKUP_OBSERVER, type LookupObserver } from '../lookups/lookup-observer.js';
import { LookupMisses } from '../lookups/lookup-misses.js';
import type { Question } from '../lookups/miss-store.js';
import type { Deadline } from '../outbound/deadline.js';
import { withinTime } from '../redis/within-time.js';
import { DeliveryError } from './delivery-error.js';
import type { LookUp } from './look-up.js';
import type { Operation, OperationResult, ProviderDefinition, ResolvedApp } from './provider.contract.js';

const INFO = 'message-center/v1/lookup';

/** Runs operations that find somebody: what the platform did not find a moment ago it is not asked for again. */
@Injectable()
export class LookupCaller {
  /** By subject: the look-up that runs. */
  private readonly running = new Map<string, Promise<unknown>>();

  constructor(
    private readonly misses: LookupMisses,
    @Optional() @Inject(LOOKUP_OBSERVER) private readonly observer?: LookupObserver,
  ) {}

  /**
   * Asks the platform, unless the answer is known to be a miss or there were too many misses. Operations that find
   * nobody are simply run.
   * @param ask the call to the platform
   * @throws DeliveryError kind `rejected` for a remembered miss, with the platform's code; `throttled` for too many
   */
  run(
    provider: ProviderDefinition,
    operation: Operation,
    app: ResolvedApp,
    input: unknown,
    deadline: Deadline,
    ask: () => Promise<OperationResult>,
  ): Promise<OperationResult> {
    const { lookUp } = operation;
    return lookUp ? this.lookUp(provider, operation, lookUp, app, input, deadline, ask) : ask();
  }

  private async lookUp(
    provider: ProviderDefinition,
    operation: Operation,
    lookUp: LookUp<unknown>,
    app: ResolvedApp,
    input: unknown,
    deadline: Deadline,
    ask: () => Promise<OperationResult>,
  ): Promise<OperationResult> {
    const question = questionOf(provider, operation, lookUp, app, input);
    // Many who ask for the same person at once should not be as many misses: they wait a while for what one finds.
    const before = this.running.get(question.subject);
    if (before) await withinTime(before, deadline.remaining / 3);
    const running = this.begun(provider, lookUp, app, question, ask);
    const settled = running.catch(() => undefined);
    this.running.set(question.subject, settled);
    try {
      return await running;
    } finally {
      if (this.running.get(question.subject) === settled) this.running.delete(question.subject);
    }
  }

  private async begun(
    provider: ProviderDefinition,
    lookUp: LookUp<unknown>,
    app: ResolvedApp,
    question: Question,
    ask: () => Promise<OperationResult>,
  ): Promise<OperationResult> {
    const { beginning, settle } = await this.misses.begin(question);
    if (beginning.kind === 'full') throw tooManyMisses(app, question.rules.perDay ?? 0, beginning.waitMs);
    if (beginning.kind === 'known') {
      this.observer?.missed(provider.id, app.name, 'memory');
      throw rememberedMiss(provider, lookUp, beginning.since, question.rules.rememberMs);
    }
    try {
      const result = await ask();
      await settle(false);
      return result;
    } catch (error) {
      const missed = isMiss(error, lookUp);
      if (missed) this.observer?.missed(provider.id, app.name, 'platform');
      await settle(missed);
      throw error;
    }
  }
}

/** Names that tell nothing: a bare hash of a telephone number is undone by trying them all, one with a key is not. */
function questionOf(
  provider: ProviderDefinition,
  operation: Operation,
  lookUp: LookUp<unknown>,
  app: ResolvedApp,
  input: unknown,
): Question {
  const { tokens } = provider;
  const identity = [provider.id, ...Object.values(app.baseUrls), ...tokens.identity(app)];
  const key = new Uint8Array(hkdfSync('sha256', tokens.secret(app), '', INFO, 32));
  const subject = JSON.stringify([...identity, operation.id, lookUp.subject(input)]);
  return {
    subject: createHmac('sha256', key).update(subject).digest('base64url'),
    app: tokenCacheKey(['lookup', ...identity]),
    rules: lookUp.misses(app),
  };
}

function isMiss(error: unknown, { missCodes }: LookUp<unknown>): boolean {
  return error instanceof DeliveryError && missCodes.includes(String(error.details.errcode));
}

function rememberedMiss(
  provider: ProviderDefinition,
  { missCodes }: LookUp<unknown>,
  since: number,
  rememberMs: number,
): DeliveryError {
  const [code = ''] = missCodes;
  const said = new Date(since).toISOString();
  const again = new Date(since + rememberMs).toISOString();
  return new DeliveryError('rejected', {
    provider: provider.id,
    reason: 'remembered-miss',
    errcode: Number(code),
    errmsg: `not found (remembered since ${said}; the platform was not asked)`,
    hint: {
      zh: `平台在 ${said} 答复查无此人，${again} 之前不再询问平台：查不到的次数过多会被平台封禁。核对号码，或确认此人在应用可见范围内`,
      en: `The platform found nobody at ${said} and is not asked again before ${again}, since too many misses get a company barred. Check the number, and that the person is within the app's sight`,
    },
  });
}

function tooManyMisses(app: ResolvedApp, perDay: number, waitMs: number): DeliveryError {
  return new DeliveryError('throttled', {
    provider: app.provider,
    reason: 'lookup-misses',
    retryAfter: Math.max(1, Math.ceil(waitMs / 1_000)),
    hint: {
      zh: `应用 ${app.provider}/${app.name} 24 小时内查不到人的次数已达 ${perDay}（lookups.missesPerDay），为避免被平台封禁一天，暂不再询问平台`,
      en: `The app ${app.provider}/${app.name} had ${perDay} misses within 24 hours (lookups.missesPerDay): the platform is not asked, lest it bar the company for a day`,
    },
  });
}
