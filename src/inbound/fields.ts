/**
 * Decorators for the members of request DTOs. Each one says three things at once: what is valid (class-validator),
 * what the OpenAPI document shows, and what a caller reads when it is not valid, in both languages.
 */
export {
  advisedLimits,
  advisesAnything,
  byteLength,
  charLength,
  hasMoreBytes,
  hasMoreChars,
  nestedMembers,
  packMessage,
  perClass,
  unpackMessage,
  type AdvisedLimit,
  type DtoClass,
  type NestedMember,
} from './fields/field-rule.js';
export { accept, isPlanned } from './fields/fast-accept.js';
export { IdListField, TextListField, type IdListOptions, type TextListOptions } from './fields/list-fields.js';
export { ObjectField, ObjectListField, type ObjectListOptions } from './fields/object-fields.js';
export {
  BooleanField,
  ChoiceField,
  IntegerField,
  NumberField,
  type ChoiceOptions,
  type IntegerOptions,
} from './fields/scalar-fields.js';
export { readStrictly, type StrictReading } from './fields/strict-reading.js';
export { IdField, TextField, textComplaint, type TextOptions } from './fields/text-fields.js';
