import * as fc from 'fast-check';
import type { AttemptEnd, Beginning } from '../../src/delivery/delivery-store.js';
import { anOrder, later, yes } from '../support/deliveries.js';
import { agree, check, LEASE_MS, pick, stored, TTL_MS, type Expected, type Model, type Real } from './model.js';

type Step = fc.AsyncCommand<Model, Real>;

class Accept implements Step {
  constructor(
    readonly delayMs: number,
    readonly parks: boolean,
  ) {}

  check(): boolean {
    return true;
  }

  async run(model: Model, real: Real): Promise<void> {
    const onUnknown = this.parks ? 'park' : 'resend';
    const { id } = await real.store.accept(anOrder({ delayMs: this.delayMs, ttlMs: TTL_MS, onUnknown }));
    const dueAt = real.now + this.delayMs;
    const fresh = {
      id,
      parks: this.parks,
      attempt: 0,
      crashes: 0,
      suspect: false,
      leaseUntil: 0,
      unknown: false,
      yeses: 0,
      forced: 0,
    };
    const expected: Expected = { ...fresh, state: 'waiting', dueAt, expiresAt: dueAt + TTL_MS };
    model.deliveries.push(expected);
    await agree(real, expected);
  }

  toString(): string {
    return `accept(delay ${this.delayMs}, ${this.parks ? 'park' : 'resend'})`;
  }
}

/** A worker is woken for it, rightly or not. */
class Begin implements Step {
  constructor(
    readonly index: number,
    readonly alone: boolean,
  ) {}

  check(model: Readonly<Model>): boolean {
    return model.deliveries.length > 0;
  }

  async run(model: Model, real: Real): Promise<void> {
    const expected = pick(model, this.index);
    if (!expected) return;
    const beginning = await real.store.begin(expected.id, 'w', LEASE_MS, this.alone);
    check(beginning.kind === this.foresee(expected, real.now), `${beginning.kind}, not as foreseen`);
    if (beginning.kind === 'send') {
      expected.attempt += 1;
      expected.state = 'sending';
      expected.leaseUntil = real.now + LEASE_MS;
    }
    await agree(real, expected);
  }

  /** What it must answer; notes a crash that it finds. */
  private foresee(expected: Expected, now: number): Beginning['kind'] {
    if (expected.state === 'final') return 'nothing';
    if (expected.state === 'sending') {
      if (expected.leaseUntil > now) return 'nothing';
      if (expected.suspect || expected.crashes === 0) expected.crashes += 1;
      expected.unknown = expected.suspect = true;
      if (expected.crashes >= 3 || expected.parks || now >= expected.expiresAt) {
        expected.state = 'final';
        return 'ended';
      }
      if (this.alone) return 'send';
      Object.assign(expected, { state: 'waiting', dueAt: now });
      return 'alone';
    }
    if (now >= expected.expiresAt) {
      expected.state = 'final';
      return 'ended';
    }
    if (expected.dueAt > now) return 'wait';
    return expected.suspect && !this.alone ? 'alone' : 'send';
  }

  toString(): string {
    return `begin(${this.index}${this.alone ? ', alone' : ''})`;
  }
}

/** Its worker does not come back: the lease ends, and another worker finds it. */
class Crash implements Step {
  constructor(
    readonly index: number,
    readonly alone: boolean,
  ) {}

  check(model: Readonly<Model>): boolean {
    return pick(model, this.index)?.state === 'sending';
  }

  async run(model: Model, real: Real): Promise<void> {
    real.now += LEASE_MS + 1;
    await new Begin(this.index, this.alone).run(model, real);
  }

  toString(): string {
    return `crash(${this.index})`;
  }
}

type Said = 'yes' | 'no' | 'later' | 'nobody knows' | 'late yes';

/** The platform says something. */
class Finish implements Step {
  constructor(
    readonly index: number,
    readonly said: Said,
  ) {}

  check(model: Readonly<Model>): boolean {
    return pick(model, this.index)?.state === 'sending';
  }

