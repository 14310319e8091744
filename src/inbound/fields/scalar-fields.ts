import { applyDecorators } from '@nestjs/common';
import { api, convert, rule, type FieldOptions } from './field-rule.js';

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
    convert((value) =>
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
