import { existsSync, readFileSync } from 'node:fs';
import { Command, Option } from 'commander';
import { Document, parseDocument } from 'yaml';
import { MASTER_KEY, type Keyring } from '../config/keyring.js';
import { LEGACY_BASE, LEGACY_SALT, readLegacyEnvironment, type LegacySecret } from '../config/legacy-environment.js';
import { replaceFile } from '../config/replace-file.js';
import { sealValue } from '../config/sealed-value.js';
import { CommandError, guarded } from './guarded.js';
import { print } from './output.js';
import { findKeyring, pathOf, shortNames, variableOf } from './settings.js';
import { readSystemA, SYSTEM_A_NAMES } from './system-a-file.js';

interface Options {
  readonly salt: string;
  readonly from?: string;
  readonly map: readonly string[];
  readonly format: 'yaml' | 'env';
  readonly write?: string;
  readonly plain?: boolean;
}

/** A secret that has a setting here. */
interface Imported {
  readonly name: string;
  readonly path: string;
  readonly value: string;
}

/** `secrets import-legacy`: from system A's encrypted environment to settings of ours. */
export function importLegacyCommand(): Command {
  return new Command('import-legacy')
    .description(`read system A's encrypted environment (${LEGACY_BASE} and its other secrets) and print our settings`)
    .option(
      '--salt <text>',
      "the constant that opens the base secret; default that of A's published source",
      LEGACY_SALT,
    )
    .option('--from <file>', "A's xymessagecenter.json, if it names other variables than MSG_DD_APP_KEY and _SECRET")
    .addOption(
      new Option('--map <variable=setting>', 'a further secret and its setting; may be given several times')
        .argParser((text: string, before: readonly string[]) => [...before, text])
        .default([], 'none'),
    )
    .addOption(new Option('--format <form>', 'what to print').choices(['yaml', 'env']).default('yaml'))
    .option('--write <file>', 'put the settings into this configuration file instead; its comments stay')
    .option('--plain', 'print the secrets themselves')
    .action((options: Options) => guarded(() => importLegacy(options, process.env)));
}

function importLegacy(options: Options, env: NodeJS.ProcessEnv): void {
  if (options.plain && options.write !== undefined) throw new CommandError('--plain prints only: leave out --write');
  const keyring = findKeyring(env);
  const { problem, secrets } = readLegacyEnvironment(env, {
    salt: options.salt,
    settings: settingsOf(options),
    isOurs: (name) => name.startsWith('MSG__') || /^MSG_(MASTER_KEY|CONFIG|API_KEYS)/.test(name) || name in shortNames,
  });
  if (problem !== undefined) throw new CommandError(problem);
  reportUnmapped(secrets);
  const imported = secrets.flatMap(({ name, path, value }) =>
    path === undefined || value === undefined ? [] : [{ name, path, value }],
  );
  const failed = secrets.filter(({ path, value }) => path !== undefined && value === undefined);
  if (failed.length > 0) {
    throw new CommandError(
      ['Not everything could be read:', ...failed.map((secret) => `  ${secret.name} ${secret.problem}`)].join('\n'),
    );
  }
  if (options.plain) print(render(imported, options.format, ({ value }) => value));
  else if (keyring) deliver(imported, options, keyring);
  else throw new CommandError(withoutKey(imported));
}

function deliver(imported: readonly Imported[], options: Options, keyring: Keyring): void {
  const seal = ({ path, value }: Imported): string => sealValue(value, path, keyring.first);
  if (options.write === undefined) print(render(imported, options.format, seal));
  else {
    const source = existsSync(options.write) ? readFileSync(options.write, 'utf8') : undefined;
    replaceFile(options.write, merged(source, options.write, imported, seal), source);
    print(`sealed with ${keyring.first.kid} in ${options.write}:`);
    for (const { name, path } of imported) print(`  ${path} (from ${name})`);
  }
  const old = [LEGACY_BASE, ...imported.map(({ name }) => name)].join(', ');
  note(
    options.format === 'env' && options.write === undefined
      ? `Set these in the place of the old ones, with ${MASTER_KEY}, and unset ${LEGACY_BASE}.`
      : `Take ${old} out of the environment of the gateway: the environment wins over the file.`,
  );
}

/** Which variable becomes which setting. */
function settingsOf(options: Options): ReadonlyMap<string, string> {
  const names =
    options.from === undefined ? SYSTEM_A_NAMES : readSystemA(readFileSync(options.from, 'utf8'), options.from).names;
  const settings = new Map([
    [names.appKey, 'providers.dingtalk.apps.default.appKey'],
    [names.appSecret, 'providers.dingtalk.apps.default.appSecret'],
  ]);
  for (const entry of options.map) {
    const [, name, setting] = /^([A-Za-z_][A-Za-z0-9_]*)=(.+)$/.exec(entry) ?? [];
    if (name === undefined || setting === undefined)
      throw new CommandError('--map must be like MSG_OPS_SECRET=providers.dingtalk.apps.ops.appSecret');
    settings.set(name, pathOf(setting));
  }
  return settings;
}

function render(imported: readonly Imported[], format: 'yaml' | 'env', text: (secret: Imported) => string): string {
  if (format === 'yaml') {
    const document = new Document({});
    document.commentBefore = " From system A's environment.";
    for (const secret of imported) document.setIn(secret.path.split('.'), text(secret));
    return document.toString({ lineWidth: 0 }).trimEnd();
  }
  return imported
    .map((secret) => {
      const variable = variableOf(secret.path);
      if (variable === undefined)
        throw new CommandError(
          `${secret.path} has no environment name, since names there are small: use --format yaml`,
        );
      return `${variable}=${quoted(text(secret))}`;
    })
    .join('\n');
}

function quoted(text: string): string {
  return /^[A-Za-z0-9_.:-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** The configuration file with the settings in it. */
function merged(
  source: string | undefined,
  file: string,
  imported: readonly Imported[],
  text: (secret: Imported) => string,
): string {
  const document = parseDocument(source ?? '');
  if (document.errors.length > 0) throw new CommandError(`${file} is not valid YAML or JSON`);
  for (const secret of imported) document.setIn(secret.path.split('.'), text(secret));
  return file.endsWith('.json') ? `${JSON.stringify(document.toJS(), null, 2)}\n` : document.toString({ lineWidth: 0 });
}

function reportUnmapped(secrets: readonly LegacySecret[]): void {
  for (const { name, path, problem } of secrets) {
    if (path === undefined)
      note(
        `${name} ${problem ?? 'opens, but no setting of ours is known for it: give one with --map, or leave it out'}.`,
      );
  }
}

function withoutKey(imported: readonly Imported[]): string {
  return [
    `${MASTER_KEY} is not set, so nothing was sealed. Opened:`,
    ...imported.map(({ name, path }) => `  ${name} becomes ${path}`),
    'Make a key with `message-center secrets generate-key`, set it, and run this again.',
    'To see the secrets themselves: --plain.',
  ].join('\n');
}

/** For the person, beside what may be piped on. */
function note(text: string): void {
  process.stderr.write(`${text}\n`);
}