  async run(model: Model, real: Real): Promise<void> {
    const expected = pick(model, this.index);
    if (!expected) return;
    if (this.said === 'late yes') {
      // A worker that was taken for dead: it must change nothing.
      await real.store.finish(expected.id, expected.attempt - 1, yes());
      await agree(real, expected);
      return;
    }
    await real.store.finish(expected.id, expected.attempt, endOf(this.said, expected.parks));
    expected.suspect = false;
    if (this.said === 'yes') expected.yeses += 1;
    if (this.said === 'nobody knows') expected.unknown = true;
    const again = this.said === 'later' || (this.said === 'nobody knows' && !expected.parks);
    expected.state = again ? 'waiting' : 'final';
    if (again) expected.dueAt = Math.min(real.now + 2_000, expected.expiresAt);
    await agree(real, expected);
  }

  toString(): string {
    return `finish(${this.index}, ${this.said})`;
  }
}

function endOf(said: Said, parks: boolean): AttemptEnd {
  if (said === 'yes') return yes();
  const refused = { counted: true, outcomeUnknown: false, attempt: { result: 'rejected' } } as const;
  if (said === 'no') return { state: 'dead', ...refused };
  if (said === 'later') return later(2_000);
  const unknown = { counted: true, outcomeUnknown: true, attempt: { result: 'outcome-unknown' } } as const;
  return parks ? { state: 'unknown', ...unknown } : { state: 'retrying', delayMs: 2_000, ...unknown };
}

class Cancel implements Step {
  constructor(readonly index: number) {}

  check(model: Readonly<Model>): boolean {
    return model.deliveries.length > 0;
  }

  async run(model: Model, real: Real): Promise<void> {
    const expected = pick(model, this.index);
    if (!expected) return;
    const answer = await real.store.cancel(expected.id);
    check(answer?.cancelled === (expected.state === 'waiting'), 'a cancel wins if and only if it waits');
    if (answer?.cancelled) expected.state = 'final';
    await agree(real, expected);
  }

  toString(): string {
    return `cancel(${this.index})`;
  }
}

class Replay implements Step {
  constructor(
    readonly index: number,
    readonly force: boolean,
  ) {}

  check(model: Readonly<Model>): boolean {
    return model.deliveries.length > 0;
  }

  async run(model: Model, real: Real): Promise<void> {
    const expected = pick(model, this.index);
    if (!expected) return;
    const before = (await stored(real, expected)).state;
    const replayable =
      ['dead', 'unknown', 'quarantined'].includes(before) || (this.force && expected.state === 'final');
    const answer = await real.store.replay(expected.id, { force: this.force, ttlMs: TTL_MS });
    if (!replayable) check(answer?.replayed === false, `replayed although it is ${before}`);
    if (answer?.replayed) {
      Object.assign(expected, { state: 'waiting', crashes: 0, dueAt: real.now, expiresAt: real.now + TTL_MS });
      if (before === 'sent') expected.forced += 1;
    }
    await agree(real, expected);
  }

  toString(): string {
    return `replay(${this.index}${this.force ? ', force' : ''})`;
  }
}

class Tick implements Step {
  constructor(readonly milliseconds: number) {}

  check(): boolean {
    return true;
  }

  async run(model: Model, real: Real): Promise<void> {
    real.now += this.milliseconds;
    await real.store.overdue(100, 10_000);
    for (const expected of model.deliveries) await agree(real, expected);
  }

  toString(): string {
    return `tick(${this.milliseconds})`;
  }
}

/** Few deliveries, so that much happens to each. */
const index = fc.nat(2);

/** Any order of what callers, workers, platforms and clocks do. */
export const anyCommands = fc.commands(
  [
    fc.tuple(fc.constantFrom(0, 0, 5_000), fc.boolean()).map(([delay, parks]) => new Accept(delay, parks)),
    fc.tuple(index, fc.boolean()).map(([i, alone]) => new Begin(i, alone)),
    fc.tuple(index, fc.boolean()).map(([i, alone]) => new Crash(i, alone)),
    fc.tuple(index, fc.constant(true)).map(([i, alone]) => new Crash(i, alone)),
    fc
      .tuple(index, fc.constantFrom<Said>('yes', 'no', 'later', 'nobody knows', 'late yes'))
      .map(([i, said]) => new Finish(i, said)),
    index.map((i) => new Cancel(i)),
    fc.tuple(index, fc.boolean()).map(([i, force]) => new Replay(i, force)),
    fc.constantFrom(500, 3_000, 16_000, 700_000).map((milliseconds) => new Tick(milliseconds)),
  ],
  { maxCommands: 50, size: 'max' },
);
