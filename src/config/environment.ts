import { readFileSync } from 'node:fs';
import type { JsonSchema } from './config.schema.js';
import type { ConfigProblem } from './config.error.js';

/** Short names of the usual settings; providers add theirs. Every setting also has its long name `MSG__A__B`. */
export const SHORT_NAMES: Readonly<Record<string, string>> = {
  HOST: 'server.host',
  PORT: 'server.port',
  WORKERS: 'server.workers',
  ROLE: 'server.role',
  REDIS_URL: 'redis.url',
  MSG_TIMEOUT_MS: 'outbound.timeoutMs',
  MSG_ALLOW_IPS: 'access.allow',
  MSG_API_KEYS: 'access.apiKeys',
  MSG_TRUST_PROXY: 'server.trustProxy',
  MSG_DOCS: 'docs.enabled',
  LOG_LEVEL: 'logging.level',
  MSG_LOG_DIR: 'logging.dir',
  MSG_LOG_ES_URL: 'logging.elasticsearch.url',
};

const LONG_PREFIX = 'MSG__';
const FILE_SUFFIX = '_FILE';

type Tree = Record<string, unknown>;

/**
 * Lays the environment over a configuration tree (in place). `NAME_FILE=/path` gives the value from a file.
 * @returns what could not be understood, and the files that were read or missed
 */
export function applyEnvironment(
  tree: Tree,
  env: NodeJS.ProcessEnv,
  schema: JsonSchema,
  shortNames: Readonly<Record<string, string>>,
): { readonly problems: ConfigProblem[]; readonly files: string[] } {
  const problems: ConfigProblem[] = [];
  const files: string[] = [];
  for (const [name, raw] of Object.entries(env)) {
    if (raw === undefined || raw === '') continue;
    const plain = name.endsWith(FILE_SUFFIX) ? name.slice(0, -FILE_SUFFIX.length) : name;
    const path = pathOf(plain, shortNames);
    if (!path) continue;
    let value = raw;
    if (plain !== name) {
      if (env[plain]) {
        problems.push({ path: name, reason: `${plain} is set as well; keep one of the two` });
        continue;
      }
      files.push(raw);
      const text = readText(raw);
      if (text === undefined) {
        problems.push({ path: name, reason: `cannot read the file ${raw}` });
        continue;
      }
      value = text;
    }
    const reason = put(tree, path, value, schema);
    if (reason !== undefined) problems.push({ path: name, reason });
  }
  return { problems, files };
}

function pathOf(name: string, shortNames: Readonly<Record<string, string>>): readonly string[] | undefined {
  if (name.startsWith(LONG_PREFIX)) return name.slice(LONG_PREFIX.length).split('__');
  const short = Object.hasOwn(shortNames, name) ? shortNames[name] : undefined;
  return short?.split('.');
}

/** Sets one value; segments match the schema's names whatever their case. Returns a reason when it cannot. */
function put(tree: Tree, path: readonly string[], value: string, schema: JsonSchema): string | undefined {
  let node = tree;
  let here: JsonSchema = schema;
  for (const [index, segment] of path.entries()) {
    const object = objectOf(here);
    if (!object) return `there is no setting below ${path.slice(0, index).join('.').toLowerCase()}`;
    const key = keyFor(segment, object, node);
    const next =
      object.properties?.[key] ??
      (typeof object.additionalProperties === 'object' ? object.additionalProperties : undefined);
    if (!next) return `there is no such setting; known here: ${Object.keys(object.properties ?? {}).join(', ')}`;
    here = next;
    if (index === path.length - 1) {
      node[key] = coerce(value, here);
      return undefined;
    }
    if (typeof node[key] !== 'object' || node[key] === null || Array.isArray(node[key])) node[key] = {};
    node = node[key] as Tree;
  }
  return 'names no setting';
}

function objectOf(schema: JsonSchema): JsonSchema | undefined {
  if (schema.properties || schema.additionalProperties) return schema;
  return schema.anyOf?.find((option) => option.properties);
}

function keyFor(segment: string, schema: JsonSchema, node: Tree): string {
  const wanted = segment.toLowerCase();
  const same = (key: string): boolean => key.toLowerCase() === wanted;
  return Object.keys(schema.properties ?? {}).find(same) ?? Object.keys(node).find(same) ?? wanted;
}

/** Text from the environment as the type the schema wants; what does not fit stays text and fails validation. */
function coerce(value: string, schema: JsonSchema): unknown {
  const options = schema.anyOf ?? [schema];
  const has = (type: string): boolean => options.some((option) => option.type === type);
  if (has('array') || has('object')) {
    const json = /^\s*[[{]/.test(value) ? parseJson(value) : undefined;
    if (json !== undefined) return json;
    if (has('array')) {
      const items = options.find((option) => option.type === 'array')?.items ?? {};
      return value
        .split(',')
        .map((entry) => coerce(entry.trim(), items))
        .filter((entry) => entry !== '');
    }
  }
  if ((has('number') || has('integer')) && !has('string') && /^-?\d+(\.\d+)?$/.test(value)) return Number(value);
  if (has('boolean') && /^(true|false|1|0|yes|no|on|off)$/i.test(value)) return /^(true|1|yes|on)$/i.test(value);
  return value;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** Text of a file without the line end that editors add; undefined when it cannot be read. */
export function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').replace(/\r?\n$/, '');
  } catch {
    return undefined;
  }
}
