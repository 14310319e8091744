import { ConfigService } from '../config/config.service.js';
import type { Principal } from '../inbound/principal.js';
import { DeliveryError } from './delivery-error.js';
import type { Operation, ProviderDefinition, ResolvedApp } from './provider.contract.js';
import { ROBOT_PREFIX } from './robot-source.js';

const ID = /^[a-z][a-z0-9]{1,31}$/;

/**
 * Every registered provider and its apps in the configuration in force. Ids are checked when the service starts: two
 * providers of one name, or two operations of one name in a provider, stop the boot with a sentence.
 */
export class ProviderRegistry {
  private readonly byId: ReadonlyMap<string, ProviderDefinition>;
  private appsByProvider = new Map<string, Map<string, ResolvedApp>>();
  /** The longest time that one operation may take, of whichever app, milliseconds; uploads have one of their own. */
  longestTimeoutMs = 0;

  constructor(
    readonly all: readonly ProviderDefinition[],
    private readonly config: ConfigService,
  ) {
    assertUnique(all);
    this.byId = new Map(all.map((provider) => [provider.id, provider]));
    this.resolve();
    config.onChange(() => this.resolve());
  }

  /** @throws Error when a module names a provider that is not registered; says which ones are */
  provider(id: string): ProviderDefinition {
    const provider = this.byId.get(id);
    if (provider) return provider;
    throw new Error(`there is no provider '${id}'; registered: ${[...this.byId.keys()].join(', ')}`);
  }

  /** Names of the configured apps of a provider, without its robots. */
  appNames(provider: string): readonly string[] {
    return this.names(provider).filter((name) => !name.startsWith(ROBOT_PREFIX));
  }

  /** Names of the configured robots of a provider, as callers name them: `ops`. */
  robotNames(provider: string): readonly string[] {
    return this.names(provider)
      .filter((name) => name.startsWith(ROBOT_PREFIX))
      .map((name) => name.slice(ROBOT_PREFIX.length));
  }

  /** Is it configured, be it an app (`default`) or a robot (`robots/ops`)? */
  has(provider: string, name: string): boolean {
    return this.appsByProvider.get(provider)?.has(name) === true;
  }

  /** Every configured app of every provider. */
  apps(): readonly ResolvedApp[] {
    return this.senders().filter(({ name }) => !name.startsWith(ROBOT_PREFIX));
  }

  /** Every configured app and robot of every provider. */
  senders(): readonly ResolvedApp[] {
    return [...this.appsByProvider.values()].flatMap((apps) => [...apps.values()]);
  }

  /**
   * One app or robot by name.
   * @param principal who asks: is told only of those that it may use
   * @throws DeliveryError kind `invalid-request`, naming the ones there are
   */
  app(provider: string, name: string, principal?: Principal): ResolvedApp {
    const app = this.appsByProvider.get(provider)?.get(name);
    if (app) return app;
    const mine = (prefix: string) => (one: string) => principal?.mayUse(provider, prefix + one) ?? true;
    throw name.startsWith(ROBOT_PREFIX)
      ? noSuchRobot(name.slice(ROBOT_PREFIX.length), this.robotNames(provider).filter(mine(ROBOT_PREFIX)))
      : noSuchApp(name, this.appNames(provider).filter(mine('')));
  }

  /**
   * An app from foreign credentials.
   * @throws Error when the provider takes none
   */
  adHocApp(provider: string, credentials: Readonly<Record<string, string | undefined>>): ResolvedApp {
    const app = this.provider(provider).adHocApp?.(credentials, this.config.current.providers[provider]);
    if (app) return app;
    throw new Error(`provider '${provider}' takes no foreign credentials`);
  }

  /** @throws Error when the provider has no such operation; says which ones it has */
  operation(provider: string, id: string): Operation {
    const { operations } = this.provider(provider);
    const operation = operations.find((candidate) => candidate.id === id);
    if (operation) return operation;
    throw new Error(
      `provider '${provider}' has no operation '${id}'; it has: ${operations.map((one) => one.id).join(', ')}`,
    );
  }

  /** How long one operation of an app may take, milliseconds; uploads have a time of their own. */
  timeoutMs({ settings }: ResolvedApp): number {
    return settings.timeoutMs ?? this.config.current.outbound.timeoutMs;
  }

  private resolve(): void {
    const { providers, outbound } = this.config.current;
    this.appsByProvider = new Map(
      this.all.map((provider) => [
        provider.id,
        new Map(sendersOf(provider, providers[provider.id]).map((app) => [app.name, app])),
      ]),
    );
    // Callers who bring their own app get the provider's time, also where none is configured.
    const foreign = this.all.flatMap((provider) => provider.adHocApp?.({}, providers[provider.id]) ?? []);
    const times = [...this.senders(), ...foreign].map((app) => this.timeoutMs(app));
    this.longestTimeoutMs = Math.max(outbound.timeoutMs, ...times);
  }

  private names(provider: string): readonly string[] {
    return [...(this.appsByProvider.get(provider)?.keys() ?? [])];
  }
}

function sendersOf(provider: ProviderDefinition, settings: unknown): readonly ResolvedApp[] {
  const robots = provider.robots?.named(settings) ?? [];
  return [...provider.apps(settings), ...robots.map((robot) => ({ ...robot, name: ROBOT_PREFIX + robot.name }))];
}

function noSuchApp(name: string, known: readonly string[]): DeliveryError {
  const message = {
    zh: `没有配置应用 ${name}；已配置: ${known.join(', ') || '无'}`,
    en: `no app ${name} is configured; there are: ${known.join(', ') || 'none'}`,
  };
  return DeliveryError.invalid([{ path: 'app', message }]);
}

function noSuchRobot(name: string, known: readonly string[]): DeliveryError {
  const [zh, en] =
    name === ''
      ? ['必须指定机器人（?robot=NAME）', 'name a robot with ?robot=NAME']
      : [`没有配置机器人 ${name}`, `no robot ${name} is configured`];
  const message = {
    zh: `${zh}；已配置: ${known.join(', ') || '无'}`,
    en: `${en}; there are: ${known.join(', ') || 'none'}`,
  };
  return DeliveryError.invalid([{ path: 'query.robot', message }]);
}

function assertUnique(providers: readonly ProviderDefinition[]): void {
  const ids = providers.map(({ id }) => id);
  const list = ids.join(', ');
  const malformed = ids.find((id) => !ID.test(id));
  if (malformed !== undefined)
    throw new Error(
      `'${malformed}' is no provider id: 2 to 32 lower-case letters and digits, a letter first; registered: ${list}`,
    );
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (twice !== undefined) throw new Error(`two providers are called '${twice}'; registered: ${list}`);
  for (const provider of providers) {
    const operations = provider.operations.map(({ id }) => id);
    const double = operations.find((id, index) => operations.indexOf(id) !== index);
    if (double === undefined) continue;
    throw new Error(
      `provider '${provider.id}' has two operations called '${double}'; it has: ${operations.join(', ')}`,
    );
  }
}
