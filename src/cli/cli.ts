import { Command } from 'commander';
import { VERSION } from '../version.js';
import { configCommand } from './config.command.js';
import { statusCommand, stopCommand } from './daemon.command.js';
import { keysCommand } from './keys.command.js';
import { openApiCommand } from './openapi.command.js';
import { secretsCommand } from './secrets.command.js';
import { serveCommand } from './serve.command.js';

/** The program `message-center`. Every command has --help and exits non-zero on failure. */
export async function runCli(argv: readonly string[]): Promise<void> {
  const program = new Command('message-center')
    .description('One HTTP gateway to reach people in DingTalk and WeCom')
    .version(VERSION)
    .showHelpAfterError();
  // `serve` is what the program does when no command is named.
  program.addCommand(serveCommand(), { isDefault: true });
  program.addCommand(stopCommand());
  program.addCommand(statusCommand());
  program.addCommand(configCommand());
  program.addCommand(keysCommand());
  program.addCommand(secretsCommand());
  program.addCommand(openApiCommand());
  await program.parseAsync(argv);
}
