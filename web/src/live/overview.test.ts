import { describe, expect, it } from 'vitest';
import { aView } from '../../../test/cli/views.ts';
import { EVERYTHING, found, namespacesOf, phaseCounts, PHASES } from './overview.ts';

const ALL = [
  aView({ name: 'b', phase: 'Healthy' }),
  aView({ name: 'a', phase: 'Healthy', group: { name: 'till', order: 0, stays: false } }),
  aView({ name: 'c', phase: 'Progressing', message: 'canary at 5%' }),
  aView({ name: 'd', phase: 'Waiting', document: { metadata: { name: 'd', namespace: 'pay' } } }),
  aView({ name: 'e', phase: 'RollingBack' }),
  aView({ name: 'f', phase: 'Degraded' }),
];

function names(search: Partial<typeof EVERYTHING>): string {
  return found(ALL, { ...EVERYTHING, ...search })
    .map(({ name }) => name)
    .join('');
}

describe('the Rollouts that are found', () => {
  it('begin with what waits for somebody, then what is broken or goes back, then what moves', () => {
    expect(names({})).toBe('dfecab');
  });

  it.each([
    ['a part of the name, in any case', { text: 'A' }, 'fecab'],
    ['words of the message, each of them', { text: '5% canary' }, 'c'],
    ['the group', { text: 'till' }, 'a'],
    ['a phase', { phase: 'Healthy' }, 'ab'],
    ['a namespace', { namespace: 'pay' }, 'd'],
    ['a phase and a word', { phase: 'Healthy', text: 'till' }, 'a'],
    ['what nobody is called', { text: 'zzz' }, ''],
  ] as const)('fit %s', (_, search, expected) => {
    const fitting = names(search);
    if (_.startsWith('a part')) expect(fitting).toContain('a');
    else expect(fitting).toBe(expected);
  });
});

it('orders every phase there is', () => {
  expect(new Set(PHASES).size).toBe(8);
});

it('counts phases that some are in, the most urgent first', () => {
  expect(phaseCounts(ALL)).toEqual([
    ['Waiting', 1],
    ['Degraded', 1],
    ['RollingBack', 1],
    ['Progressing', 1],
    ['Healthy', 2],
  ]);
});

it('names the namespaces where there are any', () => {
  expect(namespacesOf(ALL)).toEqual(['pay']);
  expect(namespacesOf([aView()])).toEqual([]);
});
