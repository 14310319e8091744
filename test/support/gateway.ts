import 'reflect-metadata';
import { createGateway, type Mount } from '../../src/app.setup.js';
import { ConfigService } from '../../src/config/config.service.js';
import type { LoggingSettings } from '../../src/config/logging.settings.js';
import { MessageCenterAdapter, type Stillness } from '../../src/inbound/http-adapter.js';
import { createLogger } from '../../src/logging/logger.js';
import { Redactor } from '../../src/logging/redactor.js';
import type { RegisteredProvider } from '../../src/providers/index.js';
import type { Simulator } from '../../src/simulator/simulator.contract.js';
import { PROVIDERS } from './providers.js';

export interface TestGateway {
  readonly url: string;
  /** Every log line so far, as it would stand on stdout. */
  readonly logs: string[];
  readonly app: Awaited<ReturnType<typeof createGateway>>['app'];
  close(): Promise<void>;
}

export interface TestGatewayOptions {
  /** Simulators that the gateway is pointed at. */
  readonly simulators?: readonly Simulator[];
  /** Settings by path; they win over the simulators' own. */
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly providers?: readonly RegisteredProvider[];
  readonly logLevel?: LoggingSettings['level'];
  /** A configuration file, watched as in production. */
  readonly file?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Mounts further routes, as the sandbox does. */
  readonly mount?: Mount;
  /** When connections on which nothing moves are closed; as in production without it. */
  readonly stillness?: Stillness;
}

/** Starts a gateway in this process: production wiring, real HTTP on a free loopback port. */
export async function startTestGateway(options: TestGatewayOptions = {}): Promise<TestGateway> {
  const providers = options.providers ?? PROVIDERS;
  const blocks = Object.fromEntries(
    (options.simulators ?? []).map((simulator) => [`providers.${simulator.provider}`, simulator.gatewayConfig()]),
  );
  const config = new ConfigService({
    ...(options.file === undefined ? {} : { file: options.file }),
    env: options.env ?? {},
    providers: providers.map(({ definition }) => definition),
    flags: { 'outbound.timeoutMs': 10_000, ...blocks, ...options.settings },
  });
  const redactor = new Redactor();
  for (const secret of config.secrets) redactor.learn(secret);
  const logs: string[] = [];
  const output = createLogger(options.logLevel ?? 'debug', redactor, (line) => logs.push(line));
  const configureLogs = (): void => output.configure({ ...config.current.logging, level: options.logLevel ?? 'debug' });
  configureLogs();
  config.onChange(configureLogs);
  const { logger, status: logStatus } = output;
  const parts = { config, logger, redactor, providers, logStatus };
  const gateway = await createGateway(parts, options.mount, new MessageCenterAdapter(options.stillness));
  const url = await gateway.listen('127.0.0.1', 0);
  if (options.file !== undefined) config.watch(logger);
  return {
    url,
    logs,
    app: gateway.app,
    close: async () => {
      config.close();
      await gateway.shutdown(0);
      await output.close();
    },
  };
}

/** An answer of the gateway as a test looks at it. */
export interface TestAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The parsed body; undefined when it is not JSON. */
  readonly body: EnvelopeBody;
}

export interface EnvelopeBody {
  readonly id: number;
  readonly ok: number;
  readonly code: number;
  readonly msg: string;
  readonly data: unknown;
  readonly count: number;
  readonly error?: Readonly<Record<string, unknown>>;
}

/** Sends JSON and reads the answer. */
export async function post(url: string, body: unknown, init: RequestInit = {}): Promise<TestAnswer> {
  const { headers, ...rest } = init;
  return call(url, {
    method: 'POST',
    body: typeof body === 'string' ? body : JSON.stringify(body),
    headers: { 'Content-Type': 'application/json', ...(headers as Record<string, string> | undefined) },
    ...rest,
  });
}

/** Any request, with the answer read whole. */
export async function call(url: string, init: RequestInit = {}): Promise<TestAnswer> {
  const answer = await fetch(url, init);
  const text = await answer.text();
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    body = undefined;
  }
  return { status: answer.status, headers: answer.headers, text, body: body as EnvelopeBody };
}
