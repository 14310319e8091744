import { describe, expect, it } from 'vitest';
import {
  decodeBase58,
  LEGACY_SALT,
  openLegacyValue,
  readLegacyEnvironment,
  type LegacyOptions,
} from '../../src/config/legacy-environment.js';
import { encodeLegacy, legacyEnvironment } from '../support/legacy-encoder.js';

const FIXED = [
  ['BuYSw8cJehsx8NdAXAVuZ23CZMrhJwKKaCkMaNgoNpL8', LEGACY_SALT, 'operations-base-secret'],
  ['55V1XFFG4Ua5B9wygXn6cbFwbFK6wPeGTzR3UyKs9Foe', 'operations-base-secret', 'ding0123456789abcdef'],
  [
    '7JZUHNXyGsDXxprDV6ofHTumYgQSjBikTAs6LEGJdq9gS85HjKisFkDR2QfgKmkk45',
    'operations-base-secret',
    'Zm9-app_secret-of-an-example-0123456789',
  ],
  ['DEHxPQ1S5Zv29dRUB2XQuBueUSwTsCPve3WrATt6ik4g', 'operations-base-secret', 'sixteen-byte-val'],
  ['8p8bZdP8vmonAn9cPFfiUCxazcBLw3XvEtnbbxwaijBV', '基础', '密钥 with 中文'],
] as const;

const options: LegacyOptions = {
  salt: LEGACY_SALT,
  settings: new Map([
    ['MSG_DD_APP_KEY', 'appKey'],
    ['MSG_DD_APP_SECRET', 'appSecret'],
  ]),
  isOurs: (name) => name.startsWith('MSG__'),
};

describe('openLegacyValue', () => {
  it.each([
    ['one character', 'x', 'k'],
    ['shorter than a block', 'dingoaabbcc', 'base secret'],
    ['15 bytes', 'fifteen-bytes-!', 'base secret'],
    ['one block', 'exactly-16-bytes', 'base secret'],
    ['17 bytes', 'seventeen-bytes-!', 'base secret'],
    ['an app secret', 'Xw3-0kHqF_2bRr8VmO5sVbC1eTzYdJ9LuPnGaKi7EhDfMxQWt6vUoIy4SjBlNgZc', 'myBASEkeyValue123'],
    ['Chinese under a Chinese key', '加密/解密~&#中文', '基础密钥'],
    ['a URL', 'redis://user:p%40ss@10.0.0.1:6379/0', 'a'.repeat(100)],
  ])('opens what the independent encoder made: %s', (_case, value, secret) => {
    expect(openLegacyValue(encodeLegacy(value, secret), secret)).toBe(value);
    expect(openLegacyValue(` ${encodeLegacy(value, secret)}\n`, secret)).toBe(value);
  });

  it('opens fixed texts, so that encoder and reader cannot err together', () => {
    // base58 of AES-256-CBC, computed once with openssl enc -aes-256-cbc -nopad and an independent base58.
    for (const [text, secret, value] of FIXED) expect(openLegacyValue(text, secret), text).toBe(value);
  });

  it('notices a wrong secret, though nothing authenticates the value', () => {
    const sealed = encodeLegacy('an-app-secret-of-40-characters-in-length', 'right');
    const opened = Array.from({ length: 1_000 }, (_, index) => openLegacyValue(sealed, `wrong ${index}`));
    expect(opened.filter((value) => value !== undefined)).toEqual([]);
  });

  it.each(['', 'O0Il', 'abc', 'not base58!', '1', 'plain-secret'])('takes nothing else: %j', (text) => {
    expect(openLegacyValue(text, 'secret')).toBeUndefined();
  });
});

describe('decodeBase58', () => {
  it('keeps leading zeros', () => {
    expect(decodeBase58('')).toEqual(Buffer.alloc(0));
    expect(decodeBase58('11')).toEqual(Buffer.from([0, 0]));
    expect(decodeBase58('12')).toEqual(Buffer.from([0, 1]));
    expect(decodeBase58('5Q')).toEqual(Buffer.from([255]));
    expect(decodeBase58('0')).toBeUndefined();
  });
});

describe('readLegacyEnvironment', () => {
  const secrets = { MSG_DD_APP_KEY: 'dingkey', MSG_DD_APP_SECRET: 'the-app-secret', MSG_XY_MONITOR_API_KEY: 'monitor' };

  it('opens the base secret with the constant and the rest with the base secret', () => {
    const env = { ...legacyEnvironment(secrets), MSG__REDIS__URL: 'x', PATH: '/bin', MSG_NOTE: 'plain text' };
    expect(readLegacyEnvironment(env, options)).toEqual({
      secrets: [
        { name: 'MSG_DD_APP_KEY', path: 'appKey', value: 'dingkey' },
        { name: 'MSG_DD_APP_SECRET', path: 'appSecret', value: 'the-app-secret' },
        { name: 'MSG_XY_MONITOR_API_KEY', path: undefined, value: 'monitor' },
      ],
    });
  });

  it('takes the constant of a build of one’s own', () => {
    const env = legacyEnvironment(secrets, { salt: 'our own' });
    expect(readLegacyEnvironment(env, { ...options, salt: 'our own' }).secrets).toHaveLength(3);
    expect(readLegacyEnvironment(env, options).problem).toContain('--salt');
  });

  it('says which secret it cannot read and why', () => {
    const env = { ...legacyEnvironment({ MSG_DD_APP_KEY: 'dingkey' }), MSG_DD_APP_SECRET: 'plain' };
    const problems = readLegacyEnvironment(env, options).secrets.map(({ problem }) => problem);
    expect(problems).toEqual([undefined, "is not in system A's form"]);
    const foreign = { ...legacyEnvironment({}), MSG_DD_APP_KEY: encodeLegacy('value', 'another base') };
    expect(readLegacyEnvironment(foreign, options).secrets.map(({ problem }) => problem)).toEqual([
      'does not open with the base secret',
      'is not set',
    ]);
    expect(readLegacyEnvironment({}, options).problem).toContain('MSG_BASE_SECRET_KEY is not set');
  });
});
