import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.spec.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    // Most of a test's time is waiting for sockets and processes: both cores are used.
    maxWorkers: 2,
    // Processes, sockets and a Redis share two cores with the tests: what fails once and passes again was late, not
    // wrong. A test that fails twice fails.
    retry: 1,
    testTimeout: 20_000,
    hookTimeout: 30_000,
  },
});
