import cluster from 'node:cluster';
import { startHeartbeat, tellListening, workerSlot } from '../cluster/worker-link.js';
import { ConfigService } from '../config/config.service.js';
import type { LoadOptions } from '../config/config.loader.js';
import { createLogger } from '../logging/logger.js';
import { Redactor } from '../logging/redactor.js';
import { CONFIGURATIONS, loadProviders } from '../providers/index.js';
import type { Sandbox } from '../sandbox/sandbox.js';
import { print } from './output.js';
import { learn } from './serve-secrets.js';
import { supervise } from './serve-primary.js';
import { hasApps, openHost, servingProblems } from './serve-refusals.js';
import { fitHeap } from './serve-heap.js';
import { handleSignals, leaveWithParent } from './serve-signals.js';
import type { ServeOptions } from './serve-options.js';

/**
 * Starts the gateway: in this process, or in worker processes under this one, as the configuration says.
 * @throws ConfigError when the configuration is not valid or may not be served
 */
export async function startGateway(options: ServeOptions, env: NodeJS.ProcessEnv): Promise<void> {
  if (cluster.isWorker) startHeartbeat();
  const sources: LoadOptions = {
    ...(options.config === undefined ? {} : { file: options.config }),
    flags: flagsOf(options),
    env,
    providers: CONFIGURATIONS,
    refuse: (config) => servingProblems(config, env, options.sandbox),
  };
  let config = new ConfigService(sources);
  const simulated = options.sandbox === true || !hasApps(config.current);
  // The simulators live in the memory of one process.
  const workers = simulated ? 1 : config.current.server.workers;
  if (cluster.isPrimary && (workers > 1 || options.supervised)) {
    await supervise({ config, workers, pidFile: options.pidFile });
    return;
  }
  let sandbox: Sandbox | undefined;
  if (simulated) {
    // Loaded only here: production never loads simulator code.
    const { Sandbox: SandboxClass } = await import('../sandbox/sandbox.js');
    sandbox = await SandboxClass.start(await loadProviders(), options.host);
    const flags = { ...sources.flags, ...sandbox.flags(), 'server.workers': 1 };
    config = new ConfigService({ ...sources, flags, refuse: openHost });
  }
  await serveHere(config, sandbox, workerSlot(env));
}

async function serveHere(config: ConfigService, sandbox: Sandbox | undefined, slot: number | undefined): Promise<void> {
  fitHeap();
  const redactor = new Redactor();
  learn(redactor, config);
  const output = createLogger(config.current.logging.level, redactor);
  output.configure(config.current.logging, slot);
  config.onChange(({ logging }) => output.configure(logging, slot));
  const { logger, status: logStatus } = output;
  // Here and not above: neither a refusal to start nor the process that supervises waits for it.
  const { createGateway } = await import('../app.setup.js');
  const providers = await loadProviders();
  const gateway = await createGateway({ config, logger, redactor, providers, logStatus }, (app) => sandbox?.mount(app));
  const { host, port } = config.current.server;
  const url = await gateway.listen(host, port);
  config.watch(logger);
  logger.info({ url, sandbox: sandbox !== undefined }, 'listening');
  if (sandbox) print(sandbox.welcome(url));
  const stop = handleSignals(gateway, config, output, sandbox);
  if (process.env.npm_lifecycle_event === 'start') leaveWithParent(stop);
  if (slot === undefined) return;
  tellListening(url, () => {
    logger.error('the primary is gone, ending as well');
    void stop('SIGTERM');
  });
}

function flagsOf(options: ServeOptions): Record<string, unknown> {
  return {
    ...(options.host === undefined ? {} : { 'server.host': options.host }),
    ...(options.port === undefined
      ? {}
      : { 'server.port': /^\d+$/.test(options.port) ? Number(options.port) : options.port }),
    ...(options.logLevel === undefined ? {} : { 'logging.level': options.logLevel }),
  };
}
