import { afterEach, beforeEach, expect, it } from 'vitest';
import { aRecord, anEndedRelease, anEvent, aTick, OPTIONS } from '../../test/store/records.ts';
import type { RolloutRecord } from '../controller/ports.ts';
import type { StateStore } from '../store/queries.ts';
import { openStore } from '../store/store.ts';
import { Served } from './testing/served.ts';

const served = Served.forTests();
let store: StateStore;
let record: RolloutRecord;
let count = 0;
let reads: number[];

beforeEach(async () => {
  store = await openStore(served.dataDir, OPTIONS);
  record = aRecord('shop', 1_000);
  count = 0;
  reads = [];
  for (let row = 0; row < 5; row += 1) await addRows();
  const counted = async <T extends readonly unknown[]>(rows: Promise<T>): Promise<T> => {
    reads.push((await rows).length);
    return rows;
  };
  await served.serve({
    history: (name, part) => counted(store.releases(name, part)),
    ticks: (name, release, part) => counted(store.ticks(name, release, part)),
    events: (query) => counted(store.events(query)),
    audit: (query) => counted(store.audit(query)),
  });
});

afterEach(() => store.close());

/** A row more of everything, with the next number. */
async function addRows(): Promise<void> {
  count += 1;
  record = await store.save(record, {
    ended: anEndedRelease(count),
    counted: aTick(1, count),
    events: [anEvent(count)],
  });
  await store.addAudit({ request: String(count), operation: 'steer', outcome: 'done' }, count);
}

const RELEASES = '/api/v1/rollouts/shop/releases';

it.each([
  ['releases', `${RELEASES}?limit=2`, 'number', [5, 4, 3, 2, 1]],
  ['what was asked for', '/api/v1/audit?limit=2', 'id', [5, 4, 3, 2, 1]],
  ['ticks', `${RELEASES}/1/ticks?limit=2`, 'at', [1, 2, 3, 4, 5, 6, 7, 8]],
  ['events', '/api/v1/events?after=0&limit=2', 'id', [1, 2, 3, 4, 5, 6, 7, 8]],
] as const)(
  'pages of %s are read alone, and miss and repeat nothing while rows are added',
  async (...[, first, field, expected]) => {
    const told: unknown[] = [];
    for (let path: string = first; path !== '';) {
      const { status, value, headers } = await served.ask(path);
      expect(status).toBe(200);
      told.push(...(value as readonly Readonly<Record<string, unknown>>[]).map((item) => item[field]));
      [, path = ''] = /^<(.*)>; rel="next"$/.exec(String(headers['link'])) ?? [];
      if (count < 8) await addRows();
    }
    expect(told).toEqual(expected);
    expect(Math.max(...reads)).toBeLessThanOrEqual(3);
  },
);
