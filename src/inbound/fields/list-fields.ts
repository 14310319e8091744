import { applyDecorators } from '@nestjs/common';
import type { Bilingual } from '../../envelope/kinds.js';
import { api, convert, entriesComplaint, rule, type FieldOptions } from './field-rule.js';
import { idText } from './text-fields.js';

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
    convert((value) => idList(value, options.separator)),
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
