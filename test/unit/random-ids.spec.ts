import { describe, expect, it } from 'vitest';
import { newDeliveryId } from '../../src/idempotency/idempotency.guard.js';
import { randomBase32, randomUuid } from '../../src/random-ids.js';

// More than once around the random bytes that are asked for at a time.
const many = <T>(make: () => T): T[] => Array.from({ length: 5_000 }, make);

describe(randomUuid, () => {
  const ids = many(randomUuid);

  it('is a UUID of version 4', () => {
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it('is another one each time, in every digit', () => {
    expect(new Set(ids).size).toBe(ids.length);
    for (let place = 0; place < 36; place += 1) {
      const digits = new Set(ids.map((id) => id[place])).size;
      // Hyphens and the version are fixed, the variant has four values.
      expect(digits, String(place)).toBe([8, 13, 14, 18, 23].includes(place) ? 1 : place === 19 ? 4 : 16);
    }
  });
});

describe(randomBase32, () => {
  it('has so many characters, all of the alphabet', () => {
    const texts = many(() => randomBase32(26));
    expect(new Set(texts).size).toBe(texts.length);
    for (const text of texts) expect(text).toMatch(/^[a-z2-7]{26}$/);
    expect(new Set(texts.join('')).size).toBe(32);
  });

  it('makes the ids of deliveries', () => {
    expect(newDeliveryId()).toMatch(/^dlv_[a-z2-7]{26}$/);
  });
});
