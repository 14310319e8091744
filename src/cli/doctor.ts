import { ConfigError } from '../config/config.error.js';
import type { LoadOptions } from '../config/config.loader.js';
import type { Config } from '../config/config.schema.js';
import { ConfigService } from '../config/config.service.js';
import { Redactor } from '../logging/redactor.js';
import { CONFIGURATIONS, PROVIDERS } from '../providers/index.js';
import { examinePort } from './doctor-port.js';
import { hasApps, servingProblems } from './serve-refusals.js';

/** What was found out about one thing that a start needs. */
export interface Finding {
  /** `note`: worth knowing, nothing that stops a start or a message. */
  readonly verdict: 'ok' | 'note' | 'fail';
  readonly about: string;
  readonly text: string;
}

export interface Examination {
  readonly findings: readonly Finding[];
  /** Knows every secret that was met. */
  readonly redactor: Redactor;
}

export interface DoctorOptions {
  readonly config?: string;
  /** Asks no platform. */
  readonly offline?: boolean;
}

/** Looks at everything that a start needs, all at the same time; changes nothing and leaves nothing open. */
export async function examine(options: DoctorOptions, env: NodeJS.ProcessEnv): Promise<Examination> {
  const redactor = new Redactor();
  const sources: LoadOptions = {
    ...(options.config === undefined ? {} : { file: options.config }),
    env,
    providers: CONFIGURATIONS,
  };
  const findings: Finding[] = [];
  let config: ConfigService;
  try {
    config = new ConfigService(sources);
    const { sealed, status } = config;
    for (const secret of config.secrets) redactor.learn(secret);
    findings.push(...examineConfiguration(config.current, status.file, env));
    if (sealed.length > 0)
      findings.push({
        verdict: 'ok',
        about: 'master key',
        text: `opens ${sealed.length} enc: ${plural(sealed.length)}`,
      });
  } catch (error) {
    return { findings: problemsOf(error), redactor };
  }
  const examined = await Promise.all([
    examineRedis(config.current, redactor),
    examineApps(config, redactor, options.offline === true),
    examinePort(config.current.server),
  ]);
  return { findings: [...findings, ...examined.flat()], redactor };
}

function examineConfiguration(config: Config, file: string | undefined, env: NodeJS.ProcessEnv): readonly Finding[] {
  const problems = servingProblems(config, env);
  if (problems.length > 0) return problemsOf(new ConfigError(problems));
  return [{ verdict: 'ok', about: 'configuration', text: `valid, ${file ?? 'environment only'}` }];
}

/** @throws what is no complaint about the configuration */
function problemsOf(error: unknown): readonly Finding[] {
  if (!(error instanceof ConfigError)) throw error;
  return error.problems.map(({ path, reason }) => ({
    verdict: 'fail',
    about: 'configuration',
    text: `${path}: ${reason}`,
  }));
}

async function examineRedis({ redis, delivery }: Config, redactor: Redactor): Promise<readonly Finding[]> {
  if (redis.url === undefined)
    return [{ verdict: 'note', about: 'redis', text: 'none configured: the memory of one process serves' }];
  const { examineRedis: examineServer } = await import('./doctor-redis.js');
  return examineServer(redis.url, delivery.durability, redactor);
}

async function examineApps(config: ConfigService, redactor: Redactor, offline: boolean): Promise<readonly Finding[]> {
  // Loaded only here: the settings are all that the other examinations need of a provider.
  const { TokenTrial } = await import('../providers/token-trial.js');
  const trial = new TokenTrial(await Promise.all(PROVIDERS.map(({ definition }) => definition())), config, redactor);
  const { apps, robots } = trial;
  const counted: Finding[] =
    robots === 0
      ? []
      : [{ verdict: 'note', about: 'robots', text: `${robots} configured, not asked: that would send a message` }];
  if (apps.length === 0) return [{ verdict: 'note', about: 'apps', text: noApps(config.current) }, ...counted];
  if (offline)
    return [{ verdict: 'note', about: 'apps', text: `${apps.length} configured, not asked (--offline)` }, ...counted];
  const results = await trial.run();
  return [
    ...results.map(({ app, milliseconds, refusal }): Finding =>
      refusal === undefined
        ? { verdict: 'ok', about: app, text: `the platform gave a token, ${milliseconds} ms` }
        : { verdict: 'fail', about: app, text: refusal },
    ),
    ...counted,
  ];
}

function noApps(config: Config): string {
  return hasApps(config) ? 'none configured, only robots' : 'none configured: a start would simulate the platforms';
}

const plural = (count: number): string => (count === 1 ? 'value' : 'values');
