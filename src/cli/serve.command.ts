import { Command, Option } from 'commander';
import { ConfigError } from '../config/config.error.js';
import { startGateway } from './serve.js';
import { fail } from './output.js';

export interface ServeOptions {
  readonly config?: string;
  readonly host?: string;
  readonly port?: string;
  readonly logLevel?: string;
  readonly sandbox?: boolean;
}

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
    .action(async (options: ServeOptions) => {
      try {
        await startGateway(options, process.env);
      } catch (error) {
        if (error instanceof ConfigError || (error as NodeJS.ErrnoException).code === 'EADDRINUSE')
          fail((error as Error).message);
        else throw error;
        process.exit(1);
      }
    });
}
