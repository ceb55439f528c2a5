import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ProcessWorkload } from './model.ts';
import { revisionIdOf, templateOf, type RevisionTemplate } from './revision.ts';

const SHOP: ProcessWorkload = {
  kind: 'process',
  from: { path: './dist' },
  command: ['node', 'server.js'],
  replicas: 1,
  env: {},
  envFiles: [],
  stop: { signal: 'SIGTERM', drainMs: 1_000 },
  limits: {},
  restart: { firstDelayMs: 200, maxDelayMs: 30_000, crashLoopAfter: 4, stableAfterMs: 10_000 },
};

const idOf = (workload: ProcessWorkload, artefact = 'a', environment = 'e') =>
  revisionIdOf(templateOf(workload, artefact, environment));

test('a revision keeps its name for ever: this one is from the first version', () => {
  expect(idOf(SHOP)).toBe('r1-711ed1347b0a');
});

test('settings that start no other program make no other revision', () => {
  const same: readonly Partial<ProcessWorkload>[] = [
    { replicas: 9 },
    { from: { path: '/elsewhere' } },
    { ready: { check: { kind: 'tcp' }, everyMs: 1, timeoutMs: 1, withinMs: 1, failures: 1 } },
    { stop: { signal: 'SIGINT', drainMs: 0 } },
    { limits: { memoryBytes: 1e9 } },
    { envFiles: ['.env'] },
    { build: [] },
  ];
  expect(new Set(same.map((change) => idOf({ ...SHOP, ...change })))).toEqual(new Set([idOf(SHOP)]));
});

test('another command, build, artefact, environment or live directory is another revision', () => {
  const ids = [
    idOf(SHOP),
    idOf({ ...SHOP, command: ['node server.js'] }),
    idOf({ ...SHOP, command: ['server.js', 'node'] }),
    idOf({ ...SHOP, build: ['make'] }),
    idOf({ ...SHOP, from: { live: '/srv' } }),
    idOf(SHOP, 'b'),
    idOf(SHOP, 'a', 'f'),
  ];
  expect(new Set(ids).size).toBe(ids.length);
});

const template: fc.Arbitrary<RevisionTemplate> = fc.record(
  {
    kind: fc.constant('process' as const),
    command: fc.array(fc.string(), { minLength: 1 }),
    build: fc.array(fc.string(), { minLength: 1 }),
    artefact: fc.string(),
    environment: fc.string(),
  },
  { requiredKeys: ['kind', 'command', 'environment'] },
);

test('templates are the same revision exactly when they mean the same, whatever the order of their fields', () => {
  fc.assert(
    fc.property(template, template, fc.func(fc.nat()), (one, other, order) => {
      const shuffled = Object.fromEntries(
        Object.entries(one).sort(([a], [b]) => order(a) - order(b)),
      ) as unknown as RevisionTemplate;
      expect(revisionIdOf(shuffled)).toBe(revisionIdOf(one));
      expect(revisionIdOf(one)).toMatch(/^r1-[0-9a-f]{12}$/);
      const alike = JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));
      expect(revisionIdOf(one) === revisionIdOf(other)).toBe(alike);
    }),
  );
});

function sorted(value: RevisionTemplate): readonly unknown[] {
  return Object.entries(value).sort(([a], [b]) => a.localeCompare(b));
}
