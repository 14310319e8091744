import type { IncomingMessage, ServerResponse } from 'node:http';
import { setImmediate as turn } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import { beginInTurns } from '../../src/inbound/arrivals.js';
import { atEndOfTurn, atNextEnd, MOST_IN_STEP, Turn } from '../../src/turn.js';

describe(Turn, () => {
  let given: (readonly number[])[];
  let sut: Turn<number>;

  beforeEach(() => {
    given = [];
    sut = new Turn(3, (items) => given.push(items));
  });

  it('hands over what came in one turn of the event loop, in its order, and nothing before its end', async () => {
    sut.add(1);
    await Promise.resolve();
    sut.add(2);
    expect(given).toEqual([]);
    await turn();
    expect(given).toEqual([[1, 2]]);
  });

  it('hands over at once when there are as many as stay together at most', async () => {
    for (const item of [1, 2, 3, 4]) sut.add(item);
    expect(given).toEqual([[1, 2, 3]]);
    await turn();
    expect(given).toEqual([[1, 2, 3], [4]]);
  });

  it('hands over nothing when nothing is left', async () => {
    for (const item of [1, 2, 3]) sut.add(item);
    await turn();
    expect(given).toEqual([[1, 2, 3]]);
  });

  it('takes what is added while it hands over', async () => {
    sut = new Turn(3, (items) => {
      given.push(items);
      if (items[0] === 1) sut.add(2);
    });
    sut.add(1);
    await turn();
    await turn();
    expect(given).toEqual([[1], [2]]);
  });
});

describe(atEndOfTurn, () => {
  it('does things in their order, and not within the turn', async () => {
    const done: string[] = [];
    atEndOfTurn(() => done.push('first'));
    atEndOfTurn(() => done.push('second'));
    await Promise.resolve();
    expect(done).toEqual([]);
    await turn();
    expect(done).toEqual(['first', 'second']);
  });

  it('at the end itself, right after what is being done; what must wait for another look comes a turn later', async () => {
    const done: string[] = [];
    atEndOfTurn(() => {
      atNextEnd(() => done.push('after another look'));
      atEndOfTurn(() => {
        done.push('right after');
        atEndOfTurn(() => done.push('and after that'));
      });
      setImmediate(() => done.push("undici's look"));
      done.push('end');
    });
    await turn();
    expect(done).toEqual(['end', 'right after', 'and after that']);
    await turn();
    expect(done.slice(3)).toEqual(['after another look', "undici's look"]);
  });

  it('one that throws does not take the others with it', async () => {
    const done: string[] = [];
    const thrown = new Promise((resolve) => process.once('uncaughtException', resolve));
    atEndOfTurn(() => {
      atEndOfTurn(() => done.push('left'));
      throw new Error('its own fault');
    });
    await expect(thrown).resolves.toMatchObject({ message: 'its own fault' });
    await turn();
    await turn();
    expect(done).toEqual(['left']);
  });
});

describe(beginInTurns, () => {
  let begun: number[];
  let arrive: (id: number, response?: Partial<ServerResponse>, request?: Partial<IncomingMessage>) => void;

  beforeEach(() => {
    begun = [];
    const middleware = beginInTurns();
    arrive = (id, response = { closed: false }, request = { destroyed: false }) =>
      middleware(request as IncomingMessage, response as ServerResponse, () => begun.push(id));
  });

  it('begins requests after the turn in which they arrived, in order', async () => {
    arrive(1);
    arrive(2);
    expect(begun).toEqual([]);
    await turn();
    expect(begun).toEqual([1, 2]);
    arrive(3);
    await turn();
    expect(begun).toEqual([1, 2, 3]);
  });

  it('begins no more than stay together in one turn, and the others in the next ones', async () => {
    const all = Array.from({ length: 2 * MOST_IN_STEP + 1 }, (_, id) => id);
    for (const id of all) arrive(id);
    const counts: number[] = [];
    for (let n = 0; n < 3; n += 1) {
      await turn();
      counts.push(begun.length);
    }
    expect(counts).toEqual([MOST_IN_STEP, 2 * MOST_IN_STEP, 2 * MOST_IN_STEP + 1]);
    expect(begun).toEqual(all);
  });

  it('who arrives while others wait is begun after them', async () => {
    for (let id = 0; id <= MOST_IN_STEP; id += 1) arrive(id);
    await turn();
    arrive(1_000);
    await turn();
    expect(begun.slice(-2)).toEqual([MOST_IN_STEP, 1_000]);
  });

  it('begins the others when one fails as it begins', async () => {
    const thrown = new Promise((resolve) => process.once('uncaughtException', resolve));
    const middleware = beginInTurns();
    const next = (id: number) => (): void => {
      if (id === 1) throw new Error('its own fault');
      begun.push(id);
    };
    for (let id = 0; id <= 2 * MOST_IN_STEP; id += 1)
      middleware({ destroyed: false } as IncomingMessage, { closed: false } as ServerResponse, next(id));
    await expect(thrown).resolves.toMatchObject({ message: 'its own fault' });
    for (let n = 0; n < 4; n += 1) await turn();
    expect(begun).toHaveLength(2 * MOST_IN_STEP);
  });

  it('does not begin the request of a caller who has left', async () => {
    const left = { closed: false };
    const pipelined = { destroyed: false };
    arrive(1, left);
    arrive(2, undefined, pipelined);
    arrive(3);
    left.closed = true;
    // Of a request behind another one on its connection only this tells.
    pipelined.destroyed = true;
    await turn();
    expect(begun).toEqual([3]);
  });
});
