import 'reflect-metadata';
import { assert, dictionary, integer, jsonValue, nat, property, string } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { byteLength, charLength, hasMoreBytes, hasMoreChars } from '../../src/inbound/fields.js';
import { MessageCatalog } from '../../src/providers/message-catalog.js';

const text = string({ unit: 'grapheme', maxLength: 40 });

describe('limits of texts', () => {
  it('are judged as if every text was counted', () => {
    assert(
      property(text, integer({ min: 0, max: 130 }), (value, limit) => {
        expect(hasMoreChars(value, limit)).toBe(charLength(value) > limit);
        expect(hasMoreBytes(value, limit)).toBe(byteLength(value) > limit);
      }),
    );
  });
});

describe('the limit of a whole message', () => {
  const MAX_BYTES = 2_000;
  const catalog = new MessageCatalog('Test', [], { maxBytes: MAX_BYTES });

  it('is judged as if every message was written, whatever it is made of', () => {
    assert(
      property(dictionary(text, jsonValue({ maxDepth: 3 })), nat(2_100), (content, filler) => {
        const message = { msgtype: 'free', free: { ...content, filler: 'x'.repeat(filler) } };
        const { complaints } = catalog.check(message, 'msg');
        expect(complaints.length > 0).toBe(byteLength(JSON.stringify(message)) > MAX_BYTES);
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ['escapes', '\u0001'.repeat(340)],
    ['three bytes each', '消'.repeat(670)],
    ['a lone half of a pair', '\ud800'.repeat(340)],
    ['long numbers', Array.from({ length: 90 }, () => -Number.MIN_VALUE * 2 ** 52)],
  ])('is not passed by %s', (_what, value) => {
    expect(catalog.check({ msgtype: 'free', free: { value } }, 'msg').complaints).toHaveLength(1);
  });
});
