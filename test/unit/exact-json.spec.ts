import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inspectJson, parseExact } from '../../src/json/exact-json.js';

/** A JSON text as another program may write it: with blanks between its tokens. */
const jsonText = fc
  .tuple(fc.json({ depthSize: 'medium' }), fc.constantFrom(undefined, 1, '\t', '\r\n'))
  .map(([text, indent]) => JSON.stringify(JSON.parse(text), null, indent));

const bigInteger = fc.bigInt({ min: 2n ** 53n, max: 10n ** 30n }).map((digits) => String(digits));

/** Nesting as the parsed value has it. */
function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

function hasLongInteger(value: unknown): boolean {
  if (typeof value === 'number') return Number.isInteger(value) && !Number.isSafeInteger(value);
  return typeof value === 'object' && value !== null && Object.values(value).some(hasLongInteger);
}

describe(parseExact.name, () => {
  it('gives what JSON.parse gives, where no number is too long', () => {
    fc.assert(
      fc.property(jsonText, (text) => {
        const value: unknown = JSON.parse(text);
        fc.pre(!hasLongInteger(value));
        expect(parseExact(text)).toEqual(value);
      }),
    );
  });

  it('refuses what JSON.parse refuses', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(attempt(() => parseExact(text))).toBe(attempt(() => JSON.parse(text) as unknown));
      }),
    );
  });

  it('keeps every digit of a long integer, as text, wherever it stands', () => {
    fc.assert(
      fc.property(bigInteger, fc.boolean(), (digits, negative) => {
        const number = negative ? `-${digits}` : digits;
        const text = `{"a":${number},"b":[1, ${number} ],"c":{"${number}":${number}}}`;
        expect(parseExact(text)).toEqual({ a: number, b: [1, number], c: { [number]: number } });
      }),
    );
  });

  it('leaves texts alone, whatever looks like a number or an end in them', () => {
    fc.assert(
      fc.property(fc.string(), bigInteger, (words, digits) => {
        const value = { text: `${words}"${digits}\\` };
        expect(parseExact(JSON.stringify(value))).toEqual(value);
      }),
    );
  });

  it.each([
    ['9007199254740991', 9_007_199_254_740_991],
    ['9007199254740992', '9007199254740992'],
    ['-9007199254740993', '-9007199254740993'],
    ['1234567890123456', 1_234_567_890_123_456],
    ['1.2345678901234567', 1.234_567_890_123_456_7],
    ['1e400', Number.POSITIVE_INFINITY],
  ])('reads %s', (text, value) => {
    expect(parseExact(text)).toBe(value);
  });
});

describe(inspectJson.name, () => {
  it('measures the depth of any JSON', () => {
    fc.assert(
      fc.property(jsonText, (text) => {
        expect(inspectJson(text).depth).toBe(depthOf(JSON.parse(text)));
      }),
    );
  });

  it('stops looking beyond the depth it is given, and uses no stack', () => {
    expect(inspectJson('['.repeat(1_000_000), 20).depth).toBe(21);
    expect(inspectJson('['.repeat(1_000_000)).depth).toBe(1_000_000);
  });

  it.each([
    ['zeros', `1.${'0'.repeat(1_000_000)}1`],
    ['exponents', `1${'e1'.repeat(500_000)}`],
    ['signs', '-'.repeat(1_000_000)],
    ['quotes', '"\\'.repeat(500_000)],
    ['numbers', '[0.1234567890123456],'.repeat(50_000)],
  ])('takes no longer than the text is long, whatever is in it: %s', (_name, text) => {
    const started = performance.now();
    inspectJson(text);
    expect(performance.now() - started).toBeLessThan(1_000);
  });

  it('does not count what stands in texts', () => {
    expect(inspectJson(JSON.stringify(['[[[{{{', '"[', '\\"[']))).toEqual({ depth: 1 });
  });

  it('finds nothing wrong with a number that JavaScript writes back', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (number) => {
        const safe = !Number.isInteger(number) || Number.isSafeInteger(number);
        const text = JSON.stringify(number);
        if (safe || /e/.test(text)) expect(inspectJson(text).unkeepable).toBeUndefined();
      }),
    );
  });

  it('names the first number that would lose digits, as it stands', () => {
    fc.assert(
      fc.property(bigInteger, (digits) => {
        expect(inspectJson(`{"a":1,"b":[${digits}],"c":1e999}`).unkeepable).toBe(digits);
      }),
    );
  });

  it.each([
    '0',
    '-0',
    '1',
    '0.1',
    '1.50',
    '1e3',
    '1E-7',
    '9007199254740991',
    '0.30000000000000004',
    '1e22',
    '0e-400',
    '-0.0E5',
    '5e-324',
  ])('%s can be kept', (number) => {
    expect(inspectJson(`[${number}]`).unkeepable).toBeUndefined();
  });

  it.each([
    '9007199254740992',
    '-9007199254740993',
    '1e309',
    '0.1234567890123456789',
    '1.00000000000000000001',
    '1e-400',
    '-0.001E-330',
    `0.${'0'.repeat(400)}1`,
  ])('%s cannot be kept', (number) => {
    expect(inspectJson(`[${number}]`).unkeepable).toBe(number);
  });
});

function attempt(parse: () => unknown): 'read' | 'refused' {
  try {
    parse();
    return 'read';
  } catch {
    return 'refused';
  }
}
