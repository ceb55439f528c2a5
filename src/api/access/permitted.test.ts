import { describe, expect, it } from 'vitest';
import { fakeOperations, messages } from '../../../test/cli/fake.ts';
import { aDocument, anEvent, aView } from '../../../test/cli/views.ts';
import { Failure } from '../../base/failure.ts';
import { ACCESS_ROLES, type AccessRole } from '../../engine/access-role.ts';
import type { Operations } from '../operations.ts';
import type { Caller } from './caller.ts';
import { NEEDS } from './needs.ts';
import { PermittedOperations } from './permitted.ts';

const holder = (role: AccessRole, rollouts?: readonly string[]): Caller => ({
  author: { kind: 'token', name: 'ci' },
  role,
  groups: [],
  ...(rollouts === undefined ? {} : { rollouts }),
});

const never = new AbortController().signal;

/** Every operation as somebody asks for it, about the Rollout `shop` or its group. */
const ASKED: { readonly [K in keyof Operations]: (operations: Operations) => unknown } = {
  system: (to) => to.system(),
  list: (to) => to.list(),
  get: (to) => to.get('shop'),
  plan: (to) => to.plan(aDocument()),
  apply: (to) => to.apply({ document: aDocument() }),
  release: (to) => to.release('shop', { set: ['workload.process.replicas=2'] }),
  releaseGroup: (to) => to.releaseGroup('all', {}),
  steer: (to) => to.steer('shop', { verb: 'pause' }),
  approve: (to) => to.approve('shop', {}),
  restart: (to) => to.restart('shop'),
  scale: (to) => to.scale('shop', 2),
  maintain: (to) => to.maintain('shop', { on: false }),
  tryListeners: (to) => to.tryListeners('shop', {}),
  remove: (to) => to.remove('shop'),
  history: (to) => to.history('shop'),
  ticks: (to) => to.ticks('shop', 1),
  revisions: (to) => to.revisions('shop'),
  revision: (to) => to.revision('shop', 'r1-a'),
  events: (to) => to.events({ rollout: 'shop' }),
  logs: (to) => to.logs('shop', {}, never),
  stream: (to) => to.stream({ rollout: 'shop' }, never),
  upload: (to) => to.upload('environment', (async function* () {})()),
  createToken: (to) => to.createToken({ name: 'x', role: 'viewer' }),
  listTokens: (to) => to.listTokens(),
  audit: (to) => to.audit({ limit: 1 }),
  revokeToken: (to) => to.revokeToken('x'),
  listSessions: (to) => to.listSessions(),
  endSession: (to) => to.endSession('x'),
  endSessions: (to) => to.endSessions('x'),
  createLink: (to) => to.createLink({ role: 'viewer' }),
  shutDown: (to) => to.shutDown(false),
};
const OPERATIONS = Object.keys(ASKED) as (keyof Operations)[];

const MEMBER = aView({ group: { name: 'all', order: 1, stays: false } });

/** What comes of an operation for a caller: `done`, or the code it is refused with before it begins. */
async function outcome(operation: keyof Operations, caller: Caller): Promise<string> {
  const fake = fakeOperations({ list: () => Promise.resolve([MEMBER]) });
  try {
    await ASKED[operation](new PermittedOperations(fake, caller));
    return 'done';
  } catch (cause) {
    expect(fake.calls.filter(([name]) => name !== 'list')).toEqual([]);
    return cause instanceof Failure ? cause.code : String(cause);
  }
}

describe('who may do what', () => {
  it.each(OPERATIONS)('is refused or done by the role that %s needs', async (operation) => {
    for (const role of ACCESS_ROLES) {
      const isEnough = ACCESS_ROLES.indexOf(role) >= ACCESS_ROLES.indexOf(NEEDS[operation].role);
      expect(await outcome(operation, holder(role))).toBe(isEnough ? 'done' : 'notPermitted');
      const isAbout = NEEDS[operation].of !== 'machine';
      const inScope = isEnough && isAbout ? 'done' : 'notPermitted';
      expect(await outcome(operation, holder(role, ['shop']))).toBe(inScope);
    }
  });

  it.each([
    ['strategy.canary.weights=[100%]', 'notPermitted'],
    ['gates=[]', 'notPermitted'],
    ['spec["gates"]=[]', 'notPermitted'],
    ['metadata.labels.a=b', 'notPermitted'],
    ['["gates"]=[]', 'notPermitted'],
    ['nothing', 'notPermitted'],
    ['workload.process.env.A=gates', 'done'],
    ['spec.workload.container.image=shop:2', 'done'],
  ])('lets an operator set what runs, and nothing else: %s is %s', async (setting, expected) => {
    const release = (role: AccessRole) =>
      new PermittedOperations(fakeOperations(), holder(role)).release('shop', { set: [setting] });
    const code = await release('operator').then(
      () => 'done',
      (cause: unknown) => (cause as Failure).code,
    );
    expect(code).toBe(expected);
    await release('admin');
  });
});

describe('a token for some Rollouts', () => {
  const views = ['shop', 'web', 'worker'].map((name) => aView({ name }));
  const events = [1, 2, 3, 4].map((id) => anEvent(id, { rollout: id % 2 === 0 ? 'web' : 'shop' }));
  const find: Operations['events'] = ({ rollout, after = 0 }) =>
    Promise.resolve(events.filter((one) => one.rollout === rollout && one.id > after));

  it('sees of lists, events and streams what is about its own', async () => {
    const fake = fakeOperations({
      list: () => Promise.resolve(views),
      events: find,
      stream: (_, signal) =>
        messages(
          [
            { kind: 'rollout', rollout: aView({ name: 'worker' }) },
            { kind: 'deleted', name: 'web' },
            { kind: 'event', event: anEvent(3, { rollout: 'worker' }) },
            { kind: 'rollout', rollout: aView() },
          ],
          signal,
        ),
    });
    const seen = new PermittedOperations(fake, holder('viewer', ['shop', 'web']));
    expect((await seen.list()).map(({ name }) => name)).toEqual(['shop', 'web']);
    const ids = async (query: Parameters<Operations['events']>[0]) =>
      (await seen.events(query)).map(({ id }) => id);
    expect(await ids({})).toEqual([1, 2, 3, 4]);
    expect(await ids({ limit: 2 })).toEqual([3, 4]);
    expect(await ids({ limit: 2, after: 1 })).toEqual([2, 3]);
    await expect(ids({ rollout: 'worker' })).rejects.toMatchObject({ code: 'notPermitted' });
    const kinds: string[] = [];
    for await (const message of seen.stream({}, AbortSignal.abort())) kinds.push(message.kind);
    expect(kinds).toEqual(['deleted', 'rollout']);
  });

  it('does not release a group that has others in it', async () => {
    const group = { name: 'all', order: 1, stays: false };
    const fake = fakeOperations({
      list: () => Promise.resolve([aView({ group }), aView({ name: 'web', group })]),
    });
    const of = (rollouts: readonly string[]) => new PermittedOperations(fake, holder('operator', rollouts));
    await expect(of(['shop']).releaseGroup('all', {})).rejects.toMatchObject({
      code: 'notPermitted',
      message: 'the token ci is not for web',
    });
    await of(['shop', 'web']).releaseGroup('all', {});
  });

  it('does not declare a Rollout that has no name', async () => {
    const scoped = new PermittedOperations(fakeOperations(), holder('admin', ['shop']));
    await expect(scoped.apply({ document: {} })).rejects.toMatchObject({ code: 'notPermitted' });
  });
});
