import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Command, Option } from 'commander';
import { isMap, isSeq, parseDocument, stringify, type Document, type YAMLMap } from 'yaml';
import { SCOPES, type ApiKeyEntry } from '../config/access.settings.js';
import { DEFAULT_FILE, loadConfig, type LoadedConfig } from '../config/config.loader.js';
import { replaceFile } from '../config/replace-file.js';
import { createApiKey, hashApiKey } from '../inbound/api-key.js';
import { CONFIGURATIONS } from '../providers/index.js';
import { CommandError, guarded, isExpected } from './guarded.js';
import { readKeys, RedisFailure, revokeKey, type KeysInRedis } from './keys-in-redis.js';
import { print, warn } from './output.js';

/** How long the secret before a rotation stays good, milliseconds. */
const OVERLAP_MS = 7 * 86_400_000;

interface FileOption {
  readonly config?: string;
}

interface CreateOptions extends FileOption {
  readonly scopes?: string;
  readonly apps?: string;
  readonly allow?: string;
  readonly expires?: string;
}

/** `keys create|list|revoke|rotate`. */
export function keysCommand(): Command {
  const command = new Command('keys').description(
    'API keys: the configuration keeps their hashes, a key is shown once',
  );
  const file = (): Option =>
    new Option('-c, --config <file>', `configuration file; default MSG_CONFIG or ${DEFAULT_FILE}`);
  command
    .command('create <id>')
    .description('make a key, add its hash to the configuration file, and print the key once')
    .addOption(file())
    .option('--scopes <list>', `comma-separated, of ${SCOPES.join(', ')}; default send,read`)
    .option('--apps <list>', 'comma-separated patterns like wecom/*; default every app')
    .option('--allow <list>', 'comma-separated addresses and networks; default any')
    .option('--expires <moment>', 'RFC 3339, like 2027-01-01T00:00:00Z')
    .action((id: string, options: CreateOptions) => guarded(() => create(id, options)));
  command
    .command('list')
    .description('list the keys: never a secret')
    .addOption(file())
    .action((options: FileOption) => guarded(() => list(options)));
  command
    .command('rotate <id>')
    .description('give a key a new secret; the old one stays good for seven days')
    .addOption(file())
    .action((id: string, options: FileOption) => guarded(() => rotate(id, options)));
  command
    .command('revoke <id>')
    .description('refuse a key everywhere within seconds')
    .addOption(file())
    .action((id: string, options: FileOption) => guarded(() => revoke(id, options)));
  return command;
}

async function create(id: string, options: CreateOptions): Promise<void> {
  const loaded = load(options);
  const { revoked } = await redisState(loaded, `a key ${id} that was revoked there would be refused at once`);
  if (revoked.has(id) || find(loaded, id)?.revoked)
    throw new CommandError(`a key ${id} was revoked, and its id stays so: take another id`);
  if (find(loaded, id))
    throw new CommandError(`there is a key ${id} already; to give it a new secret: keys rotate ${id}`);
  const key = createApiKey();
  const entry = {
    id,
    hash: hashApiKey(key, loaded.config.access.pepper ?? ''),
    ...(options.scopes === undefined ? {} : { scopes: options.scopes.split(',') }),
    ...(options.apps === undefined ? {} : { apps: options.apps.split(',') }),
    ...(options.allow === undefined ? {} : { allow: options.allow.split(',') }),
    ...(options.expires === undefined ? {} : { expiresAt: options.expires }),
  };
  if (loaded.file === undefined) {
    print(`${key}\n\nThe key is shown only now. Add to the configuration file:\n`);
    print(stringify({ access: { apiKeys: [entry] } }).trimEnd());
    return;
  }
  edit(loaded.file, options, (document) => {
    if (!isSeq(document.getIn(['access', 'apiKeys']))) document.setIn(['access', 'apiKeys'], document.createNode([]));
    document.addIn(['access', 'apiKeys'], document.createNode(entry));
  });
  print(`${key}\n\nThe key is shown only now. Its hash was added to ${loaded.file}.`);
}

async function list(options: FileOption): Promise<void> {
  const loaded = load(options);
  const redis = await redisState(loaded, 'the last use is unknown, and so is what was revoked only there');
  for (const entry of loaded.config.access.apiKeys) {
    const revoked = entry.revoked || redis.revoked.has(entry.id);
    const used = redis.lastUsed.get(entry.id);
    print(
      [
        entry.id,
        revoked ? 'revoked' : stateOf(entry),
        `scopes=${entry.scopes.join(',')}`,
        `apps=${entry.apps?.join(',') ?? '*'}`,
        ...(entry.allow ? [`allow=${entry.allow.join(',')}`] : []),
        `lastUsed=${used === undefined ? 'unknown' : new Date(used * 1_000).toISOString()}`,
      ].join('  '),
    );
  }
}

function stateOf(entry: ApiKeyEntry): string {
  if (entry.expiresAt !== undefined && Date.parse(entry.expiresAt) <= Date.now()) return 'expired';
  return entry.previousUntil !== undefined && Date.parse(entry.previousUntil) > Date.now() ? 'live (rotating)' : 'live';
}

