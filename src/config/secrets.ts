import type { ConfigProblem } from './config.error.js';
import type { JsonSchema } from './config.schema.js';
import { readText } from './environment.js';
import { MASTER_KEY, readKeyring, type Keyring } from './keyring.js';
import { isSealed, openValue, SealedValueError } from './sealed-value.js';
import { eachSetting, isMarked, type Holder } from './setting-walk.js';

/** What the references of a configuration stand for. */
export interface ResolvedReferences {
  readonly problems: ConfigProblem[];
  /** The files that were read or missed. */
  readonly files: string[];
  /** Paths of the settings that were sealed (`enc:`): never shown, whatever the schema says of them. */
  readonly sealed: string[];
  /** The opened values and the master keys, for the redactor. */
  readonly secrets: string[];
}

/**
 * Replaces references by what they refer to, in place: `env:NAME`, `file:/path`, and `enc:…`, opened with the master
 * keys of the environment. What a variable or a file holds may itself be sealed.
 */
export function resolveReferences(tree: Record<string, unknown>, env: NodeJS.ProcessEnv): ResolvedReferences {
  const { keyring, problems: keyProblems, files: keyFiles } = readKeyring(env);
  const problems = [...keyProblems];
  const files = [...keyFiles];
  const sealed: string[] = [];
  const secrets = [...(keyring?.secrets ?? [])];
  const unsealed = (text: string, path: string): string => {
    if (!isSealed(text)) return text;
    sealed.push(path);
    try {
      const value = openSetting(text, path, keyring, keyProblems.length > 0);
      secrets.push(value, ...secretForms(value));
      return value;
    } catch (error) {
      if (!(error instanceof SealedValueError)) throw error;
      problems.push({ path, reason: error.message });
      return '';
    }
  };
  walk(tree, '', (text, path) => {
    const [, kind, rest = ''] = /^(env|file):(.+)$/s.exec(text) ?? [];
    if (kind === 'env') {
      const value = rest === MASTER_KEY ? undefined : env[rest];
      if (rest === MASTER_KEY) problems.push({ path, reason: `${rest} is no setting's value` });
      else if (value === undefined || value === '') problems.push({ path, reason: `the variable ${rest} is not set` });
      return unsealed(value ?? '', path);
    }
    if (kind === 'file') {
      const value = readText(rest);
      files.push(rest);
      if (value === undefined) problems.push({ path, reason: `cannot read the file ${rest}` });
      return unsealed(value ?? '', path);
    }
    return unsealed(text, path);
  });
  return { problems, files, sealed, secrets };
}

function openSetting(text: string, path: string, keyring: Keyring | undefined, invalidKeys: boolean): string {
  if (keyring) return openValue(text, path, keyring);
  throw new SealedValueError(
    invalidKeys ? `cannot be opened while ${MASTER_KEY} is not valid` : `is sealed: set ${MASTER_KEY} to open it`,
  );
}

/** The values of all members that the schema marks as secrets. */
export function secretValues(tree: unknown, schema: JsonSchema): string[] {
  const found: string[] = [];
  eachSetting(tree, schema, (value, setting) => {
    if (typeof value === 'string' && isMarked(setting, 'secret')) found.push(...secretForms(value));
  });
  return found;
}

/**
 * A copy in which every secret reads `***`.
 * @param sealed paths of further settings to hide: those that were given as `enc:`
 */
export function maskSecrets(tree: unknown, schema: JsonSchema, sealed: readonly string[] = []): unknown {
  const copy = structuredClone(tree);
  eachSetting(copy, schema, (value, setting, holder, key) => {
    if (typeof value === 'string' && isMarked(setting, 'secret')) holder[key] = '***';
  });
  for (const path of sealed) hide(copy, path.split('.'));
  return copy;
}

function hide(tree: unknown, path: readonly string[]): void {
  const [key = '', ...rest] = path;
  if (typeof tree !== 'object' || tree === null || !Object.hasOwn(tree, key)) return;
  if (rest.length > 0) hide((tree as Holder)[key], rest);
  else (tree as Holder)[key] = '***';
}

/** Query parameters whose value is a secret by itself; the others may be ordinary words. */
const SECRET_PARAMETER = /token|secret|key|sign|pass|auth/i;

/** A secret in a URL (a Redis password, a token in the query) must also be known by itself. */
function secretForms(value: string): string[] {
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(value) || !URL.canParse(value)) return [value];
  const { password, username, host, search, searchParams } = new URL(value);
  const user = username === '' ? [] : [password === '' ? `${username}@${host}` : `${username}:${password}`];
  const query = [...searchParams].flatMap(([name, text]) => (SECRET_PARAMETER.test(name) ? [text] : []));
  const forms = [
    ...(password === '' ? [] : [password, decoded(password)]),
    ...user,
    ...(search.length > 1 ? [search.slice(1)] : []),
    ...query,
  ];
  return forms.length === 0 ? [] : [value, ...forms];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
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
