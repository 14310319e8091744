import type { ValidationError } from 'class-validator';
import type { Complaint } from '../providers/delivery-error.js';
import { unpackMessage } from './fields/field-rule.js';

/** Turns class-validator's tree into a flat list of complaints with full paths (`msg.oa.form[2].key`). */
export function flattenErrors(errors: readonly ValidationError[], path = ''): Complaint[] {
  return errors.flatMap((error) => {
    const here = join(path, error.property);
    const own = Object.entries(error.constraints ?? {}).map(([constraint, message]) => ({
      path: here,
      message:
        constraint === 'whitelistValidation'
          ? { zh: '不认识的成员', en: 'is not a member of this request' }
          : unpackMessage(message),
    }));
    // The nested constraint of class-validator says nothing that the field's own rule does not say better.
    const nested = flattenErrors(error.children ?? [], here);
    const informative = own.filter((complaint) => !complaint.message.en.includes('nested property'));
    return [...informative, ...nested];
  });
}

function join(path: string, property: string): string {
  if (path === '') return property;
  return /^\d+$/.test(property) ? `${path}[${property}]` : `${path}.${property}`;
}
