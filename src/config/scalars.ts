import { z } from 'zod';

/** Building blocks of the configuration schema, for this folder and for providers' own settings. */

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const DURATION = /^(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+$/;

/**
 * Milliseconds of a duration: a number is seconds, text is like `500ms`, `25s` or `3h20m`.
 * @returns undefined when it is neither
 */
export function parseDuration(value: number | string): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) && value >= 0 ? value * 1_000 : undefined;
  if (/^\d+(\.\d+)?$/.test(value)) return Number(value) * 1_000;
  if (!DURATION.test(value)) return undefined;
  let total = 0;
  for (const [, amount, unit] of value.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/gy)) {
    total += Number(amount) * (UNITS[unit as string] as number);
  }
  return total;
}

/** Milliseconds as {@link parseDuration} reads them back: `3h20m`, `500ms`. */
export function formatDuration(milliseconds: number): string {
  let left = milliseconds;
  const parts = Object.entries(UNITS)
    .toReversed()
    .map(([unit, length]) => {
      const amount = unit === 'ms' ? left : Math.floor(left / length);
      left -= amount * length;
      return amount === 0 ? '' : `${amount}${unit}`;
    });
  return parts.join('') || '0s';
}

/** A duration; becomes milliseconds. */
export function duration(description: string) {
  return z
    .union([z.number(), z.string()])
    .transform((value, context) => {
      const milliseconds = parseDuration(value);
      if (milliseconds !== undefined) return milliseconds;
      context.addIssue({ code: 'custom', message: 'must be a duration: seconds, or text like 25s or 3h20m' });
      return z.NEVER;
    })
    .meta({ duration: true, description: `${description} Seconds, or text like 25s or 3h20m.` });
}

/** A secret: masked by `config print`, known to the redactor. May be given as `env:NAME`, `file:/path` or `enc:…`. */
export function secret(description: string) {
  return z
    .string()
    .min(1)
    .meta({ secret: true, description: `${description} Plainly, or env:NAME, file:/path, enc:….` });
}

/** An id that people write as a number or as text; becomes a number. */
export function numericId(description: string) {
  return z
    .union([z.number().int(), z.string().regex(/^\d{1,15}$/, 'must be a whole number')])
    .transform(Number)
    .meta({ description });
}

/** Base URL of a platform: http or https, no credentials, no query; becomes a URL without a trailing slash. */
export function baseUrl(fallback: string, description: string) {
  return z
    .string()
    .default(fallback)
    .transform((text, context) => {
      const problem = baseUrlProblem(text);
      if (problem === undefined) return text.replace(/\/+$/, '');
      context.addIssue({ code: 'custom', message: problem });
      return z.NEVER;
    })
    .meta({ description });
}

function baseUrlProblem(text: string): string | undefined {
  if (!URL.canParse(text)) return 'must be an address like https://host';
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'must start with https:// or http://';
  if (url.username !== '' || url.password !== '') return 'must not contain a user name or password';
  if (url.search !== '' || url.hash !== '') return 'must not have a query or fragment';
  return undefined;
}

/** Name of an app or robot in the configuration; it appears in headers, logs and metrics. */
export const name = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/, 'must be letters, digits, _ and -, at most 64');

/** Settings that every provider takes, for all its apps, and each app for itself. */
export const callSettings = {
  proxy: z
    .url({ protocol: /^https?$/ })
    .meta({ secret: true, description: 'HTTP proxy for the calls to the platform, http://host:port.' })
    .optional(),
  timeoutMs: z
    .number()
    .int()
    .min(100)
    .max(120_000)
    .meta({ description: 'Deadline of one operation in milliseconds.' })
    .optional(),
  maxInFlight: z
    .number()
    .int()
    .min(1)
    .max(1024)
    .meta({ description: 'Calls in flight at once per app; above it callers get 503.' })
    .optional(),
};
