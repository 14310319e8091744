import cluster from 'node:cluster';
import { Command, Option } from 'commander';
import { tellFailed } from '../cluster/worker-link.js';
import { START_FAILED } from '../cluster/worker-messages.js';
import { startDaemon } from './daemon.js';
import { DEFAULT_LOG_FILE, DEFAULT_PID_FILE } from './daemon-pid-file.js';
import { CommandError, guarded } from './guarded.js';
import { fail } from './output.js';
import { refusalOf } from './serve-refusals.js';
import { startGateway } from './serve.js';
import type { ServeOptions } from './serve-options.js';

/** `serve`: starts the gateway; what `npm start` runs. */
export function serveCommand(): Command {
  return new Command('serve')
    .description('start the gateway (with no credentials configured: the sandbox, on loopback)')
    .option('-c, --config <file>', 'configuration file; default config/message-center.yaml')
    .option('--host <address>', 'address to listen on')
    .option('--port <port>', 'port to listen on')
    .addOption(
      new Option('--log-level <level>', 'log level').choices([
        'trace',
        'debug',
        'info',
        'warn',
        'error',
        'fatal',
        'silent',
      ]),
    )
    .option('--sandbox', 'simulate the platforms inside; nothing leaves the machine')
    .option('--daemon', 'run in the background, kept alive; end it with `stop`')
    .option('--pid-file <file>', `with --daemon: default ${DEFAULT_PID_FILE}`)
    .option('--log-file <file>', `with --daemon: where its output is appended, default ${DEFAULT_LOG_FILE}`)
    .addOption(new Option('--supervised').hideHelp())
    .action((options: ServeOptions) => (options.daemon ? guarded(() => startDaemon(options)) : serve(options)));
}

async function serve(options: ServeOptions): Promise<void> {
  try {
    if (!options.supervised && (options.pidFile ?? options.logFile) !== undefined)
      throw new CommandError('--pid-file and --log-file go with --daemon');
    await startGateway(options, process.env);
  } catch (error) {
    const reason = error instanceof CommandError ? error.message : refusalOf(error);
    if (reason === undefined) throw error;
    if (cluster.isWorker) {
      await tellFailed(reason);
      process.exit(START_FAILED);
    }
    fail(reason);
    process.exit(1);
  }
}
