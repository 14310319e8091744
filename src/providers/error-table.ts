import { readFileSync } from 'node:fs';
import type { ErrorKind, Language } from '../envelope/kinds.js';

export type { Language } from '../envelope/kinds.js';

/**
 * What a platform's code can mean, seen from the gateway. A subset of the error kinds of the envelope: the table of the
 * envelope says what each means for HTTP, retry and the asynchronous road.
 */
export const PLATFORM_ERROR_KINDS = [
  'rejected',
  'credentials',
  'permission',
  'ip-not-allowed',
  'provider-throttled',
  'provider-quota',
  'provider-unavailable',
  'outcome-unknown',
] as const satisfies readonly ErrorKind[];

export type PlatformErrorKind = (typeof PLATFORM_ERROR_KINDS)[number];

/** How the meaning of the code was classified when it was read off the platform's pages. Coarser than the kind. */
export type PlatformErrorClass =
  | 'invalid-request'
  | 'invalid-recipient'
  | 'content-rejected'
  | 'credentials'
  | 'auth-token'
  | 'permission'
  | 'ip-allow-list'
  | 'rate-limit'
  | 'provider-transient'
  | 'other';

/** What the platform said, already normalised to text. */
export interface PlatformVerdict {
  /** The platform's code, `"34014"` or `"InvalidAuthentication"`. */
  code: string;
  /** The inner code of a reply that wraps one (DingTalk 88 and its `sub_code`). */
  subCode?: string;
  /** The platform's own words. */
  errmsg: string;
  /** Facts found in the words, by placeholder name: `{ ip: '203.0.113.7' }`. */
  facts?: Record<string, string>;
}

/** One code of a platform: what it means and what to do about it. */
export interface ErrorEntry {
  /** The platform's code, always as text; with `*` at its end it stands for a family that is not listed in full. */
  readonly code: string;
  /** Inner code, where the outer one only wraps it. */
  readonly subCode: string | null;
  /** Present where one code has several meanings that only the text tells apart (DingTalk 310000). */
  readonly errmsgIncludes: string | null;
  readonly kind: PlatformErrorKind;
  readonly class: PlatformErrorClass;
  /** A new access token may cure it: refresh once and repeat once. */
  readonly refreshToken: boolean;
  /** Seconds after which a repeat makes sense; only for throttling and unavailability. */
  readonly retryAfter: number | null;
  readonly cause: Readonly<Record<Language, string>>;
  /**
   * What to do. A segment `[[…{ip}…]]` quotes facts of the reply and is dropped when one of them is missing, so that
   * the sentence reads well either way.
   */
  readonly hint: Readonly<Record<Language, string>>;
  /** Where the meaning was read: one or several URLs, or how it was observed. */
  readonly source: string;
  readonly confidence: 'certain' | 'likely' | 'unsure';
}

const LANGUAGES: readonly Language[] = ['zh', 'en'];

const CLASSES: readonly string[] = [
  'invalid-request',
  'invalid-recipient',
  'content-rejected',
  'credentials',
  'auth-token',
  'permission',
  'ip-allow-list',
  'rate-limit',
  'provider-transient',
  'other',
] satisfies PlatformErrorClass[];

const CONFIDENCES: readonly string[] = ['certain', 'likely', 'unsure'];

/** Kinds whose cure is waiting: they name the seconds. */
const WAITING_KINDS: readonly string[] = ['provider-throttled', 'provider-unavailable'];

const MEMBERS: readonly string[] = [
  'code',
  'subCode',
  'errmsgIncludes',
  'kind',
  'class',
  'refreshToken',
  'retryAfter',
  'cause',
  'hint',
  'source',
  'confidence',
];

/**
 * The codes of one platform, as data. Each provider keeps its table in a JSON file beside it; what a code means is
 * decided there and nowhere else.
 *
 * @example
 * const table = ErrorTable.load(new URL('./dingtalk.errors.json', import.meta.url));
 * const verdict = { code: '88', subCode: '60020', errmsg: '…', facts: { ip: '203.0.113.7' } };
 * const entry = table.lookup(verdict); // kind: 'ip-not-allowed'
 * if (entry) table.hint(entry, verdict, 'en'); // 'Add the egress IP (the platform saw 203.0.113.7) to …'
 */
export class ErrorTable {
  readonly entries: readonly ErrorEntry[];

  /** By code and sub code; several entries where the text decides, the longest text first and the general one last. */
  private readonly byCode = new Map<string, ErrorEntry[]>();
  /** Entries for families of codes, the longest beginning first. */
  private readonly families: readonly ErrorEntry[];
  /** Codes that wrap others: only their sub code says what happened. */
  private readonly wrappers = new Set<string>();

  /**
   * @throws Error when two entries claim the same code, sub code and text
   */
  constructor(entries: readonly ErrorEntry[]) {
    this.entries = entries;
    for (const entry of entries) {
      const key = keyOf(entry.code, entry.subCode);
      const siblings = this.byCode.get(key) ?? [];
      if (siblings.some((sibling) => sibling.errmsgIncludes === entry.errmsgIncludes)) {
        throw new Error(`Error table: ${nameOf(entry)} is listed twice`);
      }
      siblings.push(entry);
      siblings.sort((a, b) => (b.errmsgIncludes?.length ?? 0) - (a.errmsgIncludes?.length ?? 0));
      this.byCode.set(key, siblings);
      if (entry.subCode !== null) this.wrappers.add(entry.code);
    }
    this.families = entries.filter(({ code }) => code.endsWith('*')).toSorted((a, b) => b.code.length - a.code.length);
  }

