import { expect, it } from 'vitest';
import type { RevisionId } from '../../rollout/model.ts';
import { findNames } from './track-names.ts';

const signal = new AbortController().signal;
const question = { at: 0, checks: [], candidate: 'r1-b' as RevisionId, control: 'r1-a' as RevisionId };

function names(pods: Readonly<Record<string, string>> = {}) {
  const asked: string[] = [];
  const workload = {
    podNamesOf: ({ revision, copy = '' }: { readonly revision: string; readonly copy?: string }) => {
      asked.push(`pods of ${revision}`);
      return Promise.resolve(pods[`${revision}${copy}`]);
    },
  };
  const router = {
    dividedService: () => {
      asked.push('service');
      return Promise.resolve('shop');
    },
  };
  return { asked, find: findNames(workload, router) };
}

it('names the pods and the Services of the candidate and of stable', async () => {
  const { find } = names({ 'r1-a': 'shop-6d4-', 'r1-b': 'shop-b-' });
  expect(await find(question, ['pods', 'service'], signal)).toEqual({
    candidate: { pods: 'shop-b-', service: 'shop-canary' },
    control: { pods: 'shop-6d4-', service: 'shop-stable' },
  });
});

it('names those of the baseline where that is compared with', async () => {
  const { find } = names({ 'r1-a': 'shop-6d4-', 'r1-abaseline': 'shop-a-baseline-', 'r1-b': 'shop-b-' });
  expect(await find({ ...question, controlTrack: 'baseline' }, ['pods', 'service'], signal)).toMatchObject({
    control: { pods: 'shop-a-baseline-', service: 'shop-baseline' },
  });
});

it('asks for nothing that is not wanted, and leaves out what nobody knows yet', async () => {
  const { asked, find } = names({ 'r1-a': 'shop-6d4-' });
  expect(await find(question, ['pods'], signal)).toEqual({ candidate: {}, control: { pods: 'shop-6d4-' } });
  expect(asked).toEqual(['pods of r1-b', 'pods of r1-a']);
});

it('asks once for all checks of a look, and anew at the next', async () => {
  const { asked, find } = names();
  const look = async (): Promise<void> => {
    const now = { ...question };
    await Promise.all([find(now, ['pods', 'service'], signal), find(now, ['service'], signal)]);
  };
  await look();
  expect(asked).toEqual(['pods of r1-b', 'service', 'pods of r1-a']);
  await look();
  expect(asked).toHaveLength(6);
});
