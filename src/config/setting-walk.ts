import type { JsonSchema } from './config.schema.js';

export type Holder = Record<string, unknown>;

/**
 * Visits every setting of a configuration that is neither object nor list, with its schema and with where it stands.
 * Where the schema has alternatives, a setting is visited once for each that knows it.
 */
export function eachSetting(
  node: unknown,
  schema: JsonSchema,
  visit: (value: unknown, setting: JsonSchema, holder: Holder, key: string) => void,
): void {
  if (typeof node !== 'object' || node === null) return;
  const holder = node as Holder;
  for (const [key, value] of Object.entries(holder)) {
    for (const child of childSchemas(schema, key)) {
      if (typeof value === 'object') eachSetting(value, child, visit);
      else visit(value, child, holder, key);
    }
  }
}

/** Is the setting, or one of its alternatives, marked with this? */
export function isMarked(schema: JsonSchema, mark: 'secret' | 'duration'): boolean {
  return schema[mark] === true || (schema.anyOf ?? []).some((option) => isMarked(option, mark));
}

function childSchemas(schema: JsonSchema, key: string): readonly JsonSchema[] {
  return (schema.anyOf ?? [schema]).flatMap((option) => {
    const child =
      option.properties?.[key] ??
      (typeof option.additionalProperties === 'object' ? option.additionalProperties : undefined) ??
      option.items;
    return child ? [child] : [];
  });
}
