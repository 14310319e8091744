import { plainToInstance } from 'class-transformer';
import { flattenErrors } from '../complaints.js';
import type { Complaint } from '../../providers/delivery-error.js';
import { Validator } from './class-validator.js';
import type { DtoClass } from './field-rule.js';

/** An object read by the decorators of a class, and all that is wrong with it. */
export interface StrictReading<T extends object> {
  readonly instance: T;
  readonly complaints: readonly Complaint[];
}

const validator = new Validator();

/**
 * Reads an object with class-transformer and class-validator. It is the last word: what {@link accept} does not accept
 * comes here.
 * @param unknown what to do with members that the class does not know
 * @param path prefix of the complaints' paths
 */
export function readStrictly<T extends object>(
  dto: DtoClass<T>,
  value: Readonly<Record<string, unknown>>,
  unknown: 'refuse' | 'drop',
  path = '',
): StrictReading<T> {
  const instance = plainToInstance(dto, withoutClassNames(value) as Record<string, unknown>);
  const errors = validator.validateSync(instance, {
    whitelist: true,
    forbidNonWhitelisted: unknown === 'refuse',
    forbidUnknownValues: false,
  });
  return { instance, complaints: flattenErrors(errors, path) };
}

/** A copy without members called `constructor`: class-transformer takes them for the class of the object, and fails. */
function withoutClassNames(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutClassNames);
  if (typeof value !== 'object' || value === null) return value;
  const copy: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(value)) {
    // An assignment to `__proto__` would set the prototype.
    if (name !== 'constructor' && name !== '__proto__') copy[name] = withoutClassNames(member);
  }
  return copy;
}
