import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';

/**
 * Tokens are stored encrypted with a key derived from the app's own secret: whoever reads Redis without knowing the
 * secret holds nothing usable.
 */

const IV_BYTES = 12;
const TAG_BYTES = 16;
const INFO = 'message-center/v1/access-token';

/** Encrypts a token; `cacheKey` is bound in, so that an entry cannot be moved to another key. */
export function sealToken(token: string, secret: string, cacheKey: string): string {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key(secret), iv, { authTagLength: TAG_BYTES });
  cipher.setAAD(Buffer.from(cacheKey));
  const sealed = Buffer.concat([cipher.update(token, 'utf8'), cipher.final()]);
  return Buffer.concat([iv, sealed, cipher.getAuthTag()]).toString('base64');
}

/** Decrypts what {@link sealToken} made; undefined when it was made with another secret or changed on the way. */
export function openToken(sealed: string, secret: string, cacheKey: string): string | undefined {
  const bytes = Buffer.from(sealed, 'base64');
  if (bytes.byteLength <= IV_BYTES + TAG_BYTES) return undefined;
  const decipher = createDecipheriv('aes-256-gcm', key(secret), bytes.subarray(0, IV_BYTES), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(Buffer.from(cacheKey));
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
  try {
    const opened = Buffer.concat([decipher.update(bytes.subarray(IV_BYTES, -TAG_BYTES)), decipher.final()]);
    return opened.toString('utf8');
  } catch {
    return undefined;
  }
}

/** Name of a token in caches and locks: tells nothing about the identity behind it. */
export function tokenCacheKey(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 40);
}

function key(secret: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret, '', INFO, 32));
}
