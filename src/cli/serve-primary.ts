import cluster from 'node:cluster';
import { Primary } from '../cluster/primary.js';
import type { ConfigService } from '../config/config.service.js';
import { createLogger, type LogOutput } from '../logging/logger.js';
import { Redactor } from '../logging/redactor.js';
import { serveClusterMetrics } from '../metrics/cluster-metrics.js';
import { PidFile } from './daemon-pid-file.js';
import { fail } from './output.js';
import { learn } from './serve-secrets.js';

export interface Supervision {
  readonly config: ConfigService;
  readonly workers: number;
  /** Of a daemon. */
  readonly pidFile?: string | undefined;
}

/** What a daemon tells the command that started it. */
export interface DaemonReady {
  readonly type: 'daemon:ready';
  readonly url: string;
}

/**
 * Runs the primary in this process until the end of the process.
 * @throws CommandError when the pid file names a gateway that runs
 */
export async function supervise({ config, workers, pidFile }: Supervision): Promise<void> {
  const claimed = pidFile === undefined ? undefined : PidFile.claim(pidFile);
  const redactor = new Redactor();
  learn(redactor, config);
  const output = createLogger(config.current.logging.level, redactor);
  output.configure(config.current.logging);
  config.onChange(({ logging }) => output.configure(logging));
  config.watch(output.logger);
  warnAboutMemory(config, workers, output);
  const shutdownTimeout = (): number => config.current.server.shutdownTimeout;
  const primary = new Primary(cluster, {
    workers,
    logger: output.logger,
    shutdownTimeout,
    onListening: (url) => {
      claimed?.describe({ url, startedAt: new Date().toISOString(), shutdownTimeoutMs: shutdownTimeout() });
      report({ type: 'daemon:ready', url });
    },
  });
  serveClusterMetrics(cluster);
  const stop = (signal: NodeJS.Signals): void => {
    output.logger.info({ signal }, 'stopping the workers');
    primary.stop(signal);
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  process.on('SIGHUP', () => {
    config.reload();
    primary.reload();
  });
  const { ok, reason } = await primary.run();
  if (reason !== undefined) fail(reason);
  else output.logger.info({ ok }, 'all workers ended');
  await output.close();
  process.exit(ok ? 0 : 1);
}

/** What only Redis can share is counted by each process for itself. */
function warnAboutMemory(config: ConfigService, workers: number, { logger }: LogOutput): void {
  if (workers === 1 || config.current.redis.url !== undefined) return;
  logger.warn(
    { workers },
    'several workers without Redis: each has its own access tokens, and a caller gets its limit from each of them',
  );
}

/** The command that started this daemon waits for it; anybody else has no channel. */
function report(message: DaemonReady): void {
  if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
}
