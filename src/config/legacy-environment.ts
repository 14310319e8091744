import { createDecipheriv, createHash } from 'node:crypto';

/**
 * System A's encrypted environment, read once to move away from it; nothing else of the gateway knows this form.
 * Each value is base58(AES-256-CBC(value)); key: the hex MD5 of a secret, as 32 characters; IV: its first 16; padding:
 * zeros. The base secret is encrypted with a constant that is public with A's source, every other value with the base
 * secret. Nothing authenticates a value: that the result is text is the only sign of a right key.
 */

/** Variable with system A's base secret. */
export const LEGACY_BASE = 'MSG_BASE_SECRET_KEY';

/** The constant of system A's published source; who rebuilt it has another one. */
export const LEGACY_SALT = 'Fufu@msg.Demo';

/** A character that no text has: another key was used. One at a time, since unassigned ones are dear to look for. */
const NO_TEXT = /^[\p{Cc}\p{Cn}]$/u;

const BLOCK = 16;
const ALPHABET = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
const MAX_LENGTH = 4_096;

/** One variable of system A. */
export interface LegacySecret {
  readonly name: string;
  /** The setting that it becomes here; undefined when there is none. */
  readonly path: string | undefined;
  /** Undefined when it could not be opened. */
  readonly value: string | undefined;
  /** Why there is no value. */
  readonly problem?: string;
}

export interface LegacyOptions {
  readonly salt: string;
  /** Which variable becomes which setting. */
  readonly settings: ReadonlyMap<string, string>;
  /** Is this variable one of ours, and so not looked at unless it is in `settings`? */
  readonly isOurs: (name: string) => boolean;
}

export interface LegacyEnvironment {
  /** Why nothing could be read. */
  readonly problem?: string;
  readonly secrets: readonly LegacySecret[];
}

/** Opens everything in an environment that is in system A's form. */
export function readLegacyEnvironment(env: NodeJS.ProcessEnv, options: LegacyOptions): LegacyEnvironment {
  const sealedBase = env[LEGACY_BASE];
  if (!sealedBase)
    return { problem: `${LEGACY_BASE} is not set: run this where system A's environment is`, secrets: [] };
  const base = openLegacyValue(sealedBase, options.salt);
  if (base === undefined) {
    return {
      problem: `${LEGACY_BASE} does not open: it is not in system A's form, or A was built with another constant (--salt)`,
      secrets: [],
    };
  }
  const others = Object.keys(env).filter(
    (name) =>
      /^MSG_/.test(name) &&
      name !== LEGACY_BASE &&
      !options.settings.has(name) &&
      !options.isOurs(name) &&
      cipherText(env[name] ?? '') !== undefined,
  );
  const secrets = [...options.settings.keys(), ...others.toSorted()].map((name): LegacySecret => {
    const path = options.settings.get(name);
    const sealed = env[name];
    if (!sealed) return { name, path, value: undefined, problem: 'is not set' };
    const value = openLegacyValue(sealed, base);
    const problem = cipherText(sealed) ? 'does not open with the base secret' : "is not in system A's form";
    return value === undefined ? { name, path, value, problem } : { name, path, value };
  });
  return { secrets };
}

/** Opens one value of system A; undefined when the result is no text, that is, when the secret is not the right one. */
export function openLegacyValue(text: string, secret: string): string | undefined {
  const sealed = cipherText(text);
  if (!sealed || secret === '') return undefined;
  const key = Buffer.from(createHash('md5').update(secret, 'utf8').digest('hex'), 'ascii');
  const decipher = createDecipheriv('aes-256-cbc', key, key.subarray(0, BLOCK)).setAutoPadding(false);
  const padded = Buffer.concat([decipher.update(sealed), decipher.final()]);
  let end = padded.byteLength;
  while (end > 0 && padded[end - 1] === 0) end -= 1;
  try {
    const value = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(padded.subarray(0, end));
    return value === '' || [...value].some((character) => NO_TEXT.test(character)) ? undefined : value;
  } catch {
    return undefined;
  }
}

/** The bytes of a base58 text (Bitcoin's alphabet); undefined when it has another character. */
export function decodeBase58(text: string): Buffer | undefined {
  let number = 0n;
  for (const character of text) {
    const digit = ALPHABET.indexOf(character);
    if (digit < 0) return undefined;
    number = number * 58n + BigInt(digit);
  }
  const leading = /^1*/.exec(text)?.[0].length ?? 0;
  const hex = number === 0n ? '' : number.toString(16);
  return Buffer.concat([Buffer.alloc(leading), Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex')]);
}

function cipherText(text: string): Buffer | undefined {
  const trimmed = text.trim();
  if (trimmed === '' || trimmed.length > MAX_LENGTH) return undefined;
  const bytes = decodeBase58(trimmed);
  return bytes && bytes.byteLength > 0 && bytes.byteLength % BLOCK === 0 ? bytes : undefined;
}
