/**
 * JSON with the two properties a gateway needs and JSON.parse lacks: numbers keep every digit, and depth has a limit.
 * One linear pass over the text, no recursion.
 */

/** What {@link inspectJson} found; the first offence of each sort. */
export interface JsonInspection {
  /** Deepest nesting of objects and lists; a plain value has 0. */
  readonly depth: number;
  /** A number that JavaScript cannot keep digit by digit, as it stands in the text. */
  readonly unkeepable?: string;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * Measures a JSON text before it is parsed. The text need not be valid: JSON.parse decides that afterwards.
 * @param stopAtDepth stop looking at this depth; the result's depth is then one more
 */
export function inspectJson(text: string, stopAtDepth = Number.MAX_SAFE_INTEGER): JsonInspection {
  let depth = 0;
  let deepest = 0;
  let unkeepable: string | undefined;
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) {
      i = endOfString(text, i);
    } else if (code === 0x7b || code === 0x5b) {
      depth += 1;
      if (depth > deepest) deepest = depth;
      if (deepest > stopAtDepth) return { depth: deepest };
    } else if (code === 0x7d || code === 0x5d) {
      depth -= 1;
    } else if (isNumberStart(code)) {
      const end = endOfNumber(text, i);
      if (unkeepable === undefined && end - i > 15 && !keepsDigits(text.slice(i, end))) unkeepable = text.slice(i, end);
      else if (unkeepable === undefined && hasExponent(text, i, end) && !keepsDigits(text.slice(i, end))) {
        unkeepable = text.slice(i, end);
      }
      i = end - 1;
    }
  }
  return unkeepable === undefined ? { depth: deepest } : { depth: deepest, unkeepable };
}

/**
 * Parses JSON; integers that JavaScript cannot keep become text, digit by digit.
 * @throws SyntaxError when the text is not JSON
 */
export function parseExact(text: string): unknown {
  return JSON.parse(/\d{16}/.test(text) ? quoteBigIntegers(text) : text) as unknown;
}

function quoteBigIntegers(text: string): string {
  const parts: string[] = [];
  let copied = 0;
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) {
      i = endOfString(text, i);
    } else if (isNumberStart(code)) {
      const end = endOfNumber(text, i);
      const token = text.slice(i, end);
      if (/^-?\d{16,}$/.test(token) && !Number.isSafeInteger(Number(token))) {
        parts.push(text.slice(copied, i), '"', token, '"');
        copied = end;
      }
      i = end - 1;
    }
  }
  parts.push(text.slice(copied));
  return parts.join('');
}

function endOfString(text: string, start: number): number {
  for (let i = start + 1; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code === BACKSLASH) i += 1;
    else if (code === QUOTE) return i;
  }
  return text.length;
}

function isNumberStart(code: number): boolean {
  return (code >= 0x30 && code <= 0x39) || code === 0x2d;
}

function endOfNumber(text: string, start: number): number {
  let i = start + 1;
  while (i < text.length && isNumberPart(text.charCodeAt(i))) i += 1;
  return i;
}

function isNumberPart(code: number): boolean {
  return (
    (code >= 0x30 && code <= 0x39) || code === 0x2e || code === 0x2b || code === 0x2d || code === 0x65 || code === 0x45
  );
}

function hasExponent(text: string, start: number, end: number): boolean {
  for (let i = start; i < end; i += 1) {
    const code = text.charCodeAt(i);
    if (code === 0x65 || code === 0x45) return true;
  }
  return false;
}

/** Does JavaScript give back the same number? Integers must be safe, others must not lose digits, overflow or become 0. */
function keepsDigits(token: string): boolean {
  const value = Number(token);
  if (!Number.isFinite(value) || (value === 0 && significantDigits(token) !== '')) return false;
  if (/^-?\d+$/.test(token)) return Number.isSafeInteger(value);
  const digits = significantDigits(token);
  return digits.length <= 15 || significantDigits(String(value)) === digits;
}

/** Without sign, point, exponent and outer zeros. Loops, because `/0+$/` would need the square of a long number's time. */
function significantDigits(number: string): string {
  const digits = number.replace(/[eE].*$/, '').replace(/[-.]/g, '');
  let start = 0;
  let end = digits.length;
  while (start < end && digits[start] === '0') start += 1;
  while (start < end && digits[end - 1] === '0') end -= 1;
  return digits.slice(start, end);
}
