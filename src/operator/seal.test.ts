import { describe, expect, it } from 'vitest';
import type { Ordered } from './commands.ts';
import { sealed, voterOf } from './seal.ts';

const PLACE = { uid: 'u1', release: 3, key: 'secret' };
const command: Ordered = { id: 'a', verb: 'approve', gate: 'sre', as: 'ben' };
const ana = { name: 'ana', groups: ['release-managers'] };
const given = sealed(command, ana, PLACE);

describe('the seal on a command', () => {
  it('says who gave it, whoever he says he is', () => {
    expect(voterOf(given, PLACE)).toEqual({
      author: { kind: 'account', name: 'ana' },
      groups: ['release-managers'],
    });
    const again = sealed(given, { name: 'ben', groups: [] }, PLACE);
    expect(voterOf(again, PLACE)?.author).toEqual({ kind: 'account', name: 'ben' });
  });

  const { seal = '' } = given.by ?? {};
  it.each<readonly [string, Ordered, Partial<Parameters<typeof voterOf>[1]>]>([
    ['another Rollout', given, { uid: 'u2' }],
    ['another release', given, { release: 4 }],
    ['no release', given, { release: undefined }],
    ['another installation', given, { key: 'other' }],
    ['an operator that has no key', given, { key: undefined }],
    ['another command', { ...given, id: 'b' }, {}],
    ['another gate', { ...given, gate: 'qa' } as Ordered, {}],
    ['another name', { ...given, by: { ...ana, name: 'eve', release: 3, seal } }, {}],
    ['another group', { ...given, by: { ...ana, groups: ['admins'], release: 3, seal } }, {}],
    ['a seal that is none', { ...given, by: { ...ana, release: 3, seal: 'x' } }, {}],
  ])('is not believed for %s: what is left is a claim', (_, one, place) => {
    expect(voterOf(one, { ...PLACE, ...place })).toEqual({
      author: { kind: 'user', name: 'ben' },
      groups: [],
    });
  });

  it('is needed by who gives himself no name that can be one', () => {
    const nameless: Ordered = { id: 'a', verb: 'approve' };
    expect(voterOf(nameless, PLACE)).toBeUndefined();
    expect(voterOf({ ...nameless, as: 'a b' }, PLACE)).toBeUndefined();
    expect(voterOf(sealed(nameless, ana, PLACE), PLACE)?.author.name).toBe('ana');
  });
});