  /**
   * Reads a table from its JSON file.
   *
   * @throws Error that names the file, the entry and what is wrong with it
   */
  static load(url: URL): ErrorTable {
    const file = url.pathname.split('/').at(-1) ?? url.pathname;
    try {
      const data: unknown = JSON.parse(readFileSync(url, 'utf8'));
      if (!Array.isArray(data)) throw new Error('must be an array of entries');
      return new ErrorTable(data.map((entry: unknown, index) => checked(entry, index)));
    } catch (error) {
      throw new Error(`${file}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    }
  }

  /**
   * Finds the entry for what a platform said: code and sub code together; failing that the sub code as a code of its
   * own; failing that the code, unless it merely wraps; failing that the family of the code. Where entries differ only
   * by text, the one whose text occurs in the platform's words wins over the general one. Upper and lower case are the
   * same: platforms are not of one mind about their own names.
   *
   * @returns undefined when the code is unknown
   */
  lookup(verdict: PlatformVerdict): ErrorEntry | undefined {
    const { code, subCode, errmsg } = verdict;
    if (!subCode) return this.find(code, null, errmsg);
    return (
      this.find(code, subCode, errmsg) ??
      this.find(subCode, null, errmsg) ??
      (this.wrappers.has(code) ? undefined : this.find(code, null, errmsg))
    );
  }

  /** The hint of an entry in one language, with the facts of the verdict filled in. */
  hint(entry: ErrorEntry, verdict: PlatformVerdict, language: Language): string {
    return fill(entry.hint[language], verdict.facts ?? {});
  }

  private find(code: string, subCode: string | null, errmsg: string): ErrorEntry | undefined {
    const words = errmsg.toLowerCase();
    const exact = this.byCode
      .get(keyOf(code, subCode))
      ?.find((entry) => entry.errmsgIncludes === null || words.includes(entry.errmsgIncludes.toLowerCase()));
    return exact ?? (subCode === null ? this.familyOf(code) : undefined);
  }

  private familyOf(code: string): ErrorEntry | undefined {
    const name = code.toLowerCase();
    return this.families.find((family) => name.startsWith(family.code.slice(0, -1).toLowerCase()));
  }
}

const SEGMENT = /\[\[([^[\]]*)\]\]/g;
const PLACEHOLDER = /\{(\w+)\}/g;

/** One pass over the template, so that a fact that looks like a template is quoted, not expanded. */
function fill(template: string, facts: Record<string, string>): string {
  return template.replace(SEGMENT, (_match, segment: string) => {
    let complete = true;
    const text = segment.replace(PLACEHOLDER, (_placeholder, name: string) => {
      const fact = Object.hasOwn(facts, name) ? facts[name] : undefined;
      if (!fact) complete = false;
      return fact ?? '';
    });
    return complete ? text : '';
  });
}

function keyOf(code: string, subCode: string | null): string {
  return JSON.stringify([code, subCode]).toLowerCase();
}

function nameOf(entry: ErrorEntry): string {
  const code = entry.subCode === null ? entry.code : `${entry.code}/${entry.subCode}`;
  return entry.errmsgIncludes === null ? code : `${code} with "${entry.errmsgIncludes}"`;
}

function checked(value: unknown, index: number): ErrorEntry {
  if (!isRecord(value)) throw new Error(`entry ${index} must be an object`);
  if (!isText(value.code)) throw new Error(`entry ${index}: code must be text`);
  const complaint = complaintAbout(value);
  if (complaint) throw new Error(`entry ${index} (code ${value.code}): ${complaint}`);
  return value as unknown as ErrorEntry;
}

function complaintAbout(value: Record<string, unknown>): string | undefined {
  const unknown = Object.keys(value).find((member) => !MEMBERS.includes(member));
  if (unknown) return `unknown member ${unknown}`;
  for (const member of ['subCode', 'errmsgIncludes']) {
    if (value[member] !== null && !isText(value[member])) return `${member} must be text or null`;
  }
  for (const [member, allowed] of [
    ['kind', PLATFORM_ERROR_KINDS],
    ['class', CLASSES],
    ['confidence', CONFIDENCES],
  ] as const) {
    if (!isOneOf(value[member], allowed)) {
      return `${member} ${JSON.stringify(value[member])} is not one of ${allowed.join(', ')}`;
    }
  }
  if (typeof value.refreshToken !== 'boolean') return 'refreshToken must be true or false';
  if (value.refreshToken && value.kind !== 'credentials') return 'refreshToken goes with kind credentials only';
  if (!isText(value.source)) return 'source is missing';
  return complaintAboutWaiting(value) ?? complaintAboutTexts(value);
}

function complaintAboutWaiting({ kind, retryAfter }: Record<string, unknown>): string | undefined {
  if (!isOneOf(kind, WAITING_KINDS)) {
    return retryAfter === null ? undefined : `retryAfter must be null for kind ${String(kind)}`;
  }
  const seconds = typeof retryAfter === 'number' && Number.isInteger(retryAfter) && retryAfter > 0;
  return seconds ? undefined : `retryAfter must be a positive number of seconds for kind ${String(kind)}`;
}

function complaintAboutTexts(value: Record<string, unknown>): string | undefined {
  for (const member of ['cause', 'hint']) {
    const texts = value[member];
    for (const language of LANGUAGES) {
      const text = isRecord(texts) ? texts[language] : undefined;
      if (!isText(text)) return `${member}.${language} is missing`;
      const outside = member === 'hint' ? text.replace(SEGMENT, '') : text;
      if (/[{}]|\[\[|\]\]/.test(outside)) return `${member}.${language}: a placeholder must stand inside [[…]]`;
      if (!outside.trim()) return `${member}.${language} says nothing when the facts are missing`;
    }
  }
  return undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== '';
}

function isOneOf(value: unknown, allowed: readonly string[]): boolean {
  return typeof value === 'string' && allowed.includes(value);
}
