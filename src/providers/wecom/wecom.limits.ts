import type { PublishedLimit } from '../published-limits.js';

const LIMITS_PAGE = 'https://developer.work.weixin.qq.com/document/path/90312';
const APPCHAT_PAGE = 'https://developer.work.weixin.qq.com/document/path/90248';

/** Limits that WeCom publishes. */
export const wecomLimits: readonly PublishedLimit[] = [
  {
    id: 'corp-api-minute',
    scope: 'app-api',
    count: 10_000,
    seconds: 60,
    above: 'refuses',
    source: LIMITS_PAGE,
    confidence: 'certain',
  },
  {
    id: 'corp-api-hour',
    scope: 'app-api',
    count: 150_000,
    seconds: 3_600,
    above: 'refuses',
    source: LIMITS_PAGE,
    confidence: 'certain',
  },
  {
    id: 'ip-api-minute',
    scope: 'ip',
    count: 20_000,
    seconds: 60,
    above: 'refuses',
    source: LIMITS_PAGE,
    confidence: 'certain',
  },
  {
    id: 'message-member-minute',
    scope: 'member',
    operations: ['message.send'],
    count: 30,
    seconds: 60,
    above: 'drops-silently',
    source: LIMITS_PAGE,
    confidence: 'certain',
  },
  {
    id: 'message-member-hour',
    scope: 'member',
    operations: ['message.send'],
    count: 1_000,
    seconds: 3_600,
    above: 'drops-silently',
    source: LIMITS_PAGE,
    confidence: 'certain',
  },
  {
    id: 'appchat-member-minute',
    scope: 'member',
    operations: ['appchat.send'],
    count: 200,
    seconds: 60,
    above: 'drops-silently',
    source: APPCHAT_PAGE,
    confidence: 'certain',
  },
  {
    id: 'appchat-corp-minute',
    scope: 'app',
    operations: ['appchat.send'],
    count: 20_000,
    seconds: 60,
    above: 'refuses',
    source: APPCHAT_PAGE,
    confidence: 'certain',
  },
  {
    // That the minute slides is not documented; so paced, a fixed one is kept too.
    id: 'robot-minute',
    scope: 'robot',
    operations: ['robot.send'],
    count: 20,
    seconds: 60,
    above: 'refuses',
    source: 'https://developer.work.weixin.qq.com/document/path/99110',
    confidence: 'certain',
  },
];
