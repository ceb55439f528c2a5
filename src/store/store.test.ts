import { chmod, mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RolloutRecord } from '../controller/ports.ts';
import { aRecord, anEndedRelease, anEvent, aTick, OPTIONS, revision } from '../../test/store/records.ts';
import { openStore } from './store.ts';
import type { Saved, StateStore } from './queries.ts';

let dataDir: string;
let store: StateStore;

beforeEach(async () => {
  dataDir = join(await mkdtemp(join(tmpdir(), 'coalmine-store-')), 'data');
  store = await openStore(dataDir, OPTIONS);
});

afterEach(async () => {
  await store.close();
  await rm(join(dataDir, '..'), { recursive: true, force: true });
});

async function reopened(): Promise<StateStore> {
  await store.close();
  store = await openStore(dataDir, OPTIONS);
  return store;
}

describe('a record', () => {
  it('comes back as it was saved, also after the store was opened again', async () => {
    const saved = await store.save(aRecord(), {});
    expect(saved).toEqual({ ...aRecord(), version: 1 });
    expect(await store.get('shop')).toEqual(saved);
    expect(await (await reopened()).get('shop')).toEqual(saved);
    expect(await store.list()).toEqual([saved]);
  });

  it('comes back without what it did not have', async () => {
    const { wanted: _, ...unwanted } = aRecord();
    await store.save(unwanted, {});
    expect(await store.get('shop')).toStrictEqual({ ...unwanted, version: 1 });
  });

  it('is undefined under a name that nobody declared', async () => {
    expect(await store.get('shop')).toBeUndefined();
  });

  it('is resolved anew when its document changes', async () => {
    const saved = await store.save(aRecord(), {});
    const document = JSON.stringify({ name: 'shop', historyKeep: 3 });
    await store.save({ ...saved, document }, {});
    expect((await store.get('shop'))?.rollout.historyKeep).toBe(3);
  });
});

describe('a save that is based on an old version', () => {
  it.each<[string, (saved: RolloutRecord) => RolloutRecord]>([
    ['of a new Rollout under a taken name', (saved) => ({ ...saved, version: 0 })],
    ['of a version that was overtaken', (saved) => ({ ...saved, version: saved.version - 1 })],
    ['of a version that never was', (saved) => ({ ...saved, version: saved.version + 1 })],
  ])('%s is a conflict and leaves nothing behind', async (_, change) => {
    const saved = await store.save(await store.save(aRecord(), {}), {});
    const consequences = { events: [anEvent(1)], counted: aTick(1, 5), ended: anEndedRelease(1) };
    await expect(store.save(change(saved), consequences)).rejects.toMatchObject({ code: 'conflict' });
    expect(await store.get('shop')).toEqual(saved);
    expect(await store.events({ rollout: 'shop' })).toEqual([]);
    expect(await store.ticks('shop', 1)).toEqual([]);
    expect(await store.releases('shop')).toEqual([]);
  });

  it('lets exactly one of many simultaneous writers through', async () => {
    const saved = await store.save(aRecord(), {});
    const tries = Array.from({ length: 20 }, (_, generation) => store.save({ ...saved, generation }, {}));
    const ends = await Promise.allSettled(tries);
    expect(ends.filter((end) => end.status === 'fulfilled')).toHaveLength(1);
  });

  it('is a conflict too when the Rollout was removed and declared again meanwhile', async () => {
    const old = await store.save(aRecord(), {});
    await store.remove(old);
    await store.save(aRecord(), {});
    await expect(store.save(old, {})).rejects.toMatchObject({ code: 'conflict' });
  });
});

