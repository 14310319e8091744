import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { SolitaryLane } from '../../src/delivery/solitary-lane.js';

/** A lane whose suspects take 5 ms, with what began and ended in order. */
function laneOf(log: string[], milliseconds = 5): SolitaryLane {
  return new SolitaryLane(async (id) => {
    log.push(`[${id}`);
    await sleep(milliseconds);
    log.push(`${id}]`);
  });
}

function ordinary(lane: SolitaryLane, log: string[], name: string, milliseconds = 5): Promise<void> {
  return lane.share(async () => {
    log.push(`(${name}`);
    await sleep(milliseconds);
    log.push(`${name})`);
  });
}

describe(SolitaryLane, () => {
  it('lets ordinary work run side by side', async () => {
    const log: string[] = [];
    const lane = laneOf(log);
    await Promise.all(['a', 'b', 'c'].map((name) => ordinary(lane, log, name)));
    expect(log.slice(0, 3)).toEqual(['(a', '(b', '(c']);
  });

  it('nothing runs beside a suspect: what ran is awaited, what comes waits', async () => {
    const log: string[] = [];
    const lane = laneOf(log);
    const before = ordinary(lane, log, 'before');
    lane.add('suspect');
    await sleep(1);
    await Promise.all([before, ordinary(lane, log, 'after')]);
    expect(log).toEqual(['(before', 'before)', '[suspect', 'suspect]', '(after', 'after)']);
  });

  it('a suspect may be found by the very work that it has to wait for', async () => {
    const log: string[] = [];
    const lane = laneOf(log);
    await lane.share(async () => lane.add('suspect'));
    await expect.poll(() => log).toEqual(['[suspect', 'suspect]']);
  });

  it('many suspects do not starve the others, nor the others them', async () => {
    const log: string[] = [];
    const lane = laneOf(log);
    for (let n = 0; n < 5; n += 1) lane.add(`s${n}`);
    let others = 0;
    const stopping = new AbortController();
    const work = async (): Promise<void> => {
      while (!stopping.signal.aborted) await lane.share(async () => void (others += await sleep(1, 1)));
    };
    const working = [work(), work()];
    await expect.poll(() => log.filter((entry) => entry.endsWith(']')).length).toBe(5);
    stopping.abort();
    await Promise.all(working);
    expect(others).toBeGreaterThan(4);
  });

  it('one suspect, named twice while it waits, runs once', async () => {
    const log: string[] = [];
    const lane = laneOf(log);
    lane.add('suspect');
    lane.add('suspect');
    await sleep(1);
    await lane.share(() => sleep(10));
    expect(log).toEqual(['[suspect', 'suspect]']);
  });

  it('closing waits for the suspect under way and takes no other', async () => {
    const log: string[] = [];
    const lane = laneOf(log, 20);
    lane.add('first');
    lane.add('second');
    await sleep(5);
    await lane.close();
    lane.add('third');
    await sleep(5);
    expect(log).toEqual(['[first', 'first]']);
  });

  it('closing does not wait for the pause that others are given', async () => {
    const log: string[] = [];
    const lane = laneOf(log, 200);
    lane.add('first');
    lane.add('second');
    await sleep(1);
    await ordinary(lane, log, 'held', 0);
    const closed = performance.now();
    await lane.close();
    expect(performance.now() - closed).toBeLessThan(150);
    expect(log).not.toContain('[second');
  });
});
