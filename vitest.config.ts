import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/support/longest-first.js';

export default defineConfig({
  test: {
    include: ['test/**/*.spec.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    // Most of a test's time is waiting for sockets and processes, so there are more workers than cores; and no test
    // leaves anything in a module, so a worker loads the modules once for all its files.
    maxWorkers: 4,
    // Tests of a file that run at once start processes: more than two together only make each of them late.
    maxConcurrency: 2,
    isolate: false,
    sequence: { sequencer: LongestFirst },
    // Processes, sockets and a Redis share two cores with the tests: what fails once and passes again was late, not
    // wrong. A test that fails twice fails.
    retry: 1,
    // A poll that succeeds costs nothing; one second, as it is by default, is short where processes start.
    expect: { poll: { timeout: 10_000 } },
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
