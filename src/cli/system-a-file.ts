import { z } from 'zod';
import { ConfigError } from '../config/config.error.js';

/** System A's configuration file, `xymessagecenter.json`, as its own program reads it. */

/** Variables that system A reads when its file names none. */
export const SYSTEM_A_NAMES = { appKey: 'MSG_DD_APP_KEY', appSecret: 'MSG_DD_APP_SECRET' } as const;

const variable = (fallback: string) =>
  z
    .string()
    .regex(/^([A-Za-z_][A-Za-z0-9_]*)?$/, 'must be the name of a variable')
    .default('')
    .transform((name) => name || fallback);

const integer = z.number().int().optional();
const text = z.string().optional();
const flag = z.boolean().optional();

// Names that A does not know are comments, `__…` by custom.
const system = z.looseObject({
  debug: flag,
  log_level: integer,
  log_file_level: integer,
  log_api: text,
  log_limit_time: integer,
  log_limit_num: integer,
  main_config: z.looseObject({ path: text, method: text, secret_name: text, api: text, interval: integer }).optional(),
  restart_main: flag,
  watcher_interval: integer,
});

const dingtalk = z.looseObject({
  agent_id: integer,
  app_key_name: variable(SYSTEM_A_NAMES.appKey),
  app_secret_name: variable(SYSTEM_A_NAMES.appSecret),
  white_list: z.array(z.string()).default([]),
  media: z.record(z.string(), z.looseObject({ ext: text, size: integer })).default({}),
});

const file = z.looseObject({ sys_conf: system.prefault({}), dd_conf: dingtalk.prefault({}) });

/** What stands in system A's file. */
export interface SystemA {
  readonly sys: z.output<typeof system>;
  readonly dd: z.output<typeof dingtalk>;
  /** Variables with the app's credentials. */
  readonly names: { readonly appKey: string; readonly appSecret: string };
  /** Paths of members that A does not read either, comments (`__…`) excluded. */
  readonly unknown: readonly string[];
}

/**
 * Reads system A's file.
 * @throws ConfigError with everything that A itself could not read
 */
export function readSystemA(source: string, name: string): SystemA {
  let json: unknown;
  try {
    // A's own decoder takes null as absent.
    json = JSON.parse(source.replace(/^\uFEFF/, ''), (_key, value: unknown) => value ?? undefined);
  } catch {
    throw new ConfigError([{ path: name, reason: 'is not JSON' }]);
  }
  const parsed = file.safeParse(json);
  if (!parsed.success) {
    throw new ConfigError(
      parsed.error.issues.map(({ path, message }) => ({ path: path.map(String).join('.') || name, reason: message })),
    );
  }
  const { sys_conf: sys, dd_conf: dd } = parsed.data;
  if (membersOf(json).every((member) => member !== 'sys_conf' && member !== 'dd_conf'))
    throw new ConfigError([{ path: name, reason: 'has neither sys_conf nor dd_conf: it is not a file of system A' }]);
  return { sys, dd, names: { appKey: dd.app_key_name, appSecret: dd.app_secret_name }, unknown: unknownIn(json) };
}

function unknownIn(json: unknown): readonly string[] {
  const { sys_conf: sys, dd_conf: dd } = json as Readonly<Record<string, unknown>>;
  const unknown = (node: unknown, known: object, prefix: string): string[] =>
    membersOf(node)
      .filter((member) => !Object.hasOwn(known, member) && !member.startsWith('__'))
      .map((member) => `${prefix}${member}`);
  return [
    ...unknown(json, file.shape, ''),
    ...unknown(sys, system.shape, 'sys_conf.'),
    ...unknown(dd, dingtalk.shape, 'dd_conf.'),
  ];
}

function membersOf(node: unknown): readonly string[] {
  return typeof node === 'object' && node !== null ? Object.keys(node) : [];
}
