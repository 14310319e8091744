import { Command } from 'commander';
import { stringify } from 'yaml';
import { ConfigError } from '../config/config.error.js';
import { loadConfig, type LoadedConfig, type LoadOptions } from '../config/config.loader.js';
import { configJsonSchema } from '../config/config.schema.js';
import { printedConfig } from '../config/printed-config.js';
import { CONFIGURATIONS } from '../providers/index.js';
import { configImportCommand } from './config-import.js';
import { fail, print } from './output.js';
import { servingProblems } from './serve-refusals.js';

/** `config check|print|schema|import`. */
export function configCommand(): Command {
  const command = new Command('config').description('check, print, describe or import the configuration');
  command
    .command('check')
    .description('say whether the configuration is one that `serve` starts with, with everything that is wrong')
    .option('-c, --config <file>', 'configuration file')
    .action((options: { config?: string }) => {
      const loaded = load(options.config, (config) => servingProblems(config, process.env));
      if (loaded) print(`valid${loaded.file === undefined ? ' (environment only)' : `: ${loaded.file}`}`);
    });
  command
    .command('print')
    .description('print the configuration in force, secrets masked')
    .option('-c, --config <file>', 'configuration file')
    .action((options: { config?: string }) => {
      const loaded = load(options.config);
      if (loaded) print(stringify(printedConfig(loaded, configJsonSchema(CONFIGURATIONS))).trimEnd());
    });
  command
    .command('schema')
    .description('print the JSON Schema of the configuration file, for editors')
    .action(() => print(JSON.stringify(configJsonSchema(CONFIGURATIONS), null, 2)));
  command.addCommand(configImportCommand());
  return command;
}

function load(file: string | undefined, refuse?: LoadOptions['refuse']): LoadedConfig | undefined {
  try {
    return loadConfig({
      ...(file === undefined ? {} : { file }),
      ...(refuse === undefined ? {} : { refuse }),
      env: process.env,
      providers: CONFIGURATIONS,
    });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    fail(error.message);
    return undefined;
  }
}
