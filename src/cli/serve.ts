import cluster from 'node:cluster';
import { startHeartbeat, tellListening, workerSlot } from '../cluster/worker-link.js';
import { ConfigService } from '../config/config.service.js';
import type { LoadOptions } from '../config/config.loader.js';
import { createLogger } from '../logging/logger.js';
import { Redactor } from '../logging/redactor.js';
import { CONFIGURATIONS, loadProviders } from '../providers/index.js';
import type { Sandbox } from '../sandbox/sandbox.js';
import { load } from './load.js';
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
    await loadServer();
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
  const { createGateway } = await loadServer();
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

/**
 * Loads the service and every provider, whose files are named by its id; who imports them later finds them there. Only
 * what serves does: neither a refusal to start nor the process that supervises waits for it.
 */
async function loadServer(): Promise<typeof import('../app.setup.js')> {
  for (const { id } of CONFIGURATIONS)
    for (const part of ['provider', 'module']) await load(`../providers/${id}/${id}.${part}.js`);
  return (await load('../app.setup.js')) as typeof import('../app.setup.js');
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
