import cluster from 'node:cluster';
import { createGateway, type Gateway } from '../app.setup.js';
import { isComment } from '../config/access.settings.js';
import { ConfigError } from '../config/config.error.js';
import { ConfigService } from '../config/config.service.js';
import type { Config } from '../config/config.schema.js';
import { providerShortNames, type LoadOptions } from '../config/config.loader.js';
import { isLoopback } from '../inbound/client-address.js';
import { createLogger, type LogOutput } from '../logging/logger.js';
import { Redactor } from '../logging/redactor.js';
import { PROVIDERS } from '../providers/index.js';
import type { Sandbox } from '../sandbox/sandbox.js';
import { print } from './output.js';
import type { ServeOptions } from './serve.command.js';

const definitions = PROVIDERS.map(({ definition }) => definition);

/**
 * Starts the gateway of this process.
 * @throws ConfigError when the configuration is not valid or may not be served
 */
export async function startGateway(options: ServeOptions, env: NodeJS.ProcessEnv): Promise<void> {
  const load: LoadOptions = {
    ...(options.config === undefined ? {} : { file: options.config }),
    flags: flagsOf(options),
    env,
    providers: definitions,
  };
  let config = new ConfigService(load);
  let sandbox: Sandbox | undefined;
  if (options.sandbox || !hasApps(config.current)) {
    if (env.NODE_ENV === 'production') throw new ConfigError([nothingConfigured()]);
    // Loaded only here: production never loads simulator code.
    const { Sandbox: SandboxClass } = await import('../sandbox/sandbox.js');
    sandbox = await SandboxClass.start(definitions, options.host);
    config = new ConfigService({ ...load, flags: { ...load.flags, ...sandbox.flags() } });
  }
  refuseOpenHost(config.current);
  const redactor = new Redactor();
  learn(redactor, config);
  const output = createLogger(config.current.logging.level, redactor);
  const worker = cluster.worker?.id;
  output.configure(config.current.logging, worker);
  config.onChange(({ logging }) => output.configure(logging, worker));
  const { logger, status: logStatus } = output;
  const gateway = await createGateway({ config, logger, redactor, providers: PROVIDERS, logStatus }, (app) =>
    sandbox?.mount(app),
  );
  const { host, port } = config.current.server;
  const url = await gateway.listen(host, port);
  config.watch(output.logger);
  output.logger.info({ url, sandbox: sandbox !== undefined }, 'listening');
  if (sandbox) print(sandbox.welcome(url));
  handleSignals(gateway, config, output, sandbox);
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

/** Is there any app or robot of any provider? */
function hasApps(config: Config): boolean {
  return Object.values(config.providers).some((block) => {
    const { apps = {}, robots = {} } = block as { apps?: object; robots?: object };
    return Object.keys(apps).length + Object.keys(robots).length > 0;
  });
}

function nothingConfigured(): { path: string; reason: string } {
  const names = Object.keys(providerShortNames(definitions)).filter((name) => !name.endsWith('_URL'));
  return {
    path: 'providers',
    reason:
      'no app of any provider is configured, and NODE_ENV=production never simulates: ' +
      `set ${names.join(', ')} (those of one provider suffice), or write providers.<name>.apps into the configuration file`,
  };
}

/** With neither an allow-list nor keys only this machine may call, so listening elsewhere would be a mistake. */
function refuseOpenHost(config: Config): void {
  const { host } = config.server;
  const callers = config.access.apiKeys.length > 0 || config.access.allow.some((entry) => !isComment(entry));
  if (callers || host === 'localhost' || isLoopback(host)) return;
  throw new ConfigError([
    {
      path: 'server.host',
      reason:
        `listening on ${host} needs to know who may call: set access.allow (or MSG_ALLOW_IPS) to the addresses of your programs, ` +
        'or access.apiKeys (or MSG_API_KEYS), or listen on 127.0.0.1',
    },
  ]);
}

function learn(redactor: Redactor, config: ConfigService): void {
  let known = config.secrets;
  for (const secret of known) redactor.learn(secret);
  config.onChange(() => {
    for (const secret of config.secrets) redactor.learn(secret);
    for (const secret of known) redactor.forget(secret);
    known = config.secrets;
  });
}

/**
 * SIGTERM is an orchestrator's: a pause lets balancers notice first. SIGINT is a person's: no pause. Either has a hard
 * deadline behind it, because a connection that never ends must not keep the process.
 */
function handleSignals(gateway: Gateway, config: ConfigService, output: LogOutput, sandbox: Sandbox | undefined): void {
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
    process.exit(0);
  };
  process.on('SIGTERM', (signal) => void stop(signal));
  process.on('SIGINT', (signal) => void stop(signal));
  process.on('SIGHUP', () => config.reload());
  process.on('unhandledRejection', (reason) => {
    output.logger.fatal({ err: reason }, 'unhandled rejection');
    process.exitCode = 1;
    void stop('SIGTERM');
  });
}
