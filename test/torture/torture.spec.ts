import { describe } from 'vitest';
import { fullWindow } from './pacing.js';
import { shortForms } from './runner.js';
import { SCENARIOS } from './scenarios.js';

/**
 * The same scenarios with fewer messages; the figures that they must reach are the same. The first rows of the table
 * come last: they measure how soon somebody takes over, and at first all the tests start processes.
 */
const first = SCENARIOS.indexOf(fullWindow);
describe('torture, in short', () => shortForms([...SCENARIOS.slice(first), ...SCENARIOS.slice(0, first)]));
