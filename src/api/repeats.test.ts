import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { aView } from '../../test/cli/views.ts';
import { Failure } from '../base/failure.ts';
import { openStore } from '../store/store.ts';
import type { StateStore } from '../store/queries.ts';
import type { Operations } from './operations.ts';
import type { RolloutView } from './resources.ts';
import { Repeats } from './repeats.ts';
import { Served } from './testing/served.ts';

const DAY_MS = 86_400_000;
const served = Served.forTests();
let dir: string;
let store: StateStore;
let now: number;

const open = (): Promise<StateStore> =>
  openStore(dir, { resolve: () => expect.fail('nothing is declared'), now: () => now, version: '0.1.0' });

beforeEach(async () => {
  now = 1_000;
  dir = await mkdtemp(join(tmpdir(), 'coalmine-repeats-'));
  store = await open();
});
afterEach(async () => {
  await store.close();
  await rm(dir, { recursive: true, force: true });
});

const serve = (operations: Partial<Operations> = {}) =>
  served.serve(operations, { repeats: new Repeats(store, () => now) });

/** As after a restart of the control process. */
async function restarted(operations: Partial<Operations> = {}) {
  await served.server?.close();
  await store.close();
  store = await open();
  return serve(operations);
}

interface Given {
  readonly verb?: string;
  readonly user?: string;
}

const steer = (key: string, { verb = 'pause', user }: Given = {}) =>
  served.ask('/api/v1/rollouts/shop/steer', {
    method: 'POST',
    body: JSON.stringify({ verb }),
    headers: { 'idempotency-key': key, ...(user === undefined ? {} : { 'coalmine-user': user }) },
  });

describe('a request with a key', () => {
  it('is done once, and answered alike every time, also after a restart', async () => {
    const fake = await serve();
    const first = await steer('"abc"');
    expect([first.status, first.value]).toEqual([200, aView()]);
    expect(await steer('abc')).toMatchObject({ status: 200, value: aView() });
    expect(fake.calls).toHaveLength(1);
    const later = await restarted();
    expect(await steer('"abc"')).toMatchObject({ status: 200, value: aView() });
    expect(later.calls).toEqual([]);
    expect((await steer('other')).status).toBe(200);
    expect(later.calls).toHaveLength(1);
  });

  it('is refused with a 422 when its key was that of another request', async () => {
    const fake = await serve();
    await steer('abc');
    const other = await steer('abc', { verb: 'resume' });
    expect(other).toMatchObject({ status: 422, problem: { type: 'keyReused' } });
    expect(fake.calls).toHaveLength(1);
  });

  it('is its caller’s own', async () => {
    const fake = await serve();
    await steer('abc', { user: 'ana' });
    await steer('abc', { user: 'bob', verb: 'resume' });
    expect(fake.calls).toHaveLength(2);
  });

  it('is refused with a 409 while the first of it is being done', async () => {
    let end: (view: RolloutView) => void = () => undefined;
    const held = new Promise<RolloutView>((resolve) => (end = resolve));
    let begin: () => void = () => undefined;
    const begun = new Promise<void>((resolve) => (begin = resolve));
    await serve({
      steer: () => {
        begin();
        return held;
      },
    });
    const first = steer('abc');
    await begun;
    expect(await steer('abc')).toMatchObject({ status: 409, problem: { type: 'stillRunning' } });
    end(aView());
    expect((await first).status).toBe(200);
    expect((await steer('abc')).status).toBe(200);
  });

  it('says that nobody knows when the process ended while it was being done', async () => {
    // It never comes to an end there, as when the process is killed.
    await serve({ steer: () => new Promise(() => undefined) });
    const cut = steer('abc').catch(() => undefined);
    await vi.waitFor(async () => {
      expect((await steer('abc')).problem.type).toBe('stillRunning');
    });
    const fake = await restarted();
    await cut;
    const told = await steer('abc');
    expect(told).toMatchObject({ status: 409, problem: { type: 'conflict' } });
    expect(told.problem.detail).toContain('may have done it');
    expect(fake.calls).toEqual([]);
  });

  const refusals = [
    ['conflict', 409, 1],
    ['notPermitted', 403, 2],
    ['storeUnusable', 500, 2],
  ] as const;
  it.each(refusals)('that fails with %s (%i) is tried %i times', async (code, status, times) => {
    const fake = await serve({ steer: () => Promise.reject(new Failure(code, 'no')) });
    const first = await steer('abc');
    const again = await steer('abc');
    expect([first.status, again.status]).toEqual([status, status]);
    expect(again.problem).toEqual(first.problem);
    expect(again.headers['content-type']).toBe('application/problem+json');
    expect(fake.calls).toHaveLength(times);
  });

  it('is forgotten after a day, and when there are too many', async () => {
    const fake = await serve();
    await steer('abc');
    now += DAY_MS - 1;
    await steer('abc');
    expect(fake.calls).toHaveLength(1);
    now += 2;
    await steer('abc');
    expect(fake.calls).toHaveLength(2);
    for (let index = 0; index < 3; index += 1)
      await store.beginAnswer(
        { caller: 'x', key: String(index), request: 'z', at: now + index },
        { since: 0, atMost: 2 },
      );
    await steer('abc');
    expect(fake.calls).toHaveLength(3);
  });

  it.each(['', 'a b', '"a', 'é', 'x'.repeat(201)])('is refused when that is none: %j', async (key) => {
    await serve();
    expect(await steer(Buffer.from(key).toString('latin1'))).toMatchObject({ status: 400 });
  });

  it('is refused where no answer is kept', async () => {
    const fake = await serve();
    const refused = await served.ask('/api/v1/tokens', {
      method: 'POST',
      body: '{"name":"a","role":"viewer"}',
      headers: { 'idempotency-key': 'abc' },
    });
    expect(refused.problem).toMatchObject({ status: 400, hint: 'leave the header out' });
    expect(fake.calls).toEqual([]);
  });
});
