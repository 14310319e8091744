import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { Keyring, MasterKey } from './keyring.js';

/**
 * A secret at rest: `enc:v1.<kid>.<salt or ->.<iv>.<ciphertext and tag>`, the last three base64url, AES-256-GCM.
 * Everything before the ciphertext and the path of the setting are associated data: a value opens only where it was
 * made for, so two values cannot be swapped.
 */

const PREFIX = 'enc:';
const VERSION = 'v1';
const NO_SALT = '-';
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** Why a sealed value was refused; the message never holds anything of the value. */
export class SealedValueError extends Error {
  override readonly name = 'SealedValueError';
}

/** Does a text claim to be a sealed value? */
export function isSealed(text: string): boolean {
  return text.startsWith(PREFIX);
}

/** Name of the key that a sealed value needs; undefined when it is not well-formed. */
export function kidOf(text: string): string | undefined {
  return split(text)?.kid;
}

/**
 * Seals a value for one setting. The same value twice gives different texts.
 * @param path of the setting, like `providers.dingtalk.apps.default.appSecret`
 * @example sealValue('s3cret', 'redis.url', keyring.first) // enc:v1.k1.-.…
 */
export function sealValue(value: string, path: string, key: MasterKey): string {
  if (value === '') throw new SealedValueError('there is nothing to seal: the value is empty');
  const derived = key.derive(key.salt);
  if (!derived) throw new SealedValueError('the key cannot seal');
  const salt = key.salt?.toString('base64url') ?? NO_SALT;
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', derived, iv, { authTagLength: TAG_BYTES });
  cipher.setAAD(associated(key.kid, salt, path));
  const sealed = Buffer.concat([cipher.update(value, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  return `${PREFIX}${[VERSION, key.kid, salt, iv.toString('base64url'), sealed.toString('base64url')].join('.')}`;
}

/**
 * Opens a sealed value.
 * @throws SealedValueError when it was changed, moved from another setting, or no key fits
 */
export function openValue(text: string, path: string, keyring: Keyring): string {
  const parts = split(text);
  if (!parts) throw new SealedValueError('is not a complete enc: value');
  const { kid, salt, iv, sealed } = parts;
  const key = keyring.find(kid);
  if (!key)
    throw new SealedValueError(`was sealed with the key ${kid}, and there are only: ${keyring.kids.join(', ')}`);
  const derived = key.derive(salt === NO_SALT ? undefined : Buffer.from(salt, 'base64url'));
  if (!derived) throw new SealedValueError(`was sealed with a key ${kid} of another kind`);
  // Without authTagLength a tag cut to 4 bytes would be taken.
  const decipher = createDecipheriv('aes-256-gcm', derived, iv, { authTagLength: TAG_BYTES });
  decipher.setAAD(associated(kid, salt, path));
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(0, -TAG_BYTES)), decipher.final()]).toString('utf8');
  } catch {
    throw new SealedValueError(
      `cannot be opened: ${kid} is not the key that sealed it, or it was sealed for another setting, or it was changed`,
    );
  }
}

interface Parts {
  readonly kid: string;
  readonly salt: string;
  readonly iv: Buffer;
  readonly sealed: Buffer;
}

function split(text: string): Parts | undefined {
  if (!isSealed(text)) return undefined;
  const [version, kid = '', salt = '', ivText = '', sealedText = '', ...more] = text.slice(PREFIX.length).split('.');
  if (version !== VERSION || more.length > 0 || kid === '') return undefined;
  const iv = bytesOf(ivText);
  const sealed = bytesOf(sealedText);
  if (salt !== NO_SALT && !bytesOf(salt)) return undefined;
  if (iv?.byteLength !== IV_BYTES || !sealed || sealed.byteLength <= TAG_BYTES) return undefined;
  return { kid, salt, iv, sealed };
}

/** Strict: a second spelling of the same bytes is refused, so that every changed character is noticed. */
function bytesOf(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64url');
  return bytes.byteLength > 0 && bytes.toString('base64url') === text ? bytes : undefined;
}

function associated(kid: string, salt: string, path: string): Buffer {
  return Buffer.from(JSON.stringify([VERSION, kid, salt, path]));
}
