import { defineConfig } from 'vitest/config';
import { TriedAgain } from './test/tried-again.ts';

/**
 * Four projects. First `unit`, which is pure or touches only temporary files and local sockets; then, two files at a time,
 * since they mostly wait: `e2e`, which drives the built command from the outside, `kubernetes`, with a real control plane,
 * one for all files, each in namespaces of its own, or of its own where it concerns the whole cluster, and `process`, which
 * starts real processes. They are one group, so that no worker waits for the last file of another project. What depends on
 * how the machine divides its time among processes is tried again when it fails, and named when that was needed.
 */
export default defineConfig({
  test: {
    reporters: ['default', new TriedAgain()],
    projects: [
      {
        test: {
          name: 'unit',
          setupFiles: ['test/seed.ts'],
          include: [
            '{src,bench,web}/**/*.test.ts',
            'test/architecture.test.ts',
            'test/{api,docs,engine,cli}/**/*.test.ts',
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
          setupFiles: ['test/seed.ts'],
          include: ['src/**/*.process.test.ts'],
          pool: 'forks',
          maxWorkers: 2,
          testTimeout: 60_000,
          retry: 1,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          pool: 'forks',
          maxWorkers: 2,
          testTimeout: 120_000,
          retry: 1,
          sequence: { groupOrder: 1 },
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'kubernetes',
          setupFiles: ['test/seed.ts'],
          include: ['src/**/*.kubernetes.test.ts', 'test/kubernetes/**/*.test.ts'],
          globalSetup: ['test/kubernetes/global-setup.ts'],
          pool: 'forks',
          maxWorkers: 2,
          testTimeout: 120_000,
          retry: 1,
          sequence: { groupOrder: 1 },
          hookTimeout: 180_000,
        },
      },
    ],
  },
});
