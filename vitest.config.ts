import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Minutes under emulation, and QEMU: `npm run test:vm`.
    exclude: ['test/vm/**', '**/node_modules/**'],
    testTimeout: 60_000,
    hookTimeout: 300_000,
    // On two cores: many of the tests wait for other machines, or for time to pass.
    maxWorkers: 3,
    reporters: ['default', './test/closing-line.ts'],
  },
});
