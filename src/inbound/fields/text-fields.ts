import { applyDecorators } from '@nestjs/common';
import type { Bilingual } from '../../envelope/kinds.js';
import {
  advise,
  api,
  byteLength,
  charLength,
  convert,
  hasMoreBytes,
  hasMoreChars,
  rule,
  type AdvisedOptions,
  type FieldOptions,
} from './field-rule.js';

export interface TextOptions extends FieldOptions, AdvisedOptions {
  /** Limit in UTF-8 bytes. */
  readonly maxBytes?: number;
  /** Limit in characters (code points). */
  readonly maxChars?: number;
  /** May the text be empty? Default false. */
  readonly empty?: boolean;
  /** Linear pattern, applied after the length checks. */
  readonly pattern?: { readonly expression: RegExp; readonly means: Bilingual };
  /** http or https address. */
  readonly url?: boolean;
}

/** Complaint about a text, or undefined. */
export function textComplaint(value: unknown, options: Omit<TextOptions, 'description'>): Bilingual | undefined {
  if (typeof value !== 'string') return { zh: '必须是文本', en: 'must be text' };
  if (value.length === 0) return options.empty ? undefined : { zh: '不能为空', en: 'must not be empty' };
  const { maxBytes, maxChars } = options;
  if (maxBytes !== undefined && hasMoreBytes(value, maxBytes)) {
    const bytes = byteLength(value);
    return {
      zh: `最多 ${maxBytes} 字节（UTF-8），现为 ${bytes}`,
      en: `at most ${maxBytes} bytes in UTF-8, got ${bytes}`,
    };
  }
  if (maxChars !== undefined && hasMoreChars(value, maxChars)) {
    const chars = charLength(value);
    return {
      zh: `最多 ${maxChars} 个字符，现为 ${chars}`,
      en: `at most ${maxChars} characters, got ${chars}`,
    };
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
    convert(idText),
    rule(options, (value) => textComplaint(value, { maxBytes: 256, ...options })),
    api(options, { type: 'string', minLength: 1 }),
  );
}

/** A whole number as text; anything else as it is. */
export function idText(value: unknown): unknown {
  return typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : value;
}
