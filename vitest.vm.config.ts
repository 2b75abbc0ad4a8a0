import { defineConfig } from 'vitest/config';

/** The tests that need an emulated machine: `npm run test:vm`. */
export default defineConfig({
  test: {
    include: ['test/vm/**/*.test.ts'],
    globalSetup: ['test/vm/setup.ts'],
    // A build under emulation takes minutes.
    testTimeout: 3_600_000,
    hookTimeout: 1_800_000,
    maxWorkers: 1,
    reporters: ['verbose', './test/closing-line.ts'],
    disableConsoleIntercept: true,
  },
});
