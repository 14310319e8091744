import { EventEmitter } from 'node:events';
import { statSync } from 'node:fs';
import type { Logger } from '../logging/logger.js';
import { ConfigError } from './config.error.js';
import { loadConfig, type LoadedConfig, type LoadOptions } from './config.loader.js';
import { configJsonSchema, type Config } from './config.schema.js';
import { secretValues } from './secrets.js';

/** How often the watched files are looked at, milliseconds. Polling sees what events miss: a ConfigMap's symlink swap. */
const POLL_MS = 500;

/** Settings that a running process cannot take over; a change is reported and waits for the next start. */
const NEED_RESTART = [
  'server.host',
  'server.port',
  'server.workers',
  'server.role',
  'redis',
  'docs',
  'delivery.dashboard',
  'delivery.concurrency',
  'delivery.durability',
] as const;

export interface ConfigState {
  /** Counts the configurations that took effect since the start; 1 is the first. */
  readonly version: number;
  readonly file: string | undefined;
  readonly loadedAt: string;
  /** Why the last reload was refused; the configuration before it is still in force. */
  readonly lastError: readonly { path: string; reason: string }[] | null;
  /** Changed settings that wait for a restart. */
  readonly restartRequired: readonly string[];
}

/**
 * The configuration in force. Consumers read `current` when they need it, so a reload takes effect with the next
 * request; it is never half-applied, because `current` is exchanged whole.
 */
export class ConfigService {
  private loaded: LoadedConfig;
  // Any number of parts may listen.
  private readonly changes = new EventEmitter().setMaxListeners(0);
  private state: ConfigState;
  private timer: NodeJS.Timeout | undefined;
  /** Files whose change is worth a reload. */
  private watched: readonly string[];
  /** Of the files as they were when they were read. */
  private signature: string;
  /** Of the files as they were at the last look. */
  private seen: string;
  private logger: Logger | undefined;

  constructor(private readonly options: LoadOptions) {
    this.loaded = loadConfig(options);
    this.state = {
      version: 1,
      file: this.loaded.file,
      loadedAt: new Date().toISOString(),
      lastError: null,
      restartRequired: [],
    };
    this.watched = this.loaded.watched;
    this.signature = signatureOf(this.watched);
    this.seen = this.signature;
  }

  get current(): Config {
    return this.loaded.config;
  }

  /** Live secret values of the configuration in force: what waits for a restart counts as well, old and new. */
  get secrets(): readonly string[] {
    return this.loaded.secrets;
  }

  /** `enc:` values that the master key opened. */
  get sealed(): LoadedConfig['sealed'] {
    return this.loaded.sealed;
  }

  /** For `/sys/status`. */
  get status(): ConfigState {
    return this.state;
  }

  /** Calls back after each configuration that took effect. */
  onChange(listener: (config: Config) => void): void {
    this.changes.on('change', listener);
  }

  /** Starts to look for changes of the files. */
  watch(logger: Logger): void {
    this.logger = logger;
    this.timer = setInterval(() => this.poll(), POLL_MS).unref();
  }

  close(): void {
    clearInterval(this.timer);
  }

  /** Reads everything again. A configuration that a start would refuse changes nothing but the status. */
  reload(): void {
    let next: LoadedConfig;
    try {
      next = loadConfig(this.options, this.loaded);
    } catch (error) {
      const problems = error instanceof ConfigError ? error.problems : [{ path: '(file)', reason: 'cannot be read' }];
      if (error instanceof ConfigError) this.watched = error.watched;
      this.signature = signatureOf(this.watched);
      this.state = { ...this.state, lastError: problems };
      this.logger?.error({ problems }, 'configuration not reloaded: it is not valid, the one before stays in force');
      return;
    }
    const restartRequired = NEED_RESTART.filter((path) => !same(at(this.current, path), at(next.config, path)));
    const server = { ...next.config.server, ...pick(this.current.server, ['host', 'port', 'workers', 'role']) };
    const kept = { redis: this.current.redis, docs: this.current.docs };
    const secrets = [...next.secrets, ...secretValues(kept, configJsonSchema(this.options.providers))];
    this.loaded = { ...next, secrets, config: { ...next.config, server, ...kept } };
    this.watched = next.watched;
    this.signature = signatureOf(this.watched);
    this.state = {
      version: this.state.version + 1,
      file: next.file,
      loadedAt: new Date().toISOString(),
      lastError: null,
      restartRequired,
    };
    if (restartRequired.length > 0) this.logger?.warn({ restartRequired }, 'some changed settings need a restart');
    this.logger?.info({ version: this.state.version }, 'configuration reloaded');
    this.changes.emit('change', this.current);
  }

  private poll(): void {
    const now = signatureOf(this.watched);
    // A file that is being written must stand still for one look: half of it may be a valid configuration too.
    const settled = now === this.seen;
    this.seen = now;
    if (settled && now !== this.signature) this.reload();
  }
}

/** Identity, size and time of every file, following symlinks; a file that is away for a moment counts as a change. */
function signatureOf(files: readonly string[]): string {
  return files
    .map((file) => {
      const stat = statSync(file, { throwIfNoEntry: false });
      return stat ? `${stat.ino}:${stat.size}:${stat.mtimeMs}` : 'missing';
    })
    .join('|');
}

function at(config: Config, path: string): unknown {
  return path.split('.').reduce<unknown>((node, key) => (node as Record<string, unknown> | undefined)?.[key], config);
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function pick<T extends object, K extends keyof T>(object: T, keys: readonly K[]): Pick<T, K> {
  return Object.fromEntries(keys.map((key) => [key, object[key]])) as Pick<T, K>;
}
