import type { OpenApiDocument } from './routes.js';

interface Schema {
  readonly $ref?: string;
  readonly properties?: object;
  readonly required?: readonly string[];
  readonly allOf?: readonly unknown[];
  readonly oneOf?: readonly unknown[];
}

/** Members that a schema knows, in whatever way it is put together. */
export function membersOf(schema: unknown, document: OpenApiDocument): readonly string[] {
  return parts(schema, document, ['allOf', 'oneOf']).flatMap(({ properties }) => Object.keys(properties ?? {}));
}

/** Members that a schema demands in any case. */
export function requiredOf(schema: unknown, document: OpenApiDocument): readonly string[] {
  return parts(schema, document, ['allOf']).flatMap(({ required = [] }) => required);
}

/** The schema and what it is put together from, references followed. */
function parts(schema: unknown, document: OpenApiDocument, joints: readonly ('allOf' | 'oneOf')[]): readonly Schema[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const whole = schema as Schema;
  const name = whole.$ref?.split('/').at(-1);
  const referred = name === undefined ? [] : [document.components.schemas[name]];
  const inner = [...referred, ...joints.flatMap((joint) => whole[joint] ?? [])];
  return [whole, ...inner.flatMap((part) => parts(part, document, joints))];
}