async function rotate(id: string, options: FileOption): Promise<void> {
  const loaded = load(options);
  const entry = find(loaded, id);
  const file = requireFile(loaded);
  if (!entry) throw new CommandError(unknownKey(loaded, id));
  const { revoked } = await redisState(loaded, `if ${id} was revoked there, its new secret is refused as well`);
  if (entry.revoked || revoked.has(id))
    throw new CommandError(`${id} is revoked, and a new secret would be refused as well: create a key of another id`);
  const key = createApiKey();
  const until = new Date(Date.now() + OVERLAP_MS).toISOString();
  edit(file, options, (document) => {
    const node = nodeOf(document, id);
    node.set('previousHash', entry.hash);
    node.set('previousUntil', until);
    node.set('hash', hashApiKey(key, loaded.config.access.pepper ?? ''));
  });
  print(`${key}\n\nThe key is shown only now. The one before it is good until ${until}.`);
}

/** In the file first: that needs nobody else. What fails in one place does not keep the key alive in the other. */
async function revoke(id: string, options: FileOption): Promise<void> {
  const loaded = load(options);
  if (!find(loaded, id)) throw new CommandError(unknownKey(loaded, id));
  const { file } = loaded;
  const { url } = loaded.config.redis;
  const done: string[] = [];
  const failed: string[] = [];
  if (file !== undefined && hasNode(file, id)) {
    await half(file, done, failed, () => {
      const mark = (document: Document): void => nodeOf(document, id).set('revoked', true);
      // A variable may take the place of the keys in the file.
      const counts = edit(file, options, mark, (after) => find(after, id)?.revoked === true);
      return counts ? `${file}: who reads it refuses the key within 2 s` : undefined;
    });
  }
  if (url !== undefined) {
    await half('Redis', done, failed, async () => {
      await revokeKey(url, id);
      return 'Redis: every process refuses the key within 5 s';
    });
  }
  if (failed.length > 0) throw new CommandError(revokedInPart(id, done, failed));
  if (done.length === 0) {
    throw new CommandError(
      `${id} comes from MSG_API_KEYS and there is no Redis: take it out of the variable and restart`,
    );
  }
  print(`revoked ${id} (${done.join('; ')})`);
}

async function half(
  place: string,
  done: string[],
  failed: string[],
  action: () => string | undefined | Promise<string>,
): Promise<void> {
  try {
    const effect = await action();
    if (effect !== undefined) done.push(effect);
  } catch (error) {
    if (!(error instanceof RedisFailure) && !isExpected(error)) throw error;
    failed.push(`${place} (${error.message})`);
  }
}

function revokedInPart(id: string, done: readonly string[], failed: readonly string[]): string {
  if (done.length === 0) return `${id} is not revoked, nothing was changed; failed: ${failed.join('; ')}`;
  return `${id} is revoked only in part. Done: ${done.join('; ')}. Failed: ${failed.join('; ')}. Run the command again`;
}

function load(options: FileOption): LoadedConfig {
  return loadConfig({
    ...(options.config === undefined ? {} : { file: options.config }),
    env: process.env,
    providers: CONFIGURATIONS,
  });
}

function find(loaded: LoadedConfig, id: string): ApiKeyEntry | undefined {
  return loaded.config.access.apiKeys.find((entry) => entry.id === id);
}

function unknownKey(loaded: LoadedConfig, id: string): string {
  return `there is no key ${id}; there are: ${loaded.config.access.apiKeys.map((entry) => entry.id).join(', ') || 'none'}`;
}

function requireFile(loaded: LoadedConfig): string {
  if (loaded.file !== undefined) return loaded.file;
  throw new CommandError(`this command edits the configuration file: name one with -c, or write ${DEFAULT_FILE}`);
}

/**
 * Changes the file in place, comments kept. What would not be valid never takes the place of what is.
 * @param counts is the change worth writing, by what would then be loaded?
 * @returns was it written?
 */
function edit(
  file: string,
  options: FileOption,
  change: (document: Document) => void,
  counts: (after: LoadedConfig) => boolean = () => true,
): boolean {
  const source = readFileSync(file, 'utf8');
  const document = parseDocument(source);
  change(document);
  const text = document.toString({ lineWidth: 0 });
  if (!counts(loadDraft(`${file}.${process.pid}.tmp`, text, options))) return false;
  replaceFile(file, text, source);
  return true;
}

/** @throws ConfigError when the text is no valid configuration */
function loadDraft(draft: string, text: string, options: FileOption): LoadedConfig {
  writeFileSync(draft, text, { mode: 0o600, flag: 'wx' });
  try {
    return load({ ...options, config: draft });
  } finally {
    rmSync(draft, { force: true });
  }
}

function hasNode(file: string, id: string): boolean {
  return existsSync(file) && keyNodes(parseDocument(readFileSync(file, 'utf8'))).some((node) => node.get('id') === id);
}

function nodeOf(document: Document, id: string): YAMLMap {
  const node = keyNodes(document).find((candidate) => candidate.get('id') === id);
  if (node) return node;
  throw new CommandError(`${id} is not in the file: it comes from MSG_API_KEYS`);
}

function keyNodes(document: Document): YAMLMap[] {
  const keys = document.getIn(['access', 'apiKeys']);
  return isSeq(keys) ? keys.items.filter((item): item is YAMLMap => isMap(item)) : [];
}

/** Commands go on without Redis, and say what that means. */
async function redisState(loaded: LoadedConfig, without: string): Promise<KeysInRedis> {
  const { url } = loaded.config.redis;
  const nothing = { revoked: new Set<string>(), lastUsed: new Map<string, number>() };
  if (url === undefined) return nothing;
  try {
    return await readKeys(url);
  } catch (error) {
    if (!(error instanceof RedisFailure)) throw error;
    warn(`Redis cannot be asked (${error.message}): ${without}`);
    return nothing;
  }
}
