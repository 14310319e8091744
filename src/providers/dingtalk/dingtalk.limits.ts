import type { PublishedLimit } from '../published-limits.js';

/** Limits that DingTalk publishes. */
export const dingtalkLimits: readonly PublishedLimit[] = [
  {
    id: 'app-api-second',
    scope: 'app-api',
    count: 20,
    seconds: 1,
    above: 'refuses',
    source: 'https://open.dingtalk.com/document/development/how-to-process-api-throttling-on-the-dingtalk-server',
    confidence: 'certain',
  },
  {
    id: 'ip-all',
    scope: 'ip',
    count: 10_000,
    seconds: 20,
    above: 'bans',
    source: 'https://open.dingtalk.com/document/development/call-frequency-limit',
    confidence: 'certain',
  },
  {
    id: 'notice-member-day',
    scope: 'member',
    operations: ['notice.send'],
    count: 500,
    seconds: 86_400,
    above: 'drops-silently',
    source: 'https://open.dingtalk.com/document/development/asynchronous-sending-of-enterprise-session-messages',
    confidence: 'certain',
  },
  {
    id: 'notice-everybody-day',
    scope: 'app',
    operations: ['notice.send'],
    count: 3,
    seconds: 86_400,
    above: 'refuses',
    source: 'https://open.dingtalk.com/document/development/asynchronous-sending-of-enterprise-session-messages',
    confidence: 'certain',
  },
  {
    // Above it the robot is blocked for ten minutes.
    id: 'robot-minute',
    scope: 'robot',
    operations: ['robot.send'],
    count: 20,
    seconds: 60,
    above: 'bans',
    source: 'https://open.dingtalk.com/document/development/custom-robots-send-group-messages',
    confidence: 'certain',
  },
];
