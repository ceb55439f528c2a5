import { afterEach, beforeEach, expect, it } from 'vitest';
import type { AuditView } from '../../src/api/resources.ts';
import { Bench } from './harness.ts';

const AT = Date.UTC(2026, 10, 30, 12);
const ENTRIES: readonly AuditView[] = [
  { id: 4, at: AT + 3_000, request: 'r-4', via: 'socket', operation: 'remove', about: 'shop' },
  {
    ...{ id: 3, at: AT + 2_000, request: 'r-3', from: '127.0.0.1', operation: 'steer', about: 'shop' },
    outcome: 'unauthenticated',
  },
  {
    ...{ id: 2, at: AT + 1_000, request: 'r-2', from: '127.0.0.1', via: 'session', operation: 'steer' },
    ...{ about: 'shop', by: { kind: 'token', name: 'ana' }, asked: { verb: 'abort' }, outcome: 'done' },
  },
  {
    ...{ id: 1, at: AT, request: 'r-1', via: 'socket', operation: 'shutDown', outcome: 'done' },
    by: { kind: 'user', name: 'root' },
  },
];

let bench: Bench;
beforeEach(async () => {
  bench = await Bench.create();
});
afterEach(async () => {
  await bench.destroy();
});

it('tells who asked for what, from where, and what came of it, a request a line or as JSON', async () => {
  await bench.serve({ audit: ({ limit }) => Promise.resolve(ENTRIES.slice(0, limit)) });
  const { out } = await bench.run(['audit', '--limit', '4']);
  expect(out.split('\n').map((line) => line.trim().split(/ {2,}/))).toEqual([
    ['AT', 'BY', 'FROM', 'OPERATION', 'ABOUT', 'OUTCOME', 'REQUEST', 'ASKED'],
    ['2026-11-30 12:00:03Z', 'nobody known', 'socket', 'remove', 'shop', 'under way', 'r-4'],
    ['2026-11-30 12:00:02Z', 'nobody known', '127.0.0.1', 'steer', 'shop', 'unauthenticated', 'r-3'],
    ['2026-11-30 12:00:01Z', 'ana (token)', '127.0.0.1', 'steer', 'shop', 'done', 'r-2', '{"verb":"abort"}'],
    ['2026-11-30 12:00:00Z', 'root (claimed)', 'socket', 'shutDown', '-', 'done', 'r-1'],
    [''],
  ]);
  expect(JSON.parse((await bench.run(['audit', '--limit', '2', '-o', 'json'])).out)).toEqual(
    ENTRIES.slice(0, 2),
  );
});

it('says that there is nothing, and refuses a limit that is none', async () => {
  await bench.serve();
  expect((await bench.run(['audit'])).out).toBe('nothing was asked for yet that changes anything\n');
  expect((await bench.run(['audit', '--limit', 'all'])).code).toBe(2);
});