it('answers a part of the ticks of a release', async () => {
  let record = await store.save(aRecord('shop'), {});
  for (const step of [0, 1, 2, 3]) record = await store.save(record, { counted: { ...aTick(1, 5), step } });
  const steps = async (part: Parameters<typeof store.ticks>[2]): Promise<readonly number[]> =>
    (await store.ticks('shop', 1, part)).map(({ step }) => step);
  expect(await steps({ after: 1, limit: 2 })).toEqual([1, 2]);
  expect(await steps({ after: 3 })).toEqual([3]);
  expect(await steps({ after: 9, limit: 2 })).toEqual([]);
  expect(await steps(undefined)).toEqual([0, 1, 2, 3]);
});

describe('removing', () => {
  it('takes events, releases and ticks along, and leaves those of others', async () => {
    const all = { events: [anEvent(1)], counted: aTick(1, 5), ended: anEndedRelease(1) };
    const shop = await store.save(aRecord('shop'), all);
    await store.save(aRecord('blog'), all);
    await store.remove(shop);
    expect(await store.get('shop')).toBeUndefined();
    expect(await store.events({ rollout: 'shop' })).toEqual([]);
    expect(await store.releases('shop')).toEqual([]);
    expect(await store.ticks('shop', 1)).toEqual([]);
    expect(await store.events({})).toHaveLength(1);
    expect(await store.releases('blog')).toHaveLength(1);
    expect(await store.ticks('blog', 1)).toHaveLength(1);
  });

  it('may be repeated', async () => {
    const saved = await store.save(aRecord(), {});
    await store.remove(saved);
    await store.remove(saved);
    expect(await store.list()).toEqual([]);
  });

  it('is a conflict when somebody saved in between', async () => {
    const saved = await store.save(aRecord(), {});
    await store.save(saved, {});
    await expect(store.remove(saved)).rejects.toMatchObject({ code: 'conflict' });
    expect(await store.get('shop')).toBeDefined();
  });
});

describe('events', () => {
  beforeEach(async () => {
    const shop = await store.save(aRecord('shop'), { events: [anEvent(1, 'a'), anEvent(1, 'b')] });
    await store.save(aRecord('blog'), { events: [anEvent(1, 'c')] });
    await store.save(shop, { events: [{ type: 'Paused', message: 'd' }] });
  });

  it.each([
    ['all, oldest first', {}, 'abcd'],
    ['of one Rollout', { rollout: 'shop' }, 'abd'],
    ['the newest ones, oldest first', { limit: 2 }, 'cd'],
    ['the newest ones of one Rollout', { rollout: 'shop', limit: 2 }, 'bd'],
    ['after an id', { after: 2 }, 'cd'],
    ['from the beginning, a page', { after: 0, limit: 3 }, 'abc'],
    ['after an id, of one Rollout', { rollout: 'shop', after: 1 }, 'bd'],
    ['of a Rollout that is not there', { rollout: 'none' }, ''],
  ])('are found: %s', async (_, query, expected) => {
    expect((await store.events(query)).map((event) => event.message).join('')).toBe(expected);
  });

  it('carry the time of the save, and only the fields they came with', async () => {
    const [paused] = await store.events({ rollout: 'shop', limit: 1 });
    expect(paused).toStrictEqual({
      id: 4,
      rollout: 'shop',
      at: 1_700_000_000_000,
      type: 'Paused',
      message: 'd',
    });
  });

  it('never use an id twice, even when the newest ones are gone', async () => {
    await store.remove((await store.get('shop'))!);
    await reopened();
    await store.save(aRecord('shop'), { events: [anEvent(1, 'e')] });
    expect((await store.events({ limit: 1 }))[0]?.id).toBe(5);
  });

  it('are kept to the newest ten thousand of a Rollout', async () => {
    let record = (await store.get('shop'))!;
    for (let batch = 0; batch < 11; batch += 1) {
      const events = Array.from({ length: 1_000 }, (_, index) => anEvent(1, `${batch * 1_000 + index}`));
      record = await store.save(record, { events });
    }
    const kept = await store.events({ rollout: 'shop', after: 0, limit: 100_000 });
    expect(kept).toHaveLength(10_000);
    expect(kept.at(0)?.message).toBe('1000');
    expect(await store.events({ rollout: 'blog' })).toHaveLength(1);
  });
});

