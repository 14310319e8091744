import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openToken, sealToken, tokenCacheKey } from '../../src/auth-token/token-cipher.js';

describe('a token at rest', () => {
  const token = 'b5c1c7f2a9e84d6e';
  const secret = 'app-secret';

  it('opens with the secret of its app, and is not readable otherwise', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.string(), fc.string(), (value, key, place) => {
        expect(openToken(sealToken(value, key, place), key, place)).toBe(value);
      }),
      { numRuns: 50 },
    );
    const sealed = sealToken(token, secret, 'place');
    expect(Buffer.from(sealed, 'base64').toString('latin1')).not.toContain(token);
  });

  it('is never sealed twice to the same text', () => {
    expect(sealToken(token, secret, 'place')).not.toBe(sealToken(token, secret, 'place'));
  });

  it('does not open with another secret, or in another place', () => {
    const sealed = sealToken(token, secret, 'place');
    expect(openToken(sealed, 'other-secret', 'place')).toBeUndefined();
    expect(openToken(sealed, secret, 'other-place')).toBeUndefined();
  });

  it('does not open when any one of its bytes was changed', () => {
    const sealed = Buffer.from(sealToken(token, secret, 'place'), 'base64');
    for (let index = 0; index < sealed.length; index += 1) {
      const changed = Buffer.from(sealed);
      changed[index] = (changed[index] ?? 0) ^ 1;
      expect(openToken(changed.toString('base64'), secret, 'place'), `byte ${index}`).toBeUndefined();
    }
  });

  it('does not open when it was cut or made longer', () => {
    const sealed = Buffer.from(sealToken(token, secret, 'place'), 'base64');
    for (let length = 0; length < sealed.length; length += 1) {
      expect(openToken(sealed.subarray(0, length).toString('base64'), secret, 'place')).toBeUndefined();
    }
    expect(openToken(Buffer.concat([sealed, Buffer.from('x')]).toString('base64'), secret, 'place')).toBeUndefined();
  });

  it.each(['', 'not base64 !', 'AAAA'])('does not open from rubbish: "%s"', (rubbish) => {
    expect(openToken(rubbish, secret, 'place')).toBeUndefined();
  });

  it('has a name that tells nothing, and that no two identities share', () => {
    expect(tokenCacheKey(['dingtalk', 'app-key', secret])).toMatch(/^[0-9a-f]{40}$/);
    expect(tokenCacheKey(['ab', 'c'])).not.toBe(tokenCacheKey(['a', 'bc']));
    expect(tokenCacheKey(['a,b'])).not.toBe(tokenCacheKey(['a', 'b']));
    expect(tokenCacheKey(['a', 'b'])).toBe(tokenCacheKey(['a', 'b']));
  });
});
