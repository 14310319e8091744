import { createCipheriv, createHash } from 'node:crypto';

/**
 * Encrypts as system A's tool does, written from the description of the scheme and sharing nothing with the reader
 * under test: another base58, on digits instead of a big number.
 */
export function encodeLegacy(value: string, secret: string): string {
  const key = Buffer.from(createHash('md5').update(secret).digest('hex'));
  const plain = Buffer.from(value);
  // Always at least one zero, so that a value of whole blocks gets a block of zeros.
  const padded = Buffer.alloc(plain.length + 16 - (plain.length % 16));
  plain.copy(padded);
  const cipher = createCipheriv('aes-256-cbc', key, key.subarray(0, 16)).setAutoPadding(false);
  return base58(Buffer.concat([cipher.update(padded), cipher.final()]));
}

/** An environment as system A wants it. */
export function legacyEnvironment(
  secrets: Readonly<Record<string, string>>,
  { salt = 'Fufu@msg.Demo', base = 'the-base-secret-of-A' } = {},
): Record<string, string> {
  return {
    MSG_BASE_SECRET_KEY: encodeLegacy(base, salt),
    ...Object.fromEntries(Object.entries(secrets).map(([name, value]) => [name, encodeLegacy(value, base)])),
  };
}

function base58(bytes: Buffer): string {
  const alphabet = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
  const digits: number[] = [];
  for (const byte of bytes) {
    let carry = byte;
    for (let index = 0; index < digits.length; index += 1) {
      carry += (digits[index] ?? 0) * 256;
      digits[index] = carry % 58;
      carry = Math.floor(carry / 58);
    }
    for (; carry > 0; carry = Math.floor(carry / 58)) digits.push(carry % 58);
  }
  for (const byte of bytes) {
    if (byte !== 0) break;
    digits.push(0);
  }
  return digits
    .toReversed()
    .map((digit) => alphabet[digit])
    .join('');
}
