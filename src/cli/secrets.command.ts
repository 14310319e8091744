import { readFileSync } from 'node:fs';
import { Command, Option } from 'commander';
import { DEFAULT_FILE } from '../config/config.loader.js';
import { generateKey, MASTER_KEY, type Keyring } from '../config/keyring.js';
import { replaceFile } from '../config/replace-file.js';
import { resealFile, sealedElsewhere, sealedSetting } from '../config/sealed-file.js';
import { isSealed, openValue, sealValue, SealedValueError } from '../config/sealed-value.js';
import { CommandError, guarded } from './guarded.js';
import { importLegacyCommand } from './import-legacy.js';
import { print } from './output.js';
import { readSecret } from './secret-input.js';
import { pathOf, requireKeyring } from './settings.js';

interface PathOption {
  readonly path: string;
}

interface FileOption {
  readonly config?: string;
}

/** `secrets encrypt|decrypt|rotate|generate-key|import-legacy`. */
export function secretsCommand(): Command {
  const command = new Command('secrets').description(
    `secrets at rest: enc: values, sealed with the first key of ${MASTER_KEY}`,
  );
  const path = (): Option =>
    new Option(
      '--path <setting>',
      'like providers.dingtalk.apps.default.appSecret, or its environment name',
    ).makeOptionMandatory();
  command
    .command('encrypt')
    .description('seal a value, read from standard input, for one setting; it opens at no other')
    .addOption(path())
    .action((options: PathOption) => guarded(() => encrypt(options)));
  command
    .command('decrypt')
    .description('print the secret behind an enc: value, read from standard input or taken from a file')
    .addOption(path())
    .option('-c, --config <file>', 'take the value of the setting from this configuration file')
    .action((options: PathOption & FileOption) => guarded(() => decrypt(options)));
  command
    .command('rotate')
    .description('seal every enc: value of the configuration file anew, with the first key; nothing else changes')
    .option('-c, --config <file>', `configuration file; default MSG_CONFIG or ${DEFAULT_FILE}`)
    .action((options: FileOption) => guarded(() => rotate(options)));
  command
    .command('generate-key')
    .description(`print a new random master key as name:base64, for ${MASTER_KEY}`)
    .option('--kid <name>', 'name of the key; default a random one')
    .action((options: { kid?: string }) => guarded(() => printKey(options.kid)));
  command.addCommand(importLegacyCommand());
  return command;
}

async function encrypt(options: PathOption): Promise<void> {
  const path = pathOf(options.path);
  const keyring = requireKeyring(process.env);
  const value = await readSecret(`Value of ${path} (is not shown)`);
  if (isSealed(value)) throw new CommandError('that value is sealed already');
  print(sealValue(value, path, keyring.first));
}

async function decrypt(options: PathOption & FileOption): Promise<void> {
  const path = pathOf(options.path);
  const keyring = requireKeyring(process.env);
  const text =
    options.config === undefined
      ? (await readSecret(`enc: value of ${path}`)).trim()
      : sealedSetting(readFileSync(options.config, 'utf8'), path);
  if (text === undefined) throw new CommandError(`${path} has no enc: value in ${options.config}`);
  try {
    print(openValue(text, path, keyring));
  } catch (error) {
    throw error instanceof SealedValueError ? new CommandError(`the value of ${path} ${error.message}`) : error;
  }
}

function rotate(options: FileOption): void {
  const keyring = requireKeyring(process.env);
  const file = options.config ?? process.env.MSG_CONFIG ?? DEFAULT_FILE;
  const source = readFileSync(file, 'utf8');
  const { text, resealed } = resealFile(source, keyring);
  if (resealed.length > 0) replaceFile(file, text, source);
  print(resealed.length === 0 ? `no enc: value in ${file}` : `sealed anew with ${keyring.first.kid} in ${file}:`);
  for (const { path, from } of resealed) print(`  ${path} (was ${from})`);
  reportOldKeys(text, keyring);
}

/** Says which keys are not needed any more, or what still needs them. */
function reportOldKeys(text: string, keyring: Keyring): void {
  const elsewhere = sealedElsewhere(text, process.env).filter(({ kid }) => kid !== keyring.first.kid);
  if (elsewhere.length > 0) {
    print('not in the file, and still sealed with another key; seal these by hand with `secrets encrypt`:');
    for (const { where, kid } of elsewhere) print(`  ${where} (${kid})`);
  }
  const old = keyring.kids.slice(1).filter((kid) => elsewhere.every((value) => value.kid !== kid));
  if (old.length > 0)
    print(`no value of this file and this environment uses ${old.join(', ')} any more: take it out of ${MASTER_KEY}`);
}

function printKey(kid: string | undefined): void {
  try {
    print(generateKey(kid));
  } catch (error) {
    throw error instanceof RangeError ? new CommandError(error.message) : error;
  }
}
