import { defineConfig } from 'vitest/config';

/**
 * Three projects: `unit` is pure or touches only temporary files and local sockets; `process` starts real
 * processes and runs alone; `e2e` drives the built command from the outside, one file at a time.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['src/**/*.test.ts', 'test/architecture.test.ts', 'test/{docs,engine,cli}/**/*.test.ts'],
          exclude: ['src/**/*.process.test.ts'],
          isolate: false,
          pool: 'threads',
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'process',
          include: ['src/**/*.process.test.ts'],
          pool: 'forks',
          fileParallelism: false,
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          pool: 'forks',
          fileParallelism: false,
          testTimeout: 180_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
