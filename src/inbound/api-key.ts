import { createHmac, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';

/**
 * API keys: `mck_<environment>_<id>_<secret>_<checksum>`. The prefix lets people and scanners recognise one, the
 * underscores let a double click take it whole, and the checksum refuses a typo without a look-up. Only a hash is kept.
 */

const PREFIX = 'mck';
const ID_LENGTH = 8;
/** 43 characters of base62 hold 256 bits. */
const SECRET_LENGTH = 43;
const CHECKSUM_LENGTH = 6;
const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const FORM = /^mck_(live|test)_([0-9A-Za-z]{8})_([0-9A-Za-z]{43})_([0-9A-Za-z]{6})$/;
/** Longest text that is looked at as a key. */
const MAX_LENGTH = 128;

/** A new key. It is shown once; {@link hashApiKey} of it is what is stored. */
export function createApiKey(environment: 'live' | 'test' = 'live'): string {
  const body = `${PREFIX}_${environment}_${randomText(ID_LENGTH)}_${randomText(SECRET_LENGTH)}`;
  return `${body}_${checksum(body)}`;
}

/** Is this text a key by its form and checksum? */
export function isApiKey(text: string): boolean {
  if (text.length > MAX_LENGTH || !FORM.test(text)) return false;
  const at = text.lastIndexOf('_');
  return checksum(text.slice(0, at)) === text.slice(at + 1);
}

/** The part of a key that may be shown: enough to recognise it, useless to anybody else. */
export function keyHint(key: string): string {
  return key.split('_').slice(0, 3).join('_');
}

/**
 * What is stored of a key. A fast hash is right: the secret has 256 random bits, so there is nothing to guess, and a
 * slow one would only be a way to keep the service busy.
 * @param pepper further secret kept apart from the hashes; empty for none
 */
export function hashApiKey(key: string, pepper: string): string {
  return createHmac('sha256', pepper).update(key).digest('base64url');
}

function randomText(length: number): string {
  let text = '';
  while (text.length < length) {
    for (const byte of randomBytes(length)) {
      // 248 is the largest multiple of 62 in a byte: the rest would favour the first characters.
      if (byte < 248 && text.length < length) text += ALPHABET.charAt(byte % 62);
    }
  }
  return text;
}

function checksum(text: string): string {
  let value = crc32(text);
  let encoded = '';
  for (let i = 0; i < CHECKSUM_LENGTH; i += 1) {
    encoded = ALPHABET.charAt(value % 62) + encoded;
    value = Math.floor(value / 62);
  }
  return encoded;
}
