import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Command, Option } from 'commander';
import type { Redis } from 'ioredis';
import { isMap, isSeq, parseDocument, stringify, type Document, type YAMLMap } from 'yaml';
import { SCOPES, type ApiKeyEntry } from '../config/access.settings.js';
import { DEFAULT_FILE, loadConfig, type LoadedConfig } from '../config/config.loader.js';
import { replaceFile } from '../config/replace-file.js';
import { createApiKey, hashApiKey } from '../inbound/api-key.js';
import { KEYS_LAST_USED, REVOKED_KEYS } from '../inbound/key-status.keys.js';
import { CONFIGURATIONS } from '../providers/index.js';
import { CommandError, guarded } from './guarded.js';
import { print } from './output.js';

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

function create(id: string, options: CreateOptions): void {
  const loaded = load(options);
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
  const redis = await redisState(loaded);
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

function rotate(id: string, options: FileOption): void {
  const loaded = load(options);
  const entry = find(loaded, id);
  const file = requireFile(loaded);
  if (!entry) throw new CommandError(unknownKey(loaded, id));
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

async function revoke(id: string, options: FileOption): Promise<void> {
  const loaded = load(options);
  if (!find(loaded, id)) throw new CommandError(unknownKey(loaded, id));
  const places: string[] = [];
  if (loaded.config.redis.url !== undefined) {
    await withRedis(loaded.config.redis.url, (client) => client.sadd(REVOKED_KEYS, id));
    places.push('Redis: every process refuses it within 5 s');
  }
  if (loaded.file !== undefined && hasNode(loaded.file, id)) {
    edit(loaded.file, options, (document) => nodeOf(document, id).set('revoked', true));
    places.push(loaded.file);
  }
  if (places.length === 0) {
    throw new CommandError(
      `${id} comes from MSG_API_KEYS and there is no Redis: take it out of the variable and restart`,
    );
  }
  print(`revoked ${id} (${places.join('; ')})`);
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

/** Changes the file in place, comments kept. What would not be valid never takes the place of what is. */
function edit(file: string, options: FileOption, change: (document: Document) => void): void {
  const source = readFileSync(file, 'utf8');
  const document = parseDocument(source);
  change(document);
  const text = document.toString({ lineWidth: 0 });
  requireValid(`${file}.${process.pid}.tmp`, text, options);
  replaceFile(file, text, source);
}

/** @throws ConfigError when the text is no valid configuration */
function requireValid(draft: string, text: string, options: FileOption): void {
  writeFileSync(draft, text, { mode: 0o600, flag: 'wx' });
  try {
    load({ ...options, config: draft });
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

interface RedisKeyState {
  readonly revoked: ReadonlySet<string>;
  readonly lastUsed: ReadonlyMap<string, number>;
}

async function redisState(loaded: LoadedConfig): Promise<RedisKeyState> {
  const { url } = loaded.config.redis;
  if (url === undefined) return { revoked: new Set(), lastUsed: new Map() };
  return withRedis(url, async (client) => {
    const used = await client.hgetall(KEYS_LAST_USED);
    return {
      revoked: new Set(await client.smembers(REVOKED_KEYS)),
      lastUsed: new Map(Object.entries(used).map(([id, seconds]) => [id, Number(seconds)])),
    };
  });
}

async function withRedis<T>(url: string, action: (client: Redis) => Promise<T>): Promise<T> {
  // Loaded only where there is a Redis to ask.
  const [{ Redis: Client }, { commandOptions }] = await Promise.all([
    import('ioredis'),
    import('../redis/redis.connection.js'),
  ]);
  const client = new Client(url, { ...commandOptions(), retryStrategy: () => null });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await action(client);
  } catch {
    throw new CommandError('Redis is configured but cannot be reached: nothing was changed');
  } finally {
    client.disconnect();
  }
}
