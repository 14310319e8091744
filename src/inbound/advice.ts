import type { Bilingual } from '../envelope/kinds.js';
import {
  advisedLimits,
  advisesAnything,
  hasMoreBytes,
  hasMoreChars,
  nestedMembers,
  type AdvisedLimit,
  type DtoClass,
} from './fields.js';

/** An advised limit that a request or a message exceeds: passed on, but named. */
export interface Advice {
  readonly path: string;
  readonly message: Bilingual;
}

/** What is advised on nearly everything. */
export const NO_ADVICE: readonly Advice[] = [];

/**
 * The advised limits that an object of a DTO class exceeds, nested objects and lists included. Nothing is refused and
 * nothing is changed.
 * @param path where the object stands in the request, `msg.text`; empty for the request itself
 */
export function adviceOn(dto: DtoClass, object: Readonly<Record<string, unknown>>, path: string): readonly Advice[] {
  if (!advisesAnything(dto)) return NO_ADVICE;
  const found: Advice[] = [];
  for (const limit of advisedLimits(dto)) found.push(...exceeded(limit, object[limit.member], path));
  for (const { member, type } of nestedMembers(dto))
    found.push(...nestedAdvice(type(), object[member], join(path, member)));
  return found;
}

function nestedAdvice(dto: DtoClass, value: unknown, path: string): readonly Advice[] {
  if (Array.isArray(value)) {
    return value.flatMap((entry: unknown, index) => (isObject(entry) ? adviceOn(dto, entry, `${path}[${index}]`) : []));
  }
  return isObject(value) ? adviceOn(dto, value, path) : NO_ADVICE;
}

function exceeded(limit: AdvisedLimit, text: unknown, path: string): readonly Advice[] {
  if (typeof text !== 'string') return NO_ADVICE;
  const { member, chars, bytes } = limit;
  if (chars !== undefined && hasMoreChars(text, chars))
    return [advice(limit, join(path, member), `${chars} 个字符`, `${chars} characters`)];
  if (bytes !== undefined && hasMoreBytes(text, bytes))
    return [advice(limit, join(path, member), `${bytes} 字节`, `${bytes} bytes`)];
  return NO_ADVICE;
}

function advice(limit: AdvisedLimit, path: string, zh: string, en: string): Advice {
  return limit.cuts
    ? { path, message: { zh: `平台会截断超过 ${zh}的部分`, en: `the platform cuts what exceeds ${en}` } }
    : { path, message: { zh: `平台建议不超过 ${zh}`, en: `the platform advises at most ${en}` } };
}

function join(path: string, member: string): string {
  return path === '' ? member : `${path}.${member}`;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
