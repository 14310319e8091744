import { Command } from 'commander';
import { VERSION } from '../version.js';

/** Each command is loaded when it is named: none waits for the modules of another. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  serve: async () => (await import('./serve.command.js')).serveCommand(),
  stop: async () => (await import('./daemon.command.js')).stopCommand(),
  status: async () => (await import('./daemon.command.js')).statusCommand(),
  doctor: async () => (await import('./doctor.command.js')).doctorCommand(),
  config: async () => (await import('./config.command.js')).configCommand(),
  secrets: async () => (await import('./secrets.command.js')).secretsCommand(),
  keys: async () => (await import('./keys.command.js')).keysCommand(),
  openapi: async () => (await import('./openapi.command.js')).openApiCommand(),
};

/** What the program does when no command is named. */
const DEFAULT = 'serve';

/** The program `message-center`. Every command has --help and exits non-zero on failure. */
export async function runCli(argv: readonly string[]): Promise<void> {
  const program = new Command('message-center')
    .description('One HTTP gateway to reach people in DingTalk and WeCom')
    .version(VERSION)
    .showHelpAfterError();
  const words = argv.slice(2);
  // A default command would take a word that is no command for an argument of its own.
  const named = words[0]?.startsWith('-') === false;
  for (const name of needed(words)) {
    const command = COMMANDS[name];
    if (command) program.addCommand(await command(), { isDefault: name === DEFAULT && !named });
  }
  await program.parseAsync(argv);
}

/** The command that is named; the default when there are only options; all of them for the help and for a mistake. */
function needed(words: readonly string[]): readonly string[] {
  const [first] = words;
  if (first !== undefined && Object.hasOwn(COMMANDS, first)) return [first];
  const asksForMore =
    first === undefined || (first.startsWith('-') && !['-h', '--help', '-V', '--version'].includes(first));
  if (asksForMore) return [DEFAULT];
  return first === '-V' || first === '--version' ? [] : Object.keys(COMMANDS);
}
