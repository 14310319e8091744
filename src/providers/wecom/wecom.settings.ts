import { z } from 'zod';
import { baseUrl, callSettings, duration, name, numericId, secret } from '../../config/scalars.js';
import { withCommon } from '../common-settings.js';
import { ANY, mediaSettings, type MediaRule } from '../media-rules.js';
import type { AppSettings, ProviderConfiguration, ResolvedApp } from '../provider.contract.js';
import { limitCounts } from '../published-limits.js';
import type { RobotSource } from '../robot-source.js';
import type { MediaType } from './dto/media.dto.js';
import { wecomLimits } from './wecom.limits.js';

/**
 * Defaults: what the platform takes.
 * @see https://developer.work.weixin.qq.com/document/path/90253
 */
export const PLATFORM_MEDIA: Readonly<Record<MediaType, MediaRule>> = {
  image: { ext: '.jpg.jpeg.png', size: 10_240 },
  voice: { ext: '.amr', size: 2_048 },
  video: { ext: '.mp4', size: 10_240 },
  // The platform has no list for files, and takes names without an extension too.
  file: { ext: ANY, size: 20_480 },
};

/**
 * Above a share of failing look-ups, 20 % of the corporation's headcount limit, the platform bars the corporation from
 * looking up for a day. No API tells that limit: 30 misses a day are within the share from 150 people on.
 *
 * @see https://developer.work.weixin.qq.com/document/path/95402
 */
export const DEFAULT_LOOKUPS = { missTtl: 6 * 3_600_000, missesPerDay: 30 } as const;

const lookups = z
  .strictObject({
    missTtl: duration('For how long a mobile number that the platform does not know is not asked for again.').prefault(
      '6h',
    ),
    missesPerDay: z.number().int().min(0).max(1_000_000).default(DEFAULT_LOOKUPS.missesPerDay).meta({
      description:
        "Misses of this app within 24 hours after which the platform is asked no more: below 20 % of the corporation's headcount limit, all its apps together. 0: no limit of ours.",
    }),
  })
  .prefault({})
  .meta({ description: 'Finding people by mobile number.' });

const app = z.strictObject({
  corpId: z.string().min(1).meta({ description: 'Id of the corporation, ww….' }),
  corpSecret: secret('Secret of this app.'),
  agentId: numericId('AgentId of the same app; application messages need it.').optional(),
  media: mediaSettings(PLATFORM_MEDIA),
  lookups,
  ...callSettings,
  limits: limitCounts(wecomLimits, ['app-api', 'member']),
});

const robot = z.strictObject({ key: secret('Key of the webhook.') });

/** The block `providers.wecom` of the configuration. */
export const wecomSettings = z.strictObject({
  baseUrl: baseUrl('https://qyapi.weixin.qq.com', 'Host of the API; another one for a private deployment or a relay.'),
  ...callSettings,
  limits: limitCounts(wecomLimits, ['app-api', 'member', 'robot']),
  apps: z
    .record(name, app)
    .default({})
    .meta({ description: 'Apps by name; `default` is taken when a caller names none.' }),
  robots: z.record(name, robot).default({}).meta({ description: 'Group robots by name.' }),
});

/** What the configuration knows of WeCom. */
export const wecomConfiguration: ProviderConfiguration = {
  id: 'wecom',
  settings: wecomSettings,
  environment: {
    MSG_WECOM_CORP_ID: 'apps.default.corpId',
    MSG_WECOM_CORP_SECRET: 'apps.default.corpSecret',
    MSG_WECOM_AGENT_ID: 'apps.default.agentId',
    MSG_WECOM_BASE_URL: 'baseUrl',
  },
};

type Settings = z.output<typeof wecomSettings>;

/** Settings of one WeCom app. */
export interface WeComApp extends AppSettings {
  readonly corpId: string;
  readonly corpSecret: string;
  readonly agentId?: number;
  readonly media: Readonly<Record<MediaType, MediaRule>>;
  readonly lookups: {
    /** Milliseconds. */
    readonly missTtl: number;
    readonly missesPerDay: number;
  };
}

/** The apps of a settings block, with what the whole provider has in common folded in. */
export function wecomApps(settings: unknown): readonly ResolvedApp<WeComApp>[] {
  const { apps, baseUrl: qyapi, ...common } = settings as Settings;
  return Object.entries(apps).map(([appName, own]) => ({
    provider: 'wecom',
    name: appName,
    settings: withCommon(common, own) as WeComApp,
    baseUrls: { qyapi },
  }));
}

/** Settings of one group robot. */
export interface WeComRobot extends AppSettings {
  readonly key: string;
}

/**
 * The group robots of a settings block: the key is all there is.
 * @see https://developer.work.weixin.qq.com/document/path/99110
 */
export const wecomRobots: RobotSource<WeComRobot> = {
  named: (settings) => {
    const { robots, baseUrl: qyapi, ...common } = settings as Settings;
    return Object.entries(robots).map(([robotName, own]) => ({
      provider: 'wecom',
      name: robotName,
      settings: withCommon(common, own) as WeComRobot,
      baseUrls: { qyapi },
    }));
  },
  credentials: ({ settings: { key } }) => ({ key }),
};

/** An app made from credentials that a caller sent along; base URL and proxy are those of the configuration. */
export function wecomAdHocApp(
  { corpId = '', corpSecret = '', agentId }: Readonly<Record<string, string | undefined>>,
  settings: unknown,
): ResolvedApp<WeComApp> {
  const { baseUrl: qyapi, ...common } = settings as Settings;
  return {
    provider: 'wecom',
    name: 'external',
    settings: withCommon(common, {
      corpId,
      corpSecret,
      ...(agentId === undefined ? {} : { agentId: Number(agentId) }),
      media: PLATFORM_MEDIA,
      lookups: DEFAULT_LOOKUPS,
    }),
    baseUrls: { qyapi },
  };
}
