import { Transform } from 'class-transformer';
import type { Bilingual } from '../../envelope/kinds.js';
import { ApiProperty } from '../../openapi/openapi.decorators.js';
import { registerDecorator } from './class-validator.js';

/** Any class; the DTOs have no constructor arguments. */
export type DtoClass<T extends object = object> = new () => T;

/** What every field says about itself. */
export interface FieldOptions {
  /** Default true. */
  readonly required?: boolean;
  readonly description: Bilingual;
  readonly example?: unknown;
}

/** Limits the platform only advises: passed on, and named in the log and in the dry run. */
export interface AdvisedOptions {
  readonly advisedChars?: number;
  readonly advisedBytes?: number;
  /** The platform cuts what exceeds the advised limit: the advice says so. */
  readonly cuts?: boolean;
}

export type Check = (value: unknown) => Bilingual | undefined;

/** Turns what a caller may write into what the platform wants: ids given as numbers into text. Never throws. */
export type Convert = (value: unknown) => unknown;

const SEPARATOR = '\u001f';
const ADVICE = Symbol('advice');
const NESTED = Symbol('nested-members');
const rules = new WeakMap<object, Map<string, Check>>();
const converts = new WeakMap<object, Map<string, Convert>>();

/** Length in UTF-8 bytes, the unit of most of the platforms' limits. */
export function byteLength(text: string): number {
  return Buffer.byteLength(text, 'utf8');
}

/** Length in characters as people count them (code points, not UTF-16 units). */
export function charLength(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

/** Has a text more characters than so many? Only one that is longer in UTF-16 units needs to be counted. */
export function hasMoreChars(text: string, chars: number): boolean {
  return text.length > chars && charLength(text) > chars;
}

/** The same in UTF-8 bytes, of which a UTF-16 unit takes three at most. */
export function hasMoreBytes(text: string, bytes: number): boolean {
  return text.length * 3 > bytes && byteLength(text) > bytes;
}

/** Packs a bilingual sentence into the one string class-validator carries. */
export function packMessage(message: Bilingual): string {
  return message.zh + SEPARATOR + message.en;
}

/** Unpacks what {@link packMessage} packed; foreign messages are the same in both languages. */
export function unpackMessage(message: string): Bilingual {
  const at = message.indexOf(SEPARATOR);
  return at < 0 ? { zh: message, en: message } : { zh: message.slice(0, at), en: message.slice(at + 1) };
}

/** An advised limit of a member, see {@link TextOptions.advisedChars}. */
export interface AdvisedLimit {
  readonly member: string;
  readonly chars?: number;
  readonly bytes?: number;
  /** The platform cuts beyond it. */
  readonly cuts?: boolean;
}

function declaredLimits(dto: DtoClass): readonly AdvisedLimit[] {
  return (Reflect.getMetadata(ADVICE, dto) as AdvisedLimit[] | undefined) ?? [];
}

/** The advised limits declared on a DTO class. */
export const advisedLimits = perClass(declaredLimits);

/** Does the class, or one below it, advise anything? Most do not, and need not be walked. */
export const advisesAnything: (dto: DtoClass) => boolean = perClass(
  (dto) => advisedLimits(dto).length > 0 || nestedMembers(dto).some(({ type }) => advisesAnything(type())),
);

/** A member that holds an object, or a list of objects, with a DTO class of its own. */
export interface NestedMember {
  readonly member: string;
  readonly type: () => DtoClass;
}

function declaredNesting(dto: DtoClass): readonly NestedMember[] {
  return (Reflect.getMetadata(NESTED, dto) as NestedMember[] | undefined) ?? [];
}

/** The nested members declared on a DTO class. */
export const nestedMembers = perClass(declaredNesting);

const MISSING: Bilingual = { zh: '缺少该成员', en: 'is required' };

export function rule(options: FieldOptions, check: Check): PropertyDecorator {
  const complaint: Check = (value) => {
    if (value === undefined || value === null) return options.required === false ? undefined : MISSING;
    return check(value);
  };
  return (target, property) => {
    registerDecorator({
      name: 'field',
      target: target.constructor,
      propertyName: String(property),
      options: { message: (args) => packMessage(complaint(args.value) ?? MISSING) },
      validator: { validate: (value: unknown) => complaint(value) === undefined },
    });
    note(rules, target, property, complaint);
  };
}

/** A member whose value is converted before it is checked. */
export function convert(conversion: Convert): PropertyDecorator {
  return (target, property) => {
    Transform(({ value }) => conversion(value))(target, property);
    note(converts, target, property, conversion);
  };
}

/** The rule of a member, its own or an inherited one. */
export function ruleOf(dto: DtoClass, member: string): Check | undefined {
  return noted(rules, dto, member);
}

/** The conversion of a member, its own or an inherited one. */
export function convertOf(dto: DtoClass, member: string): Convert | undefined {
  return noted(converts, dto, member);
}

/** What is worked out once for each class, at its first use: decorators have all run by then. */
export function perClass<T>(work: (dto: DtoClass) => T): (dto: DtoClass) => T {
  const known = new WeakMap<DtoClass, { readonly value: T }>();
  return (dto) => {
    let entry = known.get(dto);
    if (!entry) {
      entry = { value: work(dto) };
      known.set(dto, entry);
    }
    return entry.value;
  };
}

function note<T>(book: WeakMap<object, Map<string, T>>, target: object, property: string | symbol, entry: T): void {
  const members = book.get(target.constructor) ?? new Map<string, T>();
  book.set(target.constructor, members.set(String(property), entry));
}

function noted<T>(book: WeakMap<object, Map<string, T>>, dto: DtoClass, member: string): T | undefined {
  for (let one: object | null = dto; one; one = Object.getPrototypeOf(one) as object | null) {
    const entry = book.get(one)?.get(member);
    if (entry !== undefined) return entry;
  }
  return undefined;
}

export function api(options: FieldOptions, schema: Record<string, unknown>): PropertyDecorator {
  return ApiProperty({
    ...schema,
    required: options.required !== false,
    description: `${options.description.zh}。${options.description.en}.`,
    ...(options.example === undefined ? {} : { example: options.example }),
  });
}

export function advise(options: AdvisedOptions): PropertyDecorator {
  return (target, property) => {
    if (options.advisedChars === undefined && options.advisedBytes === undefined) return;
    const { advisedChars: chars, advisedBytes: bytes, cuts } = options;
    const limit: AdvisedLimit = { member: String(property), chars, bytes, cuts };
    Reflect.defineMetadata(ADVICE, [...declaredLimits(target.constructor as DtoClass), limit], target.constructor);
  };
}

export function nest(type: () => DtoClass): PropertyDecorator {
  return (target, property) => {
    const nested: NestedMember = { member: String(property), type };
    Reflect.defineMetadata(NESTED, [...declaredNesting(target.constructor as DtoClass), nested], target.constructor);
  };
}

/** Description of a field in both languages. */
export function describe(options: FieldOptions): string {
  return `${options.description.zh}。${options.description.en}.`;
}

/** Complaint about the number of entries of a list. */
export function entriesComplaint(min: number, max: number, got: number): Bilingual {
  return max === Number.MAX_SAFE_INTEGER
    ? { zh: `最少 ${min} 项，现为 ${got}`, en: `at least ${min} entries, got ${got}` }
    : { zh: `必须有 ${min} 到 ${max} 项，现为 ${got}`, en: `must have ${min} to ${max} entries, got ${got}` };
}
