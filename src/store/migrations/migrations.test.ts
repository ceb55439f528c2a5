import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { anEndedRelease, anEvent, aTick, OPTIONS, revision } from '../../../test/store/records.ts';
import { NEW_STATUS } from '../../engine/status.ts';
import { openDatabase } from '../database.ts';
import { loadDriver, type OpenConnection, type Value } from '../driver.ts';
import type { StateStore } from '../queries.ts';
import { openStore } from '../store.ts';
import { MIGRATIONS } from './all.ts';

const open: OpenConnection = await loadDriver();

/** What `shop` had come to, and `gone` left behind, as an older coalmine wrote it down. */
const WANTED = { revision: revision('3'), mode: 'strategy' };
const STATUS = { ...NEW_STATUS, phase: 'Healthy', message: 'serves', stable: revision('2'), releases: 2 };
const RELEASE = anEndedRelease(2);
const TICK = aTick(3, 9_000);
const SETTINGS = { stop: { signal: 'SIGTERM', drainMs: 1_000 } };
const ADA = { name: 'ada', kind: 'token' };

/** Rows by the schema that first had what they hold; never edited, as the migrations are not. */
const ROWS: readonly (readonly [schema: number, table: string, row: Readonly<Record<string, Value>>])[] = [
  [1, 'meta', { key: 'versionFloor', value: '41' }],
  [1, 'rollouts', { name: 'shop', document: '{"name":"shop","historyKeep":7}', generation: 4, wanted: JSON.stringify(WANTED), status: JSON.stringify(STATUS), deleting: 0, version: 17 }],
  [1, 'rollouts', { name: 'leaving', document: '{"name":"leaving"}', generation: 1, wanted: null, status: JSON.stringify(NEW_STATUS), deleting: 1, version: 2 }],
  [1, 'events', { id: 5, rollout: 'shop', at: 1_000.5, type: 'ReleaseStarted', message: 'it began', release: 2, revision: revision('2') }],
  [1, 'events', { id: 9, rollout: 'shop', at: 2_000, type: 'Promoted', message: 'well', release: null, revision: null }],
  [1, 'releases', { rollout: 'shop', number: 2, record: JSON.stringify(RELEASE) }],
  [1, 'ticks', { rollout: 'shop', release: 3, seq: 1, step: TICK.step, at: TICK.at, tick: JSON.stringify(TICK.tick), judgement: JSON.stringify(TICK.judgement) }],
  [1, 'revisions', { rollout: 'shop', id: revision('2'), template: '{"command":["node"]}', settings: JSON.stringify(SETTINGS), directory: '/srv/r2', created_at: 3_000 }],
  [1, 'revisions', { rollout: 'gone', id: revision('1'), template: '{}', settings: '{}', directory: null, created_at: 2_000 }],
  [2, 'tokens', { name: 'ci', digest: 'd1', role: 'operator', rollouts: '["shop"]', groups: '["team"]', created_at: 1, created_by: JSON.stringify(ADA), expires_at: null, revoked_at: null, revoked_by: null }],
  [2, 'events', { id: 11, rollout: 'shop', at: 3_000, type: 'Paused', message: 'by hand', release: 2, revision: null, author: JSON.stringify(ADA) }],
  [3, 'sessions', { digest: 's1', author: JSON.stringify(ADA), role: 'viewer', rollouts: '["shop"]', groups: '[]', grant: 'd1', created_at: 1, seen_at: 2, ends_at: 3 }],
  [5, 'audit', { at: 4, entry: JSON.stringify({ request: 'q1', operation: 'steer', outcome: 'conflict' }) }],
]; // prettier-ignore

let dataDir: string;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'coalmine-migrations-'));
});

afterEach(async () => {
  await rm(dataDir, { recursive: true, force: true });
});

/** A file as a coalmine with this schema left it. */
async function written(schema: number): Promise<void> {
  const migrations = MIGRATIONS.slice(0, schema);
  const database = await openDatabase(join(dataDir, 'coalmine.db'), { open, version: '0.1.0', migrations });
  for (const [since, table, row] of ROWS) {
    if (since > schema) continue;
    const columns = Object.keys(row).map((name) => `"${name}"`);
    const places = columns.map(() => '?').join(', ');
    database
      .prepare(`INSERT INTO ${table} (${columns.join(', ')}) VALUES (${places})`)
      .run(...Object.values(row));
  }
  database.close();
}

