import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { Transform, Type } from 'class-transformer';
import { registerDecorator, ValidateNested } from 'class-validator';
import type { Bilingual } from '../envelope/kinds.js';

/**
 * Decorators for the members of request DTOs. Each one says three things at once: what is valid (class-validator),
 * what the OpenAPI document shows, and what a caller reads when it is not valid, in both languages.
 */

/** Any class; the DTOs have no constructor arguments. */
export type DtoClass<T extends object = object> = new () => T;

interface FieldOptions {
  /** Default true. */
  readonly required?: boolean;
  readonly description: Bilingual;
  readonly example?: unknown;
}

export interface TextOptions extends FieldOptions {
  /** Limit in UTF-8 bytes. */
  readonly maxBytes?: number;
  /** Limit in characters (code points). */
  readonly maxChars?: number;
  /** Limits the platform only advises: passed on, and named in the log and in the dry run. */
  readonly advisedChars?: number;
  readonly advisedBytes?: number;
  /** The platform cuts what exceeds the advised limit: the advice says so. */
  readonly cuts?: boolean;
  /** May the text be empty? Default false. */
  readonly empty?: boolean;
  /** Linear pattern, applied after the length checks. */
  readonly pattern?: { readonly expression: RegExp; readonly means: Bilingual };
  /** http or https address. */
  readonly url?: boolean;
}

type Check = (value: unknown) => Bilingual | undefined;

const SEPARATOR = '\u001f';
const ADVICE = Symbol('advice');
const NESTED = Symbol('nested-members');

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

/** The advised limits declared on a DTO class. */
export function advisedLimits(dto: DtoClass): readonly AdvisedLimit[] {
  return (Reflect.getMetadata(ADVICE, dto) as AdvisedLimit[] | undefined) ?? [];
}

/** A member that holds an object, or a list of objects, with a DTO class of its own. */
export interface NestedMember {
  readonly member: string;
  readonly type: () => DtoClass;
}

/** The nested members declared on a DTO class. */
export function nestedMembers(dto: DtoClass): readonly NestedMember[] {
  return (Reflect.getMetadata(NESTED, dto) as NestedMember[] | undefined) ?? [];
}

const MISSING: Bilingual = { zh: '缺少该成员', en: 'is required' };

function rule(options: FieldOptions, check: Check): PropertyDecorator {
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
  };
}

function api(options: FieldOptions, schema: Record<string, unknown>): PropertyDecorator {
  return ApiProperty({
    ...schema,
    required: options.required !== false,
    description: `${options.description.zh}。${options.description.en}.`,
    ...(options.example === undefined ? {} : { example: options.example }),
  });
}

function advise(options: TextOptions): PropertyDecorator {
  return (target, property) => {
    if (options.advisedChars === undefined && options.advisedBytes === undefined) return;
    const { advisedChars: chars, advisedBytes: bytes, cuts } = options;
    const limit: AdvisedLimit = { member: String(property), chars, bytes, cuts };
    Reflect.defineMetadata(ADVICE, [...advisedLimits(target.constructor as DtoClass), limit], target.constructor);
  };
}

function nest(type: () => DtoClass): PropertyDecorator {
  return (target, property) => {
    const nested: NestedMember = { member: String(property), type };
    Reflect.defineMetadata(NESTED, [...nestedMembers(target.constructor as DtoClass), nested], target.constructor);
  };
}

/** Complaint about a text, or undefined. */
export function textComplaint(value: unknown, options: Omit<TextOptions, 'description'>): Bilingual | undefined {
  if (typeof value !== 'string') return { zh: '必须是文本', en: 'must be text' };
  if (value.length === 0) return options.empty ? undefined : { zh: '不能为空', en: 'must not be empty' };
  if (options.maxBytes !== undefined) {
    const bytes = byteLength(value);
    if (bytes > options.maxBytes) {
      return {
        zh: `最多 ${options.maxBytes} 字节（UTF-8），现为 ${bytes}`,
        en: `at most ${options.maxBytes} bytes in UTF-8, got ${bytes}`,
      };
    }
  }
  if (options.maxChars !== undefined) {
    const chars = charLength(value);
    if (chars > options.maxChars) {
      return {
        zh: `最多 ${options.maxChars} 个字符，现为 ${chars}`,
        en: `at most ${options.maxChars} characters, got ${chars}`,
      };
    }
  }
  if (options.url && !isWebAddress(value)) {
    return { zh: '必须是 http 或 https 开头的地址', en: 'must be an http or https address' };
  }
  if (options.pattern && !options.pattern.expression.test(value)) return options.pattern.means;
  return undefined;
}

