import type { AppSettings, ResolvedApp } from './provider.contract.js';

/** What stands before the name of a robot wherever apps and robots share a list: `robots/ops`. No app is called so. */
export const ROBOT_PREFIX = 'robots/';

/**
 * How a provider's robots prove who they are. A robot is named in the configuration beside the apps. It has no access
 * token: what lets it post stands in the address of its webhook, so it is a secret, and it is put there only when a
 * request leaves. Neither the rendered request, nor what is stored, nor a dry run ever holds it.
 *
 * Operations of robots say `target: 'robot'`; their callers name one with `?robot=NAME`, and need the right to
 * `<provider>/robots/NAME`.
 *
 * @example
 * const robots: RobotSource<WeComRobot> = {
 *   named: (settings) => Object.entries(settings.robots).map(([name, own]) => ({ provider: 'wecom', name, settings: own, baseUrls })),
 *   credentials: ({ settings }) => ({ key: settings.key }),
 * };
 */
export interface RobotSource<Robot extends AppSettings = AppSettings> {
  /** The named robots of a validated settings block, with what the whole provider has in common folded in. */
  named(settings: unknown): readonly ResolvedApp<Robot>[];
  /**
   * Query parameters of one request: key, signature. Asked again for every attempt, since signatures grow old.
   * @param now epoch milliseconds
   */
  credentials(robot: ResolvedApp<Robot>, now: number): Readonly<Record<string, string>>;
}
