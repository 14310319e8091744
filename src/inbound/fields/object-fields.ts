import { applyDecorators } from '@nestjs/common';
import { Type } from 'class-transformer';
import { ApiProperty } from '../../openapi/openapi.decorators.js';
import { ValidateNested } from './class-validator.js';
import { describe, entriesComplaint, nest, rule, type DtoClass, type FieldOptions } from './field-rule.js';

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
