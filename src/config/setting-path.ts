import type { JsonSchema } from './config.schema.js';

/** A name that is no setting's, or not one of a text. */
export class SettingPathError extends Error {
  override readonly name = 'SettingPathError';
}

/**
 * The path of a setting in the one spelling that sealed values are bound to.
 * @param given a path (`redis.url`), a short name (`REDIS_URL`) or a long one (`MSG__REDIS__URL`)
 * @throws SettingPathError when there is no such setting, or it takes no text
 */
export function settingPath(given: string, schema: JsonSchema, shortNames: Readonly<Record<string, string>>): string {
  const short = Object.hasOwn(shortNames, given) ? shortNames[given] : undefined;
  const long = given.startsWith('MSG__');
  const segments = short?.split('.') ?? (long ? given.slice(5).split('__') : given.split('.'));
  const path: string[] = [];
  let here: JsonSchema = schema;
  for (const segment of segments) {
    const { key, next } = step(here, segment, long);
    if (!next) {
      const known = (here.anyOf ?? [here]).flatMap((option) => Object.keys(option.properties ?? {}));
      const at = path.length === 0 ? 'known' : `known below ${path.join('.')}`;
      throw new SettingPathError(
        `there is no setting ${given}${known.length === 0 ? '' : `; ${at}: ${known.join(', ')}`}`,
      );
    }
    path.push(key);
    here = next;
  }
  if (!takesText(here)) throw new SettingPathError(`${path.join('.')} is not a text: only texts can be sealed`);
  return path.join('.');
}

function step(schema: JsonSchema, segment: string, lowerCase: boolean): { key: string; next?: JsonSchema } {
  for (const option of schema.anyOf ?? [schema]) {
    const name = Object.keys(option.properties ?? {}).find((key) => key.toLowerCase() === segment.toLowerCase());
    const named = name === undefined ? undefined : option.properties?.[name];
    if (name !== undefined && named) return { key: name, next: named };
    if (option.items && /^\d+$/.test(segment)) return { key: segment, next: option.items };
    // Names of apps and robots: a long environment name makes them small, as the loader does.
    if (typeof option.additionalProperties === 'object' && segment !== '')
      return { key: lowerCase ? segment.toLowerCase() : segment, next: option.additionalProperties };
  }
  return { key: segment };
}

function takesText(schema: JsonSchema): boolean {
  return (schema.anyOf ?? [schema]).some(({ type, properties }) => type === 'string' || (!type && !properties));
}
