import type { Gateway } from '../app.setup.js';
import type { ConfigService } from '../config/config.service.js';
import type { LogOutput } from '../logging/logger.js';
import type { Sandbox } from '../sandbox/sandbox.js';

/**
 * SIGTERM is an orchestrator's: a pause lets balancers notice first. SIGINT is a person's: no pause. Either has a hard
 * deadline behind it, because a connection that never ends must not keep the process.
 * @returns begins the end as that signal does
 */
export function handleSignals(
  gateway: Gateway,
  config: ConfigService,
  output: LogOutput,
  sandbox: Sandbox | undefined,
): (signal: NodeJS.Signals) => Promise<void> {
  let stopping = false;
  const stop = async (signal: NodeJS.Signals): Promise<void> => {
    if (stopping) return;
    stopping = true;
    const { shutdownDelay, shutdownTimeout } = config.current.server;
    output.logger.info({ signal }, 'shutting down');
    setTimeout(() => {
      output.logger.error('shutdown took too long, ending now');
      output.flush();
      process.exit(1);
    }, shutdownTimeout).unref();
    await gateway.shutdown(signal === 'SIGTERM' ? shutdownDelay : 0);
    await sandbox?.close();
    config.close();
    output.logger.info('stopped');
    await output.close();
    process.exit();
  };
  process.on('SIGTERM', (signal) => void stop(signal));
  process.on('SIGINT', (signal) => void stop(signal));
  process.on('SIGHUP', () => config.reload());
  process.on('unhandledRejection', (reason) => {
    output.logger.fatal({ err: reason }, 'unhandled rejection');
    // While everything is being closed a broken connection is no news.
    if (stopping) return;
    process.exitCode = 1;
    void stop('SIGTERM');
  });
  return stop;
}

/** How often `npm start` is looked for, milliseconds. */
const PARENT_MS = 500;

/** npm ends on SIGTERM without telling what it started: a gateway under `npm start` leaves when npm is gone. */
export function leaveWithParent(stop: (signal: NodeJS.Signals) => Promise<void>): void {
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) void stop('SIGINT');
  }, PARENT_MS).unref();
}
