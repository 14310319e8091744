import { defineConfig } from 'vitest/config';

/** The long form: one scenario after another, each bounded. Takes about half an hour, ten minutes of it for a message that is due in ten minutes. */
export default defineConfig({
  test: {
    include: ['test/torture/torture.long.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    maxWorkers: 1,
    testTimeout: 700_000,
  },
});
