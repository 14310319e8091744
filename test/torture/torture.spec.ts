import { describe } from 'vitest';
import { fullWindow } from './pacing.js';
import { poison } from './platform-faults.js';
import { apiKills } from './races.js';
import { redisBlackHole, redisFull, redisKills } from './redis-faults.js';
import { rollingRestarts } from './rolling.js';
import { shortForms } from './runner.js';
import { SCENARIOS } from './scenarios.js';
import { workerKills, workerKillsParked } from './worker-kills.js';

/** They measure how soon something happens, and at first all the tests start processes: these rows come last. */
const LAST = [
  fullWindow,
  apiKills,
  redisBlackHole,
  redisFull,
  redisKills,
  rollingRestarts,
  workerKills,
  workerKillsParked,
  poison,
];
const FIRST = SCENARIOS.filter((scenario) => !LAST.includes(scenario));

/** The same scenarios with fewer messages; the figures that they must reach are the same. */
describe('torture, in short', () => shortForms([...FIRST, ...LAST]));
