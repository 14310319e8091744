import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseDocument } from 'yaml';
import type { ZodError } from 'zod';
import type { ProviderConfiguration } from '../providers/provider.contract.js';
import { ConfigError, type ConfigProblem } from './config.error.js';
import { configJsonSchema, configSchema, type Config, type JsonSchema } from './config.schema.js';
import { applyEnvironment, SHORT_NAMES } from './environment.js';
import { resolveReferences, secretValues } from './secrets.js';

/** The file that is read when none is named; it need not exist. */
export const DEFAULT_FILE = 'config/message-center.yaml';

export interface LoadOptions {
  /** From `-c FILE`; else `MSG_CONFIG`, else {@link DEFAULT_FILE}. */
  readonly file?: string;
  /** Settings from the command line, by path: they win over everything. */
  readonly flags?: Readonly<Record<string, unknown>>;
  readonly env: NodeJS.ProcessEnv;
  readonly providers: readonly ProviderConfiguration[];
  /** What else speaks against a configuration whose settings are all valid: reasons not to serve it. */
  readonly refuse?: (config: Config) => readonly ConfigProblem[];
}

export interface LoadedConfig {
  readonly config: Config;
  /** The file that was read, if there is one. */
  readonly file: string | undefined;
  /** Does the file say anything at all? */
  readonly empty: boolean;
  /** Every file whose change is a change of the configuration: the file itself and the secrets it refers to. */
  readonly watched: readonly string[];
  /** Live secret values and master keys, for the redactor. */
  readonly secrets: readonly string[];
  /** Paths of the settings that were given as `enc:`. */
  readonly sealed: readonly string[];
}

/** System A's names that must not be taken for ours; read by `secrets import-legacy` only. */
const REFUSED: Readonly<Record<string, string>> = {
  MSG_BASE_SECRET_KEY:
    "is system A's name for its key and is not used here: run `message-center secrets import-legacy` once and set MSG_MASTER_KEY",
};

/**
 * Reads the configuration: flags before environment before file. Nothing is kept from an invalid one.
 * @param before the one in force: a file that it was read from may be neither missing nor empty now
 * @throws ConfigError with every problem at once
 */
export function loadConfig(options: LoadOptions, before?: LoadedConfig): LoadedConfig {
  const problems: ConfigProblem[] = [];
  const schema = configJsonSchema(options.providers);
  const { tree, file } = readTree(options, problems, before);
  const empty = Object.keys(tree).length === 0;
  const shortNames = { ...SHORT_NAMES, ...providerShortNames(options.providers) };
  for (const [name, reason] of Object.entries(REFUSED)) if (options.env[name]) problems.push({ path: name, reason });
  const environment = applyEnvironment(tree, options.env, schema, shortNames);
  problems.push(...environment.problems);
  for (const [path, value] of Object.entries(options.flags ?? {})) setPath(tree, path.split('.'), value);
  const references = resolveReferences(tree, options.env);
  problems.push(...references.problems);
  const parsed = configSchema(options.providers).safeParse(tree);
  if (!parsed.success) {
    // What could not be resolved is empty: that it is too short would be said about a value that nobody wrote.
    const unresolved = new Set(references.problems.map(({ path }) => path));
    problems.push(...zodProblems(parsed.error, shortNames).filter(({ path }) => !unresolved.has(path)));
  }
  const watched = [...(file ? [file] : []), ...environment.files, ...references.files];
  if (parsed.success && problems.length === 0) problems.push(...(options.refuse?.(parsed.data) ?? []));
  if (problems.length > 0 || !parsed.success) throw new ConfigError(unique(problems), watched);
  return {
    config: parsed.data,
    file,
    empty,
    watched,
    secrets: [...secretValues(tree, schema), ...references.secrets],
    sealed: references.sealed,
  };
}

/** Short names that the providers declare, as paths from the root. */
export function providerShortNames(providers: readonly ProviderConfiguration[]): Record<string, string> {
  return Object.fromEntries(
    providers.flatMap((provider) =>
      Object.entries(provider.environment).map(([name, path]) => [name, `providers.${provider.id}.${path}`]),
    ),
  );
}

function readTree(
  options: LoadOptions,
  problems: ConfigProblem[],
  before: LoadedConfig | undefined,
): { tree: Record<string, unknown>; file?: string } {
  const named = options.file ?? options.env.MSG_CONFIG;
  const file = resolve(named ?? DEFAULT_FILE);
  if (!named && before?.file === undefined && !existsSync(file)) return { tree: {} };
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    problems.push({ path: file, reason: 'cannot be read' });
    return { tree: {}, file };
  }
  // YAML 1.2 is a superset of JSON: one parser reads both.
  const document = parseDocument(text, { prettyErrors: true });
  for (const error of document.errors) problems.push({ path: file, reason: firstLine(error.message) });
  if (document.errors.length > 0) return { tree: {}, file };
  const value = document.toJS() as unknown;
  if (value === null || value === undefined) {
    // Cut off by a full disk, or about to be written: nobody takes back all settings this way.
    if (before && !before.empty) problems.push({ path: file, reason: 'is empty, and was not before' });
    return { tree: {}, file };
  }
  if (typeof value !== 'object' || Array.isArray(value)) {
    problems.push({ path: file, reason: 'must be an object of settings' });
    return { tree: {}, file };
  }
  return { tree: value as Record<string, unknown>, file };
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? text;
}

function setPath(tree: Record<string, unknown>, path: readonly string[], value: unknown): void {
  let node = tree;
  for (const segment of path.slice(0, -1)) {
    if (typeof node[segment] !== 'object' || node[segment] === null) node[segment] = {};
    node = node[segment] as Record<string, unknown>;
  }
  node[path.at(-1) as string] = value;
}

function zodProblems(error: ZodError, shortNames: Readonly<Record<string, string>>): ConfigProblem[] {
  return error.issues.flatMap((issue) => {
    const path = issue.path.map(String).join('.') || '(root)';
    if (issue.code === 'invalid_type' && issue.message.endsWith('received undefined')) {
      const variable = Object.keys(shortNames).find((name) => shortNames[name] === path);
      return [{ path, reason: `is missing${variable === undefined ? '' : `; set it here or in ${variable}`}` }];
    }
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({
        path: path === '(root)' ? key : `${path}.${key}`,
        reason: 'there is no such setting',
      }));
    }
    if (issue.code === 'invalid_union') {
      const inner =
        issue.errors.flat().find((candidate) => candidate.code === 'custom' || candidate.path.length > 0) ??
        issue.errors.flat()[0];
      const below = inner?.path.map(String).join('.') ?? '';
      return [{ path: below === '' ? path : `${path}.${below}`, reason: inner?.message ?? issue.message }];
    }
    return [{ path, reason: issue.message }];
  });
}

function unique(problems: readonly ConfigProblem[]): ConfigProblem[] {
  return [...new Map(problems.map((problem) => [`${problem.path}\n${problem.reason}`, problem])).values()];
}

export type { JsonSchema };
