import { expect } from 'vitest';
import { validate } from '../../src/inbound/validation.pipe.js';
import type { RegisteredProvider } from '../../src/providers/index.js';
import type {
  Operation,
  PlatformRequest,
  ProviderDefinition,
  ResolvedApp,
} from '../../src/providers/provider.contract.js';
import type { CallRecord } from '../../src/simulator/ledger.js';
import type { Simulator } from '../../src/simulator/simulator.contract.js';
import { call, startTestGateway, type TestAnswer, type TestGateway } from '../support/gateway.js';
import { objectIn, PlatformCaller } from './platform-caller.js';
import { ALL_PROVIDERS, firstExample, type Example, type Input } from './providers.js';
import { callerRequest, routesOf, type OpenApiDocument, type Route } from './routes.js';

/** Deadlines in milliseconds: one that nothing reaches but what hangs, and one that what hangs reaches soon. */
const PATIENT_MS = 10_000;
const HASTY_MS = 300;

/**
 * A provider under test: the simulator that it brings, and two gateways with production wiring pointed at it, of which
 * the hasty one is for what takes too long.
 */
export class ConformanceWorld {
  readonly definition: ProviderDefinition;
  readonly platform: PlatformCaller;
  /** Every answer that a caller got. */
  readonly answers: TestAnswer[] = [];
  private readonly routes: ReadonlyMap<string, Route>;
  private readonly tokens = new Set<string>();

  private constructor(
    readonly simulator: Simulator,
    readonly app: ResolvedApp,
    readonly robot: ResolvedApp | undefined,
    readonly document: OpenApiDocument,
    private readonly patient: TestGateway,
    private readonly hasty: TestGateway,
    provider: RegisteredProvider,
  ) {
    this.definition = provider.definition;
    this.platform = new PlatformCaller(this.definition, app, robot);
    this.routes = new Map(
      routesOf(this.definition.id, document).map((route) => [String(route.entry['x-operation']), route]),
    );
  }

  /** Starts everything; both gateways have sent a message before it is given back. */
  static async start(provider: RegisteredProvider): Promise<ConformanceWorld> {
    const { definition } = provider;
    const simulator = await (await definition.simulator()).start();
    const patient = await startPointedAt(simulator, PATIENT_MS);
    const hasty = await startPointedAt(simulator, HASTY_MS);
    const [app] = appsOf(definition, simulator);
    const [robot] = robotsOf(definition, simulator);
    if (!app) throw new Error(`gatewayConfig() of the simulator of ${definition.id} configures no app`);
    const document = (await call(`${patient.url}/docs-json`)).body as unknown as OpenApiDocument;
    const world = new ConformanceWorld(simulator, app, robot, document, patient, hasty, provider);
    const [operation] = definition.operations;
    if (operation) {
      await world.send(firstExample(operation));
      await world.sendHastily(firstExample(operation));
    }
    return world;
  }

  async close(): Promise<void> {
    await Promise.all([this.patient.close(), this.hasty.close()]);
    await this.simulator.close();
  }

  /** Nothing has gone wrong yet and nothing was received. */
  reset(): void {
    this.rememberTokens();
    this.simulator.faults.clear();
    this.simulator.ledger.clear();
  }

  /** Sends an example as a caller would, in a platform where it can come true. */
  async send(example: Example): Promise<TestAnswer> {
    return this.sendTo(this.patient, example);
  }

  /** The same through the gateway whose deadline is near. */
  async sendHastily(example: Example): Promise<TestAnswer> {
    return this.sendTo(this.hasty, example);
  }

  /** Sends an input that need not be valid. */
  async sendInput(route: Route, input: Input): Promise<TestAnswer> {
    return this.exchange(this.patient, route, input);
  }

  /** A dry run. It shows where the message would go, so it is not kept with the answers that must not. */
  async dryRun({ operation, input }: Example): Promise<TestAnswer> {
    const { path, init } = callerRequest(this.route(operation.id), input, this.robot?.name);
    return call(`${this.patient.url}${path}${path.includes('?') ? '&' : '?'}dryRun=true`, init);
  }

