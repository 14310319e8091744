import { describe, expect, it } from 'vitest';
import { RestartBackoff } from '../../src/cluster/restart-backoff.js';

/** In the middle of the jitter. */
const MIDDLE = (): number => 0.5;

describe(RestartBackoff.name, () => {
  it('doubles from 100 ms to 30 s', () => {
    const sut = new RestartBackoff(MIDDLE);
    const pauses = Array.from({ length: 12 }, () => sut.next(0));
    expect(pauses).toEqual([100, 200, 400, 800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000, 30_000, 30_000]);
  });

  it('begins again after a minute of health, not before', () => {
    const sut = new RestartBackoff(MIDDLE);
    expect([sut.next(0), sut.next(0), sut.next(59_999), sut.next(60_000), sut.next(0)]).toEqual([
      100, 200, 400, 100, 200,
    ]);
  });

  it('stays finite however often a process ends', () => {
    const sut = new RestartBackoff(MIDDLE);
    for (let failures = 0; failures < 5_000; failures += 1) sut.next(0);
    expect(sut.next(0)).toBe(30_000);
  });

  it.each([
    [0, 80],
    [0.25, 90],
    [1, 120],
  ])('spreads: random %d makes the first pause %d ms', (random, pause) => {
    expect(new RestartBackoff(() => random).next(0)).toBe(pause);
  });
});
