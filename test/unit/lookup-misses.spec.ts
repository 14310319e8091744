import { describe, expect, it } from 'vitest';
import { MemoryMissStore } from '../../src/lookups/memory-miss-store.js';
import type { Beginning, MissRules, Question } from '../../src/lookups/miss-store.js';

const HOUR = 3_600_000;

describe(MemoryMissStore.name, () => {
  let now = 1_000_000;
  const sut = (): MemoryMissStore => new MemoryMissStore(() => now);
  const question = (subject: string, rules: Partial<MissRules> = {}, app = 'a'): Question => ({
    subject,
    app,
    rules: { rememberMs: HOUR, perDay: 3, ...rules },
  });

  /** Begins and, if the platform is asked, settles. */
  function ask(store: MemoryMissStore, about: Question, missed: boolean): Beginning {
    const beginning = store.begin(about);
    if (beginning.kind === 'ask') store.settle(about, beginning.place, missed);
    return beginning;
  }

  it('remembers a miss as long as it is told to, and says since when', () => {
    const store = sut();
    const since = now;
    expect(ask(store, question('x'), true).kind).toBe('ask');
    now += HOUR - 1;
    expect(store.begin(question('x'))).toEqual({ kind: 'known', since });
    now += 1;
    expect(store.begin(question('x')).kind).toBe('ask');
  });

  it('remembers no hit', () => {
    const store = sut();
    ask(store, question('x'), false);
    expect(ask(store, question('x'), false).kind).toBe('ask');
  });

  it('lets so many misses of one app happen within a day, and then says for how long to wait', () => {
    const store = sut();
    for (const subject of ['x', 'y', 'z']) {
      expect(ask(store, question(subject), true).kind).toBe('ask');
      now += HOUR;
    }
    expect(store.begin(question('w'))).toEqual({ kind: 'full', waitMs: 21 * HOUR });
    expect(store.begin(question('w', {}, 'b')).kind).toBe('ask');
    now += 21 * HOUR;
    expect(store.begin(question('w')).kind).toBe('ask');
  });

  it('gives the places of hits back, and counts what is being asked as if it were a miss', () => {
    const store = sut();
    for (let index = 0; index < 10; index += 1) expect(ask(store, question(`hit ${index}`), false).kind).toBe('ask');
    const begun = ['x', 'y', 'z'].map((subject) => store.begin(question(subject)));
    expect(begun.map(({ kind }) => kind)).toEqual(['ask', 'ask', 'ask']);
    expect(store.begin(question('w')).kind).toBe('full');
  });

  it('frees the place of somebody who died while asking', () => {
    const store = sut();
    for (const subject of ['x', 'y', 'z']) store.begin(question(subject));
    expect(store.begin(question('w')).kind).toBe('full');
    now += 150_000;
    expect(store.begin(question('w')).kind).toBe('ask');
  });

  it('counts nothing where there is no limit', () => {
    const store = sut();
    for (let index = 0; index < 100; index += 1) {
      expect(ask(store, question(`miss ${index}`, { perDay: 0 }), true).kind).toBe('ask');
    }
  });

  it('forgets the oldest misses when there are more than it keeps', () => {
    const store = sut();
    const rules = { perDay: 0 };
    for (let index = 0; index <= 10_000; index += 1) ask(store, question(`miss ${index}`, rules), true);
    expect(store.known(question('miss 0'))).toBeUndefined();
    expect(store.known(question('miss 1'))).toBe(now);
    expect(store.known(question('miss 10000'))).toBe(now);
  });
});
