import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Minutes under emulation, and QEMU: `npm run test:vm`.
    exclude: ['test/vm/**', '**/node_modules/**'],
    testTimeout: 60_000,
    hookTimeout: 300_000,
    // Two cores, and many of the tests start programs of their own.
    maxWorkers: 2,
    reporters: ['default', './test/closing-line.ts'],
  },
});