/** Links that a person may be sent to: web addresses and DingTalk's own link form, never `javascript:` and the like. */
function isWebAddress(value: string): boolean {
  return /^(https?:\/\/|dingtalk:\/\/)\S/i.test(value);
}

/** A text member. */
export function TextField(options: TextOptions): PropertyDecorator {
  return applyDecorators(
    rule(options, (value) => textComplaint(value, options)),
    advise(options),
    api(options, {
      type: 'string',
      ...(options.maxChars === undefined ? {} : { maxLength: options.maxChars }),
      ...(options.empty ? {} : { minLength: 1 }),
    }),
  );
}

/** A text or number that is an id: numbers are accepted and become text, since ids of people are often all digits. */
export function IdField(options: TextOptions): PropertyDecorator {
  return applyDecorators(
    Transform(({ value }) => idText(value)),
    rule(options, (value) => textComplaint(value, { maxBytes: 256, ...options })),
    api(options, { type: 'string', minLength: 1 }),
  );
}

function idText(value: unknown): unknown {
  return typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : value;
}

export interface IdListOptions extends FieldOptions {
  /** Separator of the platform's own form, `,` or `|`. */
  readonly separator: string;
  /** Fewest ids; a required list needs one in any case. */
  readonly min?: number;
  readonly max?: number;
  /** Linear pattern of every id. */
  readonly pattern?: RegExp;
}

/**
 * A list of ids: an array, or the platform's separated text. Becomes an array of texts; empty entries are dropped and
 * ids given as numbers become text.
 */
export function IdListField(options: IdListOptions): PropertyDecorator {
  return applyDecorators(
    Transform(({ value }) => idList(value, options.separator)),
    rule(options, (value) => idListComplaint(value, options)),
    api(options, {
      oneOf: [
        {
          type: 'array',
          items: { type: 'string' },
          ...(options.min ? { minItems: options.min } : {}),
          ...(options.max ? { maxItems: options.max } : {}),
        },
        { type: 'string', description: `ids joined by ${options.separator}` },
      ],
    }),
  );
}

function idList(value: unknown, separator: string): unknown {
  if (typeof value === 'number') return [idText(value)];
  if (typeof value === 'string') {
    return value
      .split(separator)
      .map((id) => id.trim())
      .filter((id) => id !== '');
  }
  return Array.isArray(value) ? value.map(idText) : value;
}

function idListComplaint(value: unknown, options: IdListOptions): Bilingual | undefined {
  if (!Array.isArray(value)) {
    return {
      zh: `必须是数组，或用 ${options.separator} 分隔的文本`,
      en: `must be a list, or text separated by ${options.separator}`,
    };
  }
  if (value.length === 0 && options.required !== false) return { zh: '不能为空', en: 'must not be empty' };
  if (options.min !== undefined && value.length < options.min) {
    return {
      zh: `最少 ${options.min} 个，现为 ${value.length}`,
      en: `at least ${options.min} ids, got ${value.length}`,
    };
  }
  if (options.max !== undefined && value.length > options.max) {
    return {
      zh: `最多 ${options.max} 个，现为 ${value.length}`,
      en: `at most ${options.max} ids, got ${value.length}`,
    };
  }
  const bad = value.findIndex(
    (id) =>
      typeof id !== 'string' ||
      id === '' ||
      id.length > 128 ||
      id.includes(options.separator) ||
      options.pattern?.test(id) === false,
  );
  if (bad >= 0) return { zh: `第 ${bad + 1} 项不是有效的 id`, en: `entry ${bad + 1} is not an id` };
  return undefined;
}

export interface TextListOptions extends FieldOptions {
  readonly min?: number;
  readonly max?: number;
}

/** A list of texts, and nothing that merely looks like one: for members that travel on exactly as they came. */
export function TextListField(options: TextListOptions): PropertyDecorator {
  const { min = 0, max = Number.MAX_SAFE_INTEGER } = options;
  return applyDecorators(
    rule(options, (value) => {
      if (!Array.isArray(value)) return { zh: '必须是数组', en: 'must be a list' };
      if (value.length < min || value.length > max) return entriesComplaint(min, max, value.length);
      const bad = value.findIndex((entry) => typeof entry !== 'string' || entry === '');
      return bad < 0
        ? undefined
        : { zh: `第 ${bad + 1} 项必须是非空文本`, en: `entry ${bad + 1} must be a text that is not empty` };
    }),
    api(options, {
      type: 'array',
      items: { type: 'string', minLength: 1 },
      ...(options.min === undefined ? {} : { minItems: options.min }),
      ...(options.max === undefined ? {} : { maxItems: options.max }),
    }),
  );
}

