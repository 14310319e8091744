import { defineConfig } from 'vitest/config';

/** The long form: one scenario after another, each bounded. Takes about a quarter of an hour. */
export default defineConfig({
  test: {
    include: ['test/torture/torture.long.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    maxWorkers: 1,
    testTimeout: 400_000,
  },
});
