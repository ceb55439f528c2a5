import { defineConfig } from 'vitest/config';
import { TriedAgain } from './test/tried-again.ts';

/**
 * Four projects, one after the other: `unit` is pure or touches only temporary files and local sockets; `process`
 * starts real processes and runs alone; `kubernetes` has a real control plane, one for all files, each in namespaces of
 * its own; `e2e` drives the built command from the outside, one file at a time. What depends on how the machine divides
 * its time among processes is tried again when it fails, and named when that was needed.
 */
export default defineConfig({
  test: {
    reporters: ['default', new TriedAgain()],
    projects: [
      {
        test: {
          name: 'unit',
          include: [
            '{src,bench}/**/*.test.ts',
            'test/architecture.test.ts',
            'test/{docs,engine,cli}/**/*.test.ts',
          ],
          exclude: ['src/**/*.process.test.ts', 'src/**/*.kubernetes.test.ts'],
          isolate: false,
          pool: 'threads',
          testTimeout: 120_000,
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'process',
          include: ['src/**/*.process.test.ts'],
          pool: 'forks',
          fileParallelism: false,
          testTimeout: 60_000,
          retry: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'kubernetes',
          include: ['src/**/*.kubernetes.test.ts', 'test/kubernetes/**/*.test.ts'],
          globalSetup: ['test/kubernetes/global-setup.ts'],
          pool: 'forks',
          fileParallelism: false,
          testTimeout: 120_000,
          retry: 2,
          sequence: { groupOrder: 2 },
          hookTimeout: 180_000,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          pool: 'forks',
          fileParallelism: false,
          testTimeout: 180_000,
          retry: 2,
          sequence: { groupOrder: 3 },
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