/** true or false. Text is not accepted: `"false"` would be true to a careless reader. */
export function BooleanField(options: FieldOptions): PropertyDecorator {
  return applyDecorators(
    rule(options, (value) =>
      typeof value === 'boolean' ? undefined : { zh: '必须是 true 或 false', en: 'must be true or false' },
    ),
    api(options, { type: 'boolean' }),
  );
}

export interface IntegerOptions extends FieldOptions {
  readonly min?: number;
  readonly max?: number;
  /** Accept digits given as text and turn them into a number. */
  readonly fromText?: boolean;
}

/** A whole number. */
export function IntegerField(options: IntegerOptions): PropertyDecorator {
  const { min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER } = options;
  return applyDecorators(
    Transform(({ value }) =>
      options.fromText && typeof value === 'string' && /^-?\d{1,15}$/.test(value) ? Number(value) : value,
    ),
    rule(options, (value) => {
      if (typeof value !== 'number' || !Number.isSafeInteger(value))
        return { zh: '必须是整数', en: 'must be a whole number' };
      if (value < min || value > max)
        return { zh: `必须在 ${min} 到 ${max} 之间`, en: `must be between ${min} and ${max}` };
      return undefined;
    }),
    api(options, {
      type: 'integer',
      ...(options.min === undefined ? {} : { minimum: options.min }),
      ...(options.max === undefined ? {} : { maximum: options.max }),
    }),
  );
}

/** A number, whole or not. */
export function NumberField(options: FieldOptions & { readonly min: number; readonly max: number }): PropertyDecorator {
  const { min, max } = options;
  return applyDecorators(
    rule(options, (value) => {
      if (typeof value !== 'number') return { zh: '必须是数字', en: 'must be a number' };
      if (value >= min && value <= max) return undefined;
      return { zh: `必须在 ${min} 到 ${max} 之间`, en: `must be between ${min} and ${max}` };
    }),
    api(options, { type: 'number', minimum: min, maximum: max }),
  );
}

export interface ChoiceOptions extends FieldOptions {
  readonly values: readonly (string | number)[];
}

/** One of a closed list. */
export function ChoiceField(options: ChoiceOptions): PropertyDecorator {
  const list = options.values.map((value) => JSON.stringify(value)).join(', ');
  return applyDecorators(
    rule(options, (value) =>
      options.values.includes(value as string)
        ? undefined
        : { zh: `必须是其中之一: ${list}`, en: `must be one of ${list}` },
    ),
    api(options, { type: typeof options.values[0], enum: [...options.values] }),
  );
}

/** An object with members of its own. */
export function ObjectField(type: () => DtoClass, options: FieldOptions): PropertyDecorator {
  return applyDecorators(
    Type(type),
    ValidateNested(),
    nest(type),
    rule(options, (value) =>
      typeof value === 'object' && !Array.isArray(value) ? undefined : { zh: '必须是对象', en: 'must be an object' },
    ),
    // Swagger knows a lazy type by the name of the function, `type`: so it is wrapped here.
    ApiProperty({ type: () => type(), required: options.required !== false, description: describe(options) }),
  );
}

export interface ObjectListOptions extends FieldOptions {
  readonly min?: number;
  readonly max?: number;
}

/** A list of objects. */
export function ObjectListField(type: () => DtoClass, options: ObjectListOptions): PropertyDecorator {
  const { min = 0, max = Number.MAX_SAFE_INTEGER } = options;
  return applyDecorators(
    Type(type),
    ValidateNested({ each: true }),
    nest(type),
    rule(options, (value) => {
      if (!Array.isArray(value)) return { zh: '必须是数组', en: 'must be a list' };
      if (value.length < min || value.length > max) return entriesComplaint(min, max, value.length);
      const bad = value.findIndex((entry) => typeof entry !== 'object' || entry === null || Array.isArray(entry));
      return bad < 0 ? undefined : { zh: `第 ${bad + 1} 项必须是对象`, en: `entry ${bad + 1} must be an object` };
    }),
    ApiProperty({
      type: () => type(),
      isArray: true,
      required: options.required !== false,
      description: describe(options),
      ...(options.min === undefined ? {} : { minItems: options.min }),
      ...(options.max === undefined ? {} : { maxItems: options.max }),
    }),
  );
}

function entriesComplaint(min: number, max: number, got: number): Bilingual {
  return max === Number.MAX_SAFE_INTEGER
    ? { zh: `最少 ${min} 项，现为 ${got}`, en: `at least ${min} entries, got ${got}` }
    : { zh: `必须有 ${min} 到 ${max} 项，现为 ${got}`, en: `must have ${min} to ${max} entries, got ${got}` };
}

function describe(options: FieldOptions): string {
  return `${options.description.zh}。${options.description.en}.`;
}