describe('history', () => {
  it('keeps the newest releases with their ticks and events, and never touches the running one', async () => {
    let record = await store.save(aRecord('shop', 2), {});
    for (let number = 1; number <= 4; number += 1) {
      record = await store.save(record, { events: [anEvent(number)] });
      record = await store.save(record, { counted: aTick(number, number) });
      // A later release may have begun in the same decision that ended this one.
      const events = number === 4 ? [anEvent(5)] : [];
      const counted = number === 4 ? { counted: aTick(5, 5) } : {};
      record = await store.save(record, { events, ...counted, ended: anEndedRelease(number) });
    }
    expect((await store.releases('shop')).map((release) => release.number)).toEqual([4, 3]);
    expect(await store.release('shop', 4)).toEqual(anEndedRelease(4));
    expect(await store.release('shop', 2)).toBeUndefined();
    expect((await store.events({ rollout: 'shop' })).map((event) => event.release)).toEqual([3, 4, 5]);
    const ticks = await Promise.all([1, 2, 3, 4, 5].map((number) => store.ticks('shop', number)));
    expect(ticks.map((found) => found.length)).toEqual([0, 0, 1, 1, 1]);
  });

  it('has the newest release even where none is to be kept', async () => {
    const saved = await store.save(aRecord('shop', 0), {});
    await store.save(saved, { events: [anEvent(1)], ended: anEndedRelease(1) });
    expect(await store.releases('shop')).toHaveLength(1);
    expect(await store.events({ rollout: 'shop' })).toHaveLength(1);
  });

  it('has the ticks of a release in the order they were counted', async () => {
    let record = await store.save(aRecord(), {});
    for (const at of [30.5, 10, 20]) record = await store.save(record, { counted: aTick(1, at) });
    await store.save(record, { counted: aTick(2, 40) });
    expect(await store.ticks('shop', 1)).toEqual([aTick(1, 30.5), aTick(1, 10), aTick(1, 20)]);
  });
});

describe('a document that is no longer understood', () => {
  beforeEach(async () => {
    await store.save(aRecord('blog'), {});
    await store.save({ ...aRecord('shop'), document: '{"broken":true}' }, {});
  });

  it('does not hide the other Rollouts, and is named with its reason', async () => {
    expect((await store.list()).map((record) => record.rollout.name)).toEqual(['blog']);
    await expect(store.get('shop')).rejects.toMatchObject({ code: 'invalidSpec' });
    const [unresolved, ...others] = await store.unresolved();
    expect(others).toEqual([]);
    expect(unresolved?.name).toBe('shop');
    expect(unresolved?.failure.message).toContain('a word that is not known');
  });

  it('can be replaced', async () => {
    const [unresolved] = await store.unresolved();
    const { rollout, document } = aRecord('shop');
    await store.save({ ...unresolved!.stored, rollout, document }, {});
    expect(await store.unresolved()).toEqual([]);
    expect((await store.get('shop'))?.version).toBe(2);
  });
});

