import { modelTest } from './model-scenario.js';
import { fullWindow } from './pacing.js';
import { poison, revokedToken, wrongSecret } from './platform-faults.js';
import { apiKills, cancels, idempotencyKeys } from './races.js';
import { redisBlackHole, redisFull, redisKills } from './redis-faults.js';
import { sameAlert } from './repeats.js';
import { rollingRestarts } from './rolling.js';
import type { Scenario } from './scenario.js';
import { clockAhead, farSchedule, lostWakeUps } from './time.js';
import { workerKills, workerKillsParked } from './worker-kills.js';

/** Every row, in the order of the table. */
export const SCENARIOS: readonly Scenario[] = [
  workerKills,
  workerKillsParked,
  apiKills,
  redisKills,
  redisBlackHole,
  redisFull,
  rollingRestarts,
  fullWindow,
  wrongSecret,
  revokedToken,
  cancels,
  idempotencyKeys,
  sameAlert,
  clockAhead,
  farSchedule,
  lostWakeUps,
  poison,
  modelTest,
];