  /** An answer of the gateway that belongs to no provider. */
  async get(path: string): Promise<TestAnswer> {
    const answer = await call(this.patient.url + path);
    this.answers.push(answer);
    return answer;
  }

  /** The route of an operation. */
  route(operation: string): Route {
    const route = this.routes.get(operation);
    if (route) return route;
    throw new Error(`no route of ${this.definition.id} has x-operation ${operation}`);
  }

  /** What the platform received, token calls left out. */
  calls(): readonly CallRecord[] {
    return this.simulator.ledger.calls().filter(({ path }) => path !== this.tokenPath);
  }

  /** The request that the provider renders from an example. */
  rendered(example: Example): PlatformRequest {
    return renderedFor(this.senderOf(example.operation), example);
  }

  /** Makes what the example refers to exist. */
  prepare({ operation, input }: Example): void {
    this.simulator.prepare?.(operation.id, input);
  }

  /** The app or the robot that does an operation. */
  senderOf({ target }: Operation): ResolvedApp {
    return target === 'robot' ? (this.robot ?? this.app) : this.app;
  }

  /** Every log line of both gateways so far. */
  get logs(): readonly string[] {
    return [...this.patient.logs, ...this.hasty.logs];
  }

  /** What must never be seen: tokens that were given out, the secrets of app and robot, and where the platform is. */
  get secrets(): readonly string[] {
    this.rememberTokens();
    return [
      ...this.tokens,
      this.definition.tokens.secret(this.app),
      ...this.robotSecrets,
      new URL(this.simulator.url).host,
    ];
  }

  /** Whatever is configured for the robot. */
  get robotSecrets(): readonly string[] {
    const { settings = {} } = this.robot ?? {};
    return Object.values(settings as Record<string, unknown>).filter((value) => typeof value === 'string');
  }

  private get tokenPath(): string {
    return this.definition.tokens.request(this.app).path;
  }

  private rememberTokens(): void {
    for (const { answer = '' } of this.simulator.ledger.calls({ path: this.tokenPath })) {
      const read = this.definition.tokens.read({ status: 200, body: objectIn(answer) });
      if (read) this.tokens.add(read.token);
    }
  }

  private sendTo(gateway: TestGateway, example: Example): Promise<TestAnswer> {
    this.prepare(example);
    return this.exchange(gateway, this.route(example.operation.id), example.input);
  }

  private async exchange(gateway: TestGateway, route: Route, input: Input): Promise<TestAnswer> {
    const { path, init } = callerRequest(route, input, this.robot?.name);
    const answer = await call(gateway.url + path, init);
    this.answers.push(answer);
    return answer;
  }
}

/** A gateway with every provider registered, of which this simulator's is configured. */
export function startPointedAt(simulator: Simulator, timeoutMs = PATIENT_MS): Promise<TestGateway> {
  return startTestGateway({
    simulators: [simulator],
    providers: ALL_PROVIDERS,
    settings: {
      'outbound.timeoutMs': timeoutMs,
      'outbound.uploadTimeoutMs': timeoutMs,
      // More than 20 messages a minute are sent here; that robots keep to them has tests of its own.
      'limits.robots': 'observe',
    },
  });
}

/** The request that a provider renders from an example for an app. */
export function renderedFor(app: ResolvedApp, { operation, input }: Example): PlatformRequest {
  const validated = operation.effect === 'upload' ? input : validate(operation.input, input);
  return operation.render(validated, app);
}

/** The apps that a simulator configures. */
export function appsOf(definition: ProviderDefinition, simulator: Simulator): readonly ResolvedApp[] {
  return definition.apps(definition.settings.parse(simulator.gatewayConfig()));
}

/** The robots that a simulator configures. */
export function robotsOf(definition: ProviderDefinition, simulator: Simulator): readonly ResolvedApp[] {
  return definition.robots?.named(definition.settings.parse(simulator.gatewayConfig())) ?? [];
}

/** Checks a failure: its status, its kind and whose it is. */
export function expectFailure(answer: TestAnswer, status: number, kind: string): void {
  expect({ status: answer.status, ok: answer.body.ok, kind: answer.body.error?.kind }).toEqual({ status, ok: 0, kind });
}
