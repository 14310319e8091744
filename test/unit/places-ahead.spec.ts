import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PlacesAhead, type GivenAhead } from '../../src/limits/places-ahead.js';

const BIG = { requests: 600_000, seconds: 60 };

function given(places: number, changes: Partial<GivenAhead> = {}): GivenAhead {
  return { places, left: 1_000, seconds: 30, milliseconds: 30_000, countedIn: 7, ...changes };
}

/** Gives out as many as there are, and says how many that were. */
function takeAll(sut: PlacesAhead, now: number): number {
  let taken = 0;
  while (sut.take(now)) taken += 1;
  return taken;
}

describe(PlacesAhead.name, () => {
  it('has none before Redis gave any', () => {
    expect(new PlacesAhead(BIG).take(0)).toBeUndefined();
  });

  it('gives out what it was given, and says what is left', () => {
    const sut = new PlacesAhead(BIG);
    sut.give(given(3), 0);
    const verdicts = [1, 2, 3, 4].map((now) => sut.take(now));
    expect(verdicts).toEqual([
      { allowed: true, remaining: 1_002, resetSeconds: 30 },
      { allowed: true, remaining: 1_001, resetSeconds: 30 },
      { allowed: true, remaining: 1_000, resetSeconds: 30 },
      undefined,
    ]);
  });

  it.each([
    { name: 'a tenth of a second', milliseconds: 30_000, last: 99 },
    { name: 'the end of the window', milliseconds: 40, last: 39 },
  ])('holds nothing beyond $name', ({ milliseconds, last }) => {
    const sut = new PlacesAhead(BIG);
    sut.give(given(5, { milliseconds }), 1_000);
    expect(sut.take(1_000 + last)).toBeDefined();
    expect(sut.take(1_001 + last)).toBeUndefined();
  });

  it('asks for nothing ahead for a caller that asks now and then', () => {
    const sut = new PlacesAhead(BIG);
    const asked = [0, 10_000, 20_000].map((now) => sut.ask(1, now));
    expect(asked).toEqual(Array.from({ length: 3 }, () => ({ ahead: 0, unused: 0, countedIn: 0 })));
  });

  it('asks for twice of what was used within the life of a place', () => {
    const sut = new PlacesAhead(BIG);
    sut.ask(1, 0);
    expect(sut.ask(50, 1).ahead).toBe(102);
    sut.give(given(102), 1);
    expect(takeAll(sut, 2)).toBe(102);
    // 152 in 304 ms are 50 in 100.
    expect(sut.ask(0, 305).ahead).toBe(100);
  });

  it('gives back what was not used, and never twice', () => {
    const sut = new PlacesAhead(BIG);
    sut.give(given(10), 0);
    sut.take(1);
    expect(sut.ask(1, 500)).toMatchObject({ unused: 9, countedIn: 7 });
    expect(sut.ask(1, 501)).toMatchObject({ unused: 0 });
  });

  it('forgets what belongs to another window than the newest', () => {
    const sut = new PlacesAhead(BIG);
    sut.give(given(10), 0);
    sut.give(given(2, { countedIn: 8 }), 1);
    expect(takeAll(sut, 2)).toBe(2);
  });

  it('never asks for more than a hundredth of the limit', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1_000_000 }),
        fc.array(fc.tuple(fc.integer({ min: 1, max: 200 }), fc.nat({ max: 300 })), { maxLength: 50 }),
        (requests, asks) => {
          const sut = new PlacesAhead({ requests, seconds: 60 });
          let now = 0;
          for (const [needed, pause] of asks) {
            now += pause;
            const { ahead } = sut.ask(needed, now);
            expect(ahead).toBeLessThanOrEqual(requests / 100);
            sut.give(given(ahead), now);
            takeAll(sut, now);
          }
        },
      ),
    );
  });
});
