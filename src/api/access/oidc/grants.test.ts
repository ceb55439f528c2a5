import { describe, expect, it } from 'vitest';
import { Failure } from '../../../base/failure.ts';
import type { JsonObject } from '../../../base/json.ts';
import { callerOf, type Granting } from './grants.ts';

const BY_ROLE: Granting = { claims: { name: 'sub', role: 'realm.roles' }, grants: [] };

function told(claims: JsonObject, granting: Granting = BY_ROLE): string {
  try {
    const { author, role, rollouts, groups } = callerOf(claims, granting);
    return [author.name, role, rollouts?.join('+') ?? 'all', groups.join('+')].join(' ').trim();
  } catch (cause) {
    if (!(cause instanceof Failure)) throw cause;
    return cause.code;
  }
}

describe('what claims grant', () => {
  it.each<readonly [string, JsonObject, string]>([
    ['one role', { sub: 'ana', realm: { roles: 'viewer' } }, 'ana viewer all'],
    ['the highest of several', { sub: 'ana', realm: { roles: ['viewer', 'admin', 'x'] } }, 'ana admin all'],
    ['a name with dots of its own', { sub: 'ana', 'realm.roles': ['operator'] }, 'ana operator all'],
    ['no role', { sub: 'ana', realm: {} }, 'notPermitted'],
    ['a role that is none', { sub: 'ana', realm: { roles: ['Admin', 'root'] } }, 'notPermitted'],
    ['a role in another shape', { sub: 'ana', realm: { roles: { admin: true } } }, 'notPermitted'],
    ['a role in a list of lists', { sub: 'ana', realm: { roles: [['admin']] } }, 'notPermitted'],
    ['claims that every object has', { sub: 'ana', realm: 'constructor' }, 'notPermitted'],
    ['no name', { realm: { roles: 'admin' } }, 'notPermitted'],
    ['an empty name', { sub: '', realm: { roles: 'admin' } }, 'notPermitted'],
    ['a name that is none', { sub: 1, realm: { roles: 'admin' } }, 'notPermitted'],
    [
      'a name with colons',
      { sub: 'repo:org/shop:ref', realm: { roles: 'viewer' } },
      'repo%3Aorg/shop%3Aref viewer all',
    ],
    ['a name that looks encoded', { sub: 'a%3Ab', realm: { roles: 'viewer' } }, 'a%253Ab viewer all'],
  ])('%s', (...[, claims, expected]) => {
    expect(told(claims)).toBe(expected);
  });

  it('a claim for Rollouts that is missing grants none, not all', () => {
    const claims = { name: 'sub', role: 'role', rollouts: 'apps' };
    const granting = { claims, grants: [] };
    expect(callerOf({ sub: 'ana', role: 'viewer' }, granting).rollouts).toEqual([]);
    expect(told({ sub: 'ana', role: 'viewer', apps: ['a', 'b'] }, granting)).toBe('ana viewer a+b');
  });

  it('all that a grant says must hold', () => {
    const grants = [{ when: { a: '1', b: 'x*' }, role: 'admin' as const, groups: ['g'] }];
    const granting: Granting = { claims: { name: 'sub', groups: 'teams' }, grants };
    expect(told({ sub: 'n', a: 1, b: 'xy', teams: ['t', 'g', 'a b'] }, granting)).toBe('n admin all t+g');
    expect(told({ sub: 'n', a: [2, 1], b: ['-', 'x'] }, granting)).toBe('n admin all g');
    expect(told({ sub: 'n', a: 1, b: '-x' }, granting)).toBe('notPermitted');
    expect(told({ sub: 'n', a: 1 }, granting)).toBe('notPermitted');
    expect(told({ sub: 'n', a: 11, b: 'x' }, granting)).toBe('notPermitted');
  });
});
