import { describe } from 'vitest';
import { shortForms } from './runner.js';
import { SCENARIOS } from './scenarios.js';

/** The same scenarios with fewer messages; the figures that they must reach are the same. */
describe('torture, in short', () => shortForms(SCENARIOS));
