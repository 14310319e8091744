import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { languageOf } from '../../src/envelope/envelope.js';

describe(languageOf.name, () => {
  it.each([
    [undefined, 'zh'],
    ['', 'zh'],
    ['zh', 'zh'],
    ['zh-CN,zh;q=0.9,en;q=0.8', 'zh'],
    ['en', 'en'],
    ['en-US,en;q=0.9', 'en'],
    ['EN', 'en'],
    ['en;q=0.9, zh;q=0.8', 'en'],
    ['en;q=0.8, zh;q=0.9', 'zh'],
    ['en, zh', 'zh'],
    ['de, en;q=0.5', 'en'],
    ['de', 'zh'],
    ['*', 'zh'],
    ['en;q=0', 'zh'],
    ['english', 'zh'],
  ])('%s is answered in %s', (header, language) => {
    expect(languageOf(header)).toBe(language);
  });

  it('any header is answered in one of the two', () => {
    fc.assert(
      fc.property(fc.string(), (header) => {
        expect(['zh', 'en']).toContain(languageOf(header));
      }),
    );
  });
});