async function withStore<T>(work: (store: StateStore) => Promise<T>): Promise<T> {
  const store = await openStore(dataDir, OPTIONS);
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

describe.each(MIGRATIONS.map(({ version }) => version))('a file of schema %i', (schema) => {
  beforeEach(() => written(schema));

  it('comes up with everything it had', () =>
    withStore(async (store) => {
      expect(await store.get('shop')).toMatchObject({
        rollout: { name: 'shop', historyKeep: 7 },
        document: '{"name":"shop","historyKeep":7}',
        generation: 4,
        wanted: WANTED,
        status: STATUS,
        deleting: false,
        version: 17,
      });
      expect((await store.list()).map(({ rollout, deleting }) => [rollout.name, deleting])).toEqual([
        ['leaving', true],
        ['shop', false],
      ]);
      const early = await store.events({ rollout: 'shop', after: 0, limit: 2 });
      expect(early).toEqual([
        { id: 5, rollout: 'shop', at: 1_000.5, ...anEvent(2), type: 'ReleaseStarted' },
        { id: 9, rollout: 'shop', at: 2_000, type: 'Promoted', message: 'well' },
      ]);
      expect(await store.releases('shop')).toEqual([RELEASE]);
      expect(await store.ticks('shop', 3)).toEqual([TICK]);
      expect(await store.getRevision('shop', revision('2'))).toEqual({
        id: revision('2'),
        rollout: 'shop',
        template: { command: ['node'] },
        settings: SETTINGS,
        directory: '/srv/r2',
        createdAt: 3_000,
      });
      expect((await store.listRevisions()).map(({ rollout }) => rollout)).toEqual(['gone', 'shop']);
    }));

  it('is written on as a new one is', async () => {
    await withStore(async (store) => {
      const record = (await store.get('shop'))!;
      const event = { ...anEvent(4), by: { name: 'bob', kind: 'user' } as const };
      await store.save(record, { events: [event], counted: aTick(3, 10_000), ended: anEndedRelease(3) });
      const token = { name: 'new', digest: 'd2', role: 'viewer', groups: [], createdAt: 2 } as const;
      expect(await store.addToken({ ...token, createdBy: { name: 'bob', kind: 'user' } })).toBe(true);
    });
    await withStore(async (store) => {
      expect((await store.get('shop'))?.version).toBe(18);
      // No id is used twice, and an author is kept.
      const newest = (await store.events({ rollout: 'shop' })).at(-1);
      expect(newest).toMatchObject({ by: { name: 'bob' } });
      expect(newest?.id).toBeGreaterThan(9);
      expect(await store.ticks('shop', 3)).toHaveLength(2);
      expect((await store.releases('shop')).map(({ number }) => number)).toEqual([3, 2]);
      expect((await store.tokens()).map(({ name }) => name)).toContain('new');
    });
  });

  it.runIf(schema >= 2)('knows its tokens and who asked for what', () =>
    withStore(async (store) => {
      expect(await store.tokens()).toMatchObject([
        { name: 'ci', role: 'operator', rollouts: ['shop'], groups: ['team'], createdBy: ADA },
      ]);
      expect(await store.events({ rollout: 'shop', after: 9 })).toMatchObject([{ type: 'Paused', by: ADA }]);
    }),
  );

  it.runIf(schema >= 3)('knows its sessions', () =>
    withStore(async (store) => {
      const session = { role: 'viewer', rollouts: ['shop'], groups: [], createdAt: 1, seenAt: 2, endsAt: 3 };
      expect(await store.session('s1')).toEqual({ digest: 's1', author: ADA, grant: 'd1', ...session });
    }),
  );

  it.runIf(schema === 5)('knows what came of what was asked for', () =>
    withStore(async (store) => {
      const entry = { id: 1, at: 4, request: 'q1', operation: 'steer', outcome: 'conflict' };
      expect(await store.audit({ limit: 9 })).toEqual([entry]);
    }),
  );
});
