import type { ConfigProblem } from './config.error.js';
import type { JsonSchema } from './config.schema.js';
import { readText } from './environment.js';

/**
 * Replaces references by what they refer to, in place: `env:NAME` and `file:/path`.
 * @returns what could not be resolved, and the files that were read
 */
export function resolveReferences(
  tree: Record<string, unknown>,
  env: NodeJS.ProcessEnv,
): { readonly problems: ConfigProblem[]; readonly files: string[] } {
  const problems: ConfigProblem[] = [];
  const files: string[] = [];
  walk(tree, '', (text, path) => {
    const [, kind, rest = ''] = /^(env|file|enc):(.+)$/s.exec(text) ?? [];
    if (kind === 'env') {
      const value = env[rest];
      if (value === undefined || value === '') problems.push({ path, reason: `the variable ${rest} is not set` });
      return value ?? '';
    }
    if (kind === 'file') {
      const value = readText(rest);
      if (value === undefined) problems.push({ path, reason: `cannot read the file ${rest}` });
      else files.push(rest);
      return value ?? '';
    }
    if (kind === 'enc') {
      problems.push({ path, reason: 'enc: values need MSG_MASTER_KEY' });
      return '';
    }
    return text;
  });
  return { problems, files };
}

/** The values of all members that the schema marks as secrets. */
export function secretValues(tree: unknown, schema: JsonSchema): string[] {
  const found: string[] = [];
  collect(tree, schema, (value) => found.push(...secretForms(value)));
  return found;
}

/** A copy in which every secret reads `***`. */
export function maskSecrets(tree: unknown, schema: JsonSchema): unknown {
  const copy = structuredClone(tree);
  collect(copy, schema, (_value, holder, key) => {
    holder[key] = '***';
  });
  return copy;
}

/** A secret in a URL (a Redis password) must also be known by itself. */
function secretForms(value: string): string[] {
  if (!URL.canParse(value)) return [value];
  const { password, username } = new URL(value);
  return password === ''
    ? []
    : [value, decodeURIComponent(password), ...(username === '' ? [] : [`${username}:${password}`])];
}

type Holder = Record<string, unknown>;

function collect(node: unknown, schema: JsonSchema, visit: (value: string, holder: Holder, key: string) => void): void {
  if (typeof node !== 'object' || node === null) return;
  const holder = node as Holder;
  for (const [key, value] of Object.entries(holder)) {
    for (const child of childSchemas(schema, key)) {
      if (typeof value === 'string') {
        if (isSecret(child)) visit(value, holder, key);
      } else {
        collect(value, child, visit);
      }
    }
  }
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

function isSecret(schema: JsonSchema): boolean {
  return schema.secret === true || (schema.anyOf ?? []).some(isSecret);
}

function walk(node: unknown, path: string, replace: (text: string, path: string) => string): void {
  if (typeof node !== 'object' || node === null) return;
  const holder = node as Holder;
  for (const [key, value] of Object.entries(holder)) {
    const here = path === '' ? key : `${path}.${key}`;
    if (typeof value === 'string') holder[key] = replace(value, here);
    else walk(value, here, replace);
  }
}
