import { createHash, hkdfSync, randomBytes, scryptSync } from 'node:crypto';
import type { ConfigProblem } from './config.error.js';
import { readText } from './environment.js';

/** Variable with the master keys; `MSG_MASTER_KEY_FILE` names a file with them instead. */
export const MASTER_KEY = 'MSG_MASTER_KEY';
const MASTER_KEY_FILE = `${MASTER_KEY}_FILE`;

const KEY_BYTES = 32;
const SALT_BYTES = 16;
const MIN_PASSPHRASE = 16;
/** Random bytes with fewer different values do not happen: a key of zeros or a repeated letter is a mistake. */
const MIN_DIFFERENT_BYTES = 8;

/** Bound to what the key is for and to the format, so that the same master key gives unrelated keys elsewhere. */
const INFO = 'message-center/v1/secrets-at-rest';

/** Cost of one guess at a passphrase: 128 MiB and about a third of a second. */
const SCRYPT = { N: 2 ** 17, r: 8, p: 1, maxmem: 256 * 1024 * 1024 } as const;

const KID = /^[A-Za-z0-9_-]{1,32}$/;
const PASSPHRASE = 'pass:';

/** Results of scrypt, so that a reload does not stop the process for a third of a second per salt. */
const stretched = new Map<string, Uint8Array>();
const MAX_STRETCHED = 64;

/** One master key: random bytes, or a passphrase that scrypt makes into bytes. */
export interface MasterKey {
  /** Name of the key; stands in every value that it seals. */
  readonly kid: string;
  /** Salt for new values; undefined for random bytes, which need none. */
  readonly salt: Buffer | undefined;
  /**
   * The key that seals.
   * @param salt of the value; undefined for random bytes
   * @returns undefined when the value was not made with this kind of key
   */
  derive(salt: Buffer | undefined): Uint8Array | undefined;
}

/** The master keys: the first seals, any opens. */
export class Keyring {
  private readonly keys: ReadonlyMap<string, MasterKey>;

  constructor(
    readonly first: MasterKey,
    others: readonly MasterKey[],
    /** Every spelling of the keys, for the redactor. */
    readonly secrets: readonly string[],
  ) {
    this.keys = new Map([first, ...others].map((key) => [key.kid, key]));
  }

  /** Names of the keys, the sealing one first. */
  get kids(): readonly string[] {
    return [...this.keys.keys()];
  }

  find(kid: string): MasterKey | undefined {
    return this.keys.get(kid);
  }
}

export interface KeyringReading {
  /** Undefined when none is configured, or when it is not valid. */
  readonly keyring: Keyring | undefined;
  readonly problems: readonly ConfigProblem[];
  /** The file that was read or missed. */
  readonly files: readonly string[];
}

/** Reads the master keys from the environment. Problems tell which entry is wrong, never what stands in it. */
export function readKeyring(env: NodeJS.ProcessEnv): KeyringReading {
  const file = env[MASTER_KEY_FILE];
  if (!file) return env[MASTER_KEY] ? parseKeyring(env[MASTER_KEY], MASTER_KEY, []) : none([]);
  if (env[MASTER_KEY]) return none([], MASTER_KEY_FILE, `${MASTER_KEY} is set as well; keep one of the two`);
  const text = readText(file);
  return text === undefined
    ? none([file], MASTER_KEY_FILE, `cannot read the file ${file}`)
    : parseKeyring(text, MASTER_KEY_FILE, [file]);
}

/** A new random key as `kid:base64`. Without a name it gets one that is unlikely to be in the keyring already. */
export function generateKey(kid = `k${randomBytes(3).toString('hex')}`): string {
  if (!KID.test(kid)) throw new RangeError('a key is named with letters, digits, _ and -, at most 32');
  return `${kid}:${randomBytes(KEY_BYTES).toString('base64')}`;
}

function parseKeyring(text: string, path: string, files: readonly string[]): KeyringReading {
  const problems: ConfigProblem[] = [];
  const keys: MasterKey[] = [];
  const secrets: string[] = [];
  const entries = text
    .split(/[,\n]/)
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
  for (const [index, entry] of entries.entries()) {
    const parsed = parseEntry(entry);
    const refuse = (reason: string): void => void problems.push({ path, reason: `key ${index + 1} ${reason}` });
    if (typeof parsed === 'string') refuse(parsed);
    else if (keys.some(({ kid }) => kid === parsed.key.kid)) refuse(`is called ${parsed.key.kid} like one before it`);
    else {
      keys.push(parsed.key);
      secrets.push(entry, ...parsed.secrets);
    }
  }
  const [first, ...others] = keys;
  if (!first && problems.length === 0) problems.push({ path, reason: 'has no key in it' });
  const usable = first !== undefined && problems.length === 0;
  return { keyring: usable ? new Keyring(first, others, [text, ...secrets]) : undefined, problems, files };
}

/** One key with its spellings, or what is wrong with it. */
function parseEntry(entry: string): { key: MasterKey; secrets: readonly string[] } | string {
  const colon = entry.indexOf(':');
  const kid = entry.slice(0, Math.max(colon, 0));
  const rest = entry.slice(colon + 1);
  if (!KID.test(kid)) return 'must be name:base64 or name:pass:PASSPHRASE (the name: letters, digits, _ and -)';
  if (rest.startsWith(PASSPHRASE)) {
    const passphrase = rest.slice(PASSPHRASE.length);
    return passphrase.length < MIN_PASSPHRASE
      ? `has a passphrase shorter than ${MIN_PASSPHRASE} characters`
      : { key: passphraseKey(kid, passphrase), secrets: [passphrase] };
  }
  const bytes = Buffer.from(rest, 'base64');
  const base64 = bytes.toString('base64');
  const base64url = bytes.toString('base64url');
  const plain = rest.replace(/=+$/, '');
  if (bytes.byteLength !== KEY_BYTES || (plain !== base64.replace(/=+$/, '') && plain !== base64url))
    return `must be ${KEY_BYTES} random bytes in base64, as \`message-center secrets generate-key\` makes them`;
  if (new Set(bytes).size < MIN_DIFFERENT_BYTES)
    return 'is not random: make one with `message-center secrets generate-key`';
  return { key: randomKey(kid, bytes), secrets: [base64, plain, base64url, bytes.toString('hex')] };
}

function randomKey(kid: string, bytes: Buffer): MasterKey {
  const key = expand(bytes);
  return { kid, salt: undefined, derive: (salt) => (salt === undefined ? key : undefined) };
}

/** One salt for all that this process seals: opening them again costs one scrypt, not one each. */
function passphraseKey(kid: string, passphrase: string): MasterKey {
  return {
    kid,
    salt: randomBytes(SALT_BYTES),
    derive: (salt) => (salt?.byteLength === SALT_BYTES ? stretch(passphrase, salt) : undefined),
  };
}

function stretch(passphrase: string, salt: Buffer): Uint8Array {
  const id = createHash('sha256').update(salt).update(passphrase).digest('hex');
  const known = stretched.get(id);
  if (known) return known;
  const key = expand(scryptSync(passphrase, salt, KEY_BYTES, SCRYPT));
  const oldest = stretched.keys().next().value;
  if (stretched.size >= MAX_STRETCHED && oldest !== undefined) stretched.delete(oldest);
  stretched.set(id, key);
  return key;
}

function expand(master: Uint8Array): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', master, '', INFO, KEY_BYTES));
}

function none(files: readonly string[], path?: string, reason = ''): KeyringReading {
  return { keyring: undefined, problems: path === undefined ? [] : [{ path, reason }], files };
}
