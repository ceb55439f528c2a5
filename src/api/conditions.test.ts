import { describe, expect, it } from 'vitest';
import { aRelease, aReleasingView, aView, CANARY } from '../../test/cli/views.ts';
import { NEW_STATUS, type ReleaseState } from '../engine/status.ts';
import { steer as steered } from '../engine/steer.ts';
import type { Access } from './access/caller.ts';
import { accessTo, fakeOperations } from '../../test/cli/fake.ts';
import { conditionIn } from './conditions.ts';
import type { RolloutView } from './resources.ts';
import { decidedIn, decidedOf, stateTag } from './state-tag.ts';
import { Served } from './testing/served.ts';

const served = Served.forTests();
const SHOP = '/api/v1/rollouts/shop';

/** Steering that looks at its condition in the view of the moment, as a store does in a record. */
async function serve(view: () => RolloutView) {
  const fake = fakeOperations({ get: () => Promise.resolve(view()) });
  const access: Access = {
    ...accessTo(fake),
    operationsFor: (_, condition) => ({
      ...fake,
      steer: (...args) => {
        condition?.require(decidedIn(view()));
        return fake.steer(...args);
      },
    }),
  };
  await served.serve({}, { access });
  return fake;
}

const steer = (headers: Record<string, string>) =>
  served.ask(`${SHOP}/steer`, { method: 'POST', body: '{"verb":"promote"}', headers });

describe('a tag', () => {
  it('saves the answer to whoever has it, until anything in it is another', async () => {
    let view = aView();
    await serve(() => view);
    const first = await served.ask(SHOP);
    const { etag = '' } = first.headers;
    expect(etag).toMatch(/^"[0-9a-f]{16}\.[0-9a-f]{16}"$/);
    for (const known of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const again = await served.ask(SHOP, { headers: { 'if-none-match': known } });
      expect([again.status, again.value, again.headers.etag]).toEqual([304, undefined, etag]);
    }
    view = aView({ rates: [] });
    const changed = await served.ask(SHOP, { headers: { 'if-none-match': etag } });
    expect([changed.status, changed.value]).toEqual([200, JSON.parse(JSON.stringify(view))]);
  });

  it('is not given to lists, which are told in pages', async () => {
    await served.serve();
    expect((await served.ask('/api/v1/rollouts')).headers.etag).toBeUndefined();
    expect((await served.ask('/api/v1/system')).headers.etag).toMatch(/^"[0-9a-f]{16}"$/);
  });
});

describe('a change on condition', () => {
  it('is done while what was decided is so, whatever was measured meanwhile', async () => {
    let view = aReleasingView();
    const fake = await serve(() => view);
    const { etag = '' } = (await served.ask(SHOP)).headers;
    view = { ...aReleasingView({ ageMs: 99_000, served: { requests: 9, errors: 0 } }), rates: [] };
    expect((await steer({ 'if-match': etag })).status).toBe(200);
    expect((await steer({ 'if-match': `"x", ${etag}` })).status).toBe(200);
    expect((await steer({ 'if-match': '*' })).status).toBe(200);
    expect(fake.calls.filter(([name]) => name === 'steer')).toHaveLength(3);
  });

  const changes: readonly (readonly [string, RolloutView])[] = [
    ['another document', { ...aReleasingView(), generation: 2 }],
    ['another version', { ...aReleasingView(), wanted: CANARY, stable: CANARY }],
    ['the next step', aReleasingView({ step: 1 })],
    ['the next release', aReleasingView({ number: 3 })],
    ['a pause', aReleasingView({ paused: true })],
    ['a gate', aReleasingView({ held: { kind: 'gate', name: 'sre', forMs: 1 } })],
    ['the way back', aReleasingView({ goingBack: { outcome: 'rolledBack', reason: 'bad' } })],
    ['the end of the release', aView({ wanted: CANARY })],
  ];
  it.each(changes)('is refused with 412 after %s', async (_, after) => {
    let view = aReleasingView();
    const fake = await serve(() => view);
    const { etag = '' } = (await served.ask(SHOP)).headers;
    view = after;
    const refused = await steer({ 'if-match': etag });
    expect(refused.status).toBe(412);
    expect(refused.problem).toMatchObject({
      type: 'preconditionFailed',
      hint: expect.stringContaining('look at it again') as string,
    });
    expect(fake.calls.map(([name]) => name)).not.toContain('steer');
  });

  it('is not done by a weak tag, nor where there is to be nothing', async () => {
    await serve(aView);
    const { etag = '' } = (await served.ask(SHOP)).headers;
    expect((await steer({ 'if-match': `W/${etag}` })).status).toBe(412);
    expect((await steer({ 'if-none-match': '*' })).status).toBe(412);
  });

  it.each(['shop', '"a', '"a" "b"', ''])('is refused when the header holds no tag: %j', async (text) => {
    await serve(aView);
    expect(await steer({ 'if-match': text })).toMatchObject({ status: 400, problem: { type: 'usage' } });
    expect(await served.ask(SHOP, { headers: { 'if-none-match': text } })).toMatchObject({ status: 400 });
  });

  it('is refused where nothing would look at the condition', async () => {
    const fake = await served.serve();
    const refused = await served.ask(`${SHOP}/releases`, {
      method: 'POST',
      body: '{}',
      headers: { 'if-match': '"a"' },
    });
    expect(refused.problem).toMatchObject({ status: 400, hint: 'leave the header out' });
    expect(fake.calls).toEqual([]);
  });
});

describe('what is there', () => {
  const condition = (headers: Record<string, string>) => conditionIn(new Headers(headers));

  it('can be asked for to be there, or not to be', () => {
    const there = decidedIn(aView());
    expect(() => condition({ 'if-match': '*' })?.require(undefined)).toThrow('there is no such Rollout');
    expect(() => condition({ 'if-none-match': '*' })?.require(there)).toThrow('it is there already');
    condition({ 'if-none-match': '*' })?.require(undefined);
    condition({ 'if-match': '*' })?.require(there);
    expect(condition({})).toBeUndefined();
  });

  /** The record of what `aReleasingView` shows, but for this. */
  function recordWith(differences: Partial<ReleaseState>): Parameters<typeof decidedOf>[0] {
    const { stable, wanted } = aReleasingView();
    const state = { ...aRelease(), direction: { kind: 'forward' }, ...differences };
    const release = state as unknown as ReleaseState;
    return {
      generation: 1,
      status: { ...NEW_STATUS, ...(stable === undefined ? {} : { stable }), release },
      ...(wanted === undefined ? {} : { wanted: { revision: wanted, mode: 'strategy' } }),
    };
  }

  it.each([{}, { passedTo: 2 }])('has the same tag in a record as where it is shown: %o', (differences) => {
    const shown = { ...aReleasingView(), release: { ...aRelease(), ...differences } };
    expect(stateTag(decidedOf(recordWith(differences)))).toBe(stateTag(decidedIn(shown)));
  });

  it('has another tag once steps were passed over, though its release stands where it stood', () => {
    const before = recordWith({ plan: { ...aRelease().plan, retraces: true } });
    const { status } = steered(before.status, { verb: 'promote' });
    expect(status.release?.step).toBe(before.status.release?.step);
    expect(stateTag(decidedOf({ ...before, status }))).not.toBe(stateTag(decidedOf(before)));
  });
});
