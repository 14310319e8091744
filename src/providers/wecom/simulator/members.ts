import type { ErrorCode } from './error-texts.js';
import { Refusal } from './refusals.js';

export type JsonObject = Readonly<Record<string, unknown>>;

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A length in bytes of UTF-8, and the code for what is longer. */
export interface ByteLimit {
  readonly maxBytes: number;
  readonly code: ErrorCode;
}

/**
 * Reads the members of one JSON object and refuses what the platform would. A member of the wrong type gets 40058,
 * which the error table describes as the code for parameters of every kind; null is no value of any type.
 */
export class Members {
  constructor(
    private readonly values: JsonObject,
    private readonly at = '',
  ) {}

  has(member: string): boolean {
    return this.values[member] !== undefined;
  }

  /** The member as received. */
  value(member: string): unknown {
    return this.values[member];
  }

  /** An optional string. */
  text(member: string, limit?: ByteLimit): string | undefined {
    const value = this.values[member];
    if (value === undefined) return undefined;
    if (typeof value !== 'string') throw this.wrongType(member, 'string');
    if (limit && Buffer.byteLength(value) > limit.maxBytes) {
      throw new Refusal(limit.code, `${this.path(member)} exceed max length ${limit.maxBytes}`);
    }
    return value;
  }

  /** A string that must be there and not be empty. */
  requiredText(member: string, missing: ErrorCode, limit?: ByteLimit): string {
    const value = this.text(member, limit);
    if (value === undefined || value === '') throw new Refusal(missing, this.path(member));
    return value;
  }

  /** One of a few numbers; the first of them if the member is absent. */
  choice(member: string, allowed: readonly [number, ...number[]], wrong: ErrorCode = 40058): number {
    const value = this.values[member] ?? allowed[0];
    if (typeof value !== 'number') throw this.wrongType(member, 'number');
    if (!allowed.includes(value)) throw new Refusal(wrong, this.path(member));
    return value;
  }

  boolean(member: string): boolean | undefined {
    const value = this.values[member];
    if (value === undefined || typeof value === 'boolean') return value;
    throw this.wrongType(member, 'boolean');
  }

  /** An object, empty if absent, so that its first required member decides the code. */
  object(member: string): Members {
    return this.optionalObject(member) ?? new Members({}, this.path(member));
  }

  optionalObject(member: string): Members | undefined {
    const value = this.values[member];
    if (value === undefined) return undefined;
    if (!isJsonObject(value)) throw this.wrongType(member, 'object');
    return new Members(value, this.path(member));
  }

  /** A list of objects of a certain length; an absent one has length 0. */
  list(member: string, length: { min?: number; max: number; code: ErrorCode }): Members[] {
    const value = this.values[member] ?? [];
    if (!Array.isArray(value)) throw this.wrongType(member, 'array');
    if (value.length < (length.min ?? 0) || value.length > length.max) {
      throw new Refusal(length.code, this.path(member));
    }
    return value.map((entry: unknown, index) => {
      const path = `${this.path(member)}.${index}`;
      if (!isJsonObject(entry)) throw new Refusal(40058, `${path} should be object`);
      return new Members(entry, path);
    });
  }

  /** A list of strings or of integers. Text joined by `|` is not one: 40035 says that an array is wanted. */
  ids(member: string, type: 'string' | 'number' = 'string'): string[] {
    const value = this.values[member] ?? [];
    if (!Array.isArray(value) || !value.every((id) => typeof id === type)) throw new Refusal(40035, this.path(member));
    return value.map(String);
  }

  path(member: string): string {
    return this.at === '' ? member : `${this.at}.${member}`;
  }

  private wrongType(member: string, wanted: string): Refusal {
    return new Refusal(40058, `${this.path(member)} should be ${wanted}`);
  }
}