describe('revisions', () => {
  const blue = {
    id: revision('b'),
    rollout: 'shop',
    template: { command: ['node'], env: { COLOUR: 'blue' } },
    settings: {
      stop: { signal: 'SIGTERM', drainMs: 1_000 },
      limits: { memoryBytes: 2_000_000 },
      restart: { firstDelayMs: 1, maxDelayMs: 2, crashLoopAfter: 3, stableAfterMs: 4 },
    },
    directory: '/data/revisions/b',
    createdAt: 2,
  };
  const { directory: _, ...live } = { ...blue, id: revision('a'), createdAt: 1 };

  it('come back as they were declared, oldest first, per Rollout or all', async () => {
    const [shop] = await store.declare([{ record: aRecord('shop'), revisions: [blue] }]);
    await store.declare([{ record: shop!, revisions: [live] }]);
    await store.declare([
      { record: aRecord('blog'), revisions: [{ ...blue, rollout: 'blog', createdAt: 3 }] },
    ]);
    expect(await store.getRevision('shop', live.id)).toStrictEqual(live);
    expect(await store.getRevision('blog', live.id)).toBeUndefined();
    expect((await store.listRevisions('shop')).map(({ id }) => id)).toEqual([live.id, blue.id]);
    expect(await store.listRevisions()).toHaveLength(3);
  });

  it('may be declared and deleted again and again; the newest settings count', async () => {
    const [first] = await store.declare([{ record: aRecord(), revisions: [blue] }]);
    const changed = { ...blue, settings: { ...blue.settings, limits: {} } };
    await store.declare([{ record: first!, revisions: [changed] }]);
    expect(await store.listRevisions()).toEqual([changed]);
    await store.deleteRevision('shop', blue.id);
    await store.deleteRevision('shop', blue.id);
    expect(await store.listRevisions()).toEqual([]);
  });

  it('are not written down when their Rollout cannot be saved', async () => {
    await store.declare([{ record: aRecord(), revisions: [blue] }]);
    const changed = { ...blue, settings: { ...blue.settings, limits: {} } };
    await expect(store.declare([{ record: aRecord(), revisions: [changed] }])).rejects.toMatchObject({
      code: 'conflict',
    });
    await expect(store.declare([{ record: aRecord(), revisions: [live] }])).rejects.toMatchObject({
      code: 'conflict',
    });
    expect(await store.listRevisions()).toEqual([blue]);
  });
});

describe('listeners', () => {
  it('hear of every save and removal once it is durable, and of none that failed', async () => {
    const heard: Saved[] = [];
    const stop = store.onSaved((change) => heard.push(change));
    const first = await store.save(aRecord(), { events: [anEvent(1)] });
    await store.save(aRecord(), { events: [anEvent(2)] }).catch(() => undefined);
    await store.remove(first);
    await store.remove(first);
    stop();
    await store.save(aRecord(), {});
    const at = OPTIONS.now();
    expect(heard).toEqual([
      { kind: 'saved', record: first, events: [{ id: 1, rollout: 'shop', at, ...anEvent(1) }] },
      { kind: 'removed', name: 'shop' },
    ]);
  });
});

describe('the data directory', () => {
  it('is its owner’s alone', async () => {
    await store.save(aRecord(), {});
    expect((await stat(dataDir)).mode & 0o777).toBe(0o700);
    for (const name of await readdir(dataDir)) {
      expect([name, (await stat(join(dataDir, name))).mode & 0o777]).toEqual([name, 0o600]);
    }
  });

  it('gets its modes back where they were wider', async () => {
    await store.close();
    await chmod(join(dataDir, 'coalmine.db'), 0o644);
    await reopened();
    expect((await stat(join(dataDir, 'coalmine.db'))).mode & 0o777).toBe(0o600);
  });

  it('has one owner at a time, which is named', async () => {
    await expect(openStore(dataDir, OPTIONS)).rejects.toMatchObject({
      code: 'alreadyRunning',
      message: expect.stringContaining(String(process.pid)) as string,
    });
    await store.save(aRecord(), {});
    await reopened();
    expect(await store.list()).toHaveLength(1);
  });

  it('may be closed twice', async () => {
    await store.close();
    await store.close();
  });

  it('must be a directory', async () => {
    const path = join(dataDir, 'a-file');
    await writeFile(path, '');
    await expect(openStore(path, OPTIONS)).rejects.toMatchObject({ code: 'storeUnusable' });
    await mkdir(join(dataDir, 'odd', 'coalmine.db'), { recursive: true });
    await expect(openStore(join(dataDir, 'odd'), OPTIONS)).rejects.toMatchObject({ code: 'storeUnusable' });
  });
});
