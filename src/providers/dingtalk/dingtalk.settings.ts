import { z } from 'zod';
import { baseUrl, callSettings, name, numericId, secret } from '../../config/scalars.js';
import type { AppSettings, ProviderConfiguration, ResolvedApp } from '../provider.contract.js';
import { withCommon } from '../common-settings.js';
import { mediaSettings, type MediaRule } from '../media-rules.js';
import { limitCounts } from '../published-limits.js';
import type { RobotSource } from '../robot-source.js';
import { robotSignature } from './custom-robot.signature.js';
import { dingtalkLimits } from './dingtalk.limits.js';
import type { MediaType } from './dto/media.dto.js';

/**
 * Defaults: what the platform takes.
 * @see https://open.dingtalk.com/document/development/upload-media-files
 */
export const PLATFORM_MEDIA: Readonly<Record<MediaType, MediaRule>> = {
  image: { ext: '.jpg.gif.png.bmp', size: 20_480 },
  voice: { ext: '.amr.mp3.wav', size: 2_048 },
  video: { ext: '.mp4', size: 20_480 },
  file: { ext: '.doc.docx.xls.xlsx.ppt.pptx.zip.pdf.rar', size: 20_480 },
};

const app = z.strictObject({
  appKey: secret('AppKey (Client ID) of the app.'),
  appSecret: secret('AppSecret (Client Secret) of the app.'),
  agentId: numericId('AgentId of the same app; work notices need it.').optional(),
  robotCode: z
    .string()
    .min(1)
    .optional()
    .meta({ description: 'Code of the app robot; the appKey unless given, which is what it usually is.' }),
  media: mediaSettings(PLATFORM_MEDIA),
  ...callSettings,
  limits: limitCounts(dingtalkLimits, ['app-api', 'member']),
});

const robot = z.strictObject({
  accessToken: secret('access_token of the webhook.'),
  secret: secret('Signing secret of the robot, SEC….').optional(),
});

/** The block `providers.dingtalk` of the configuration. */
export const dingtalkSettings = z.strictObject({
  baseUrl: baseUrl('https://oapi.dingtalk.com', 'Host of the old API.'),
  apiBaseUrl: baseUrl('https://api.dingtalk.com', 'Host of the new API.'),
  ...callSettings,
  limits: limitCounts(dingtalkLimits, ['app-api', 'member', 'robot']),
  apps: z
    .record(name, app)
    .default({})
    .meta({ description: 'Apps by name; `default` is taken when a caller names none.' }),
  robots: z.record(name, robot).default({}).meta({ description: 'Custom robots by name.' }),
});

/** What the configuration knows of DingTalk. */
export const dingtalkConfiguration: ProviderConfiguration = {
  id: 'dingtalk',
  settings: dingtalkSettings,
  environment: {
    MSG_DD_APP_KEY: 'apps.default.appKey',
    MSG_DD_APP_SECRET: 'apps.default.appSecret',
    MSG_DD_AGENT_ID: 'apps.default.agentId',
    MSG_DD_BASE_URL: 'baseUrl',
    MSG_DD_API_BASE_URL: 'apiBaseUrl',
  },
};

type Settings = z.output<typeof dingtalkSettings>;

/** Settings of one DingTalk app. */
export interface DingTalkApp extends AppSettings {
  readonly appKey: string;
  readonly appSecret: string;
  readonly agentId?: number;
  /** Code of the app's robot. */
  readonly robotCode: string;
  /** It was not configured: the appKey stands in for it, as codebases in the field do. */
  readonly robotCodeAssumed: boolean;
  readonly media: Readonly<Record<MediaType, MediaRule>>;
}

/** The apps of a settings block, with what the whole provider has in common folded in. */
export function dingtalkApps(settings: unknown): readonly ResolvedApp<DingTalkApp>[] {
  const { apps, baseUrl: oapi, apiBaseUrl: api, ...common } = settings as Settings;
  return Object.entries(apps).map(([appName, own]) => ({
    provider: 'dingtalk',
    name: appName,
    settings: withCommon(common, { ...own, ...robotOf(own) }) as DingTalkApp,
    baseUrls: { oapi, api },
  }));
}

function robotOf({
  appKey,
  robotCode,
}: {
  readonly appKey: string;
  readonly robotCode?: string | undefined;
}): Pick<DingTalkApp, 'robotCode' | 'robotCodeAssumed'> {
  return { robotCode: robotCode ?? appKey, robotCodeAssumed: robotCode === undefined };
}

/** Settings of one custom robot. */
export interface DingTalkRobot extends AppSettings {
  readonly accessToken: string;
  /** Absent when its security setting is a keyword or an address. */
  readonly secret?: string;
}

/**
 * The custom robots of a settings block, and what they sign with.
 * @see https://open.dingtalk.com/document/dingstart/customize-robot-security-settings
 */
export const dingtalkRobots: RobotSource<DingTalkRobot> = {
  named: (settings) => {
    const { robots, baseUrl: oapi, ...common } = settings as Settings;
    return Object.entries(robots).map(([robotName, own]) => ({
      provider: 'dingtalk',
      name: robotName,
      settings: withCommon(common, own) as DingTalkRobot,
      baseUrls: { oapi },
    }));
  },
  credentials: ({ settings: { accessToken, secret: signingSecret } }, now) => ({
    access_token: accessToken,
    ...(signingSecret === undefined ? {} : { timestamp: String(now), sign: robotSignature(now, signingSecret) }),
  }),
};

/** An app made from credentials that a caller sent along; base URLs and proxy are those of the configuration. */
export function dingtalkAdHocApp(
  { appKey = '', appSecret = '' }: Readonly<Record<string, string | undefined>>,
  settings: unknown,
): ResolvedApp<DingTalkApp> {
  const { baseUrl: oapi, apiBaseUrl: api, ...common } = settings as Settings;
  return {
    provider: 'dingtalk',
    name: 'external',
    settings: withCommon(common, { appKey, appSecret, ...robotOf({ appKey }), media: PLATFORM_MEDIA }),
    baseUrls: { oapi, api },
  };
}
