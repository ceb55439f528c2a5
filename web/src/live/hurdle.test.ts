import { describe, expect, it } from 'vitest';
import { aReleasingView } from '../../../test/cli/views.ts';
import type { ReleaseView, RolloutView } from '../../../src/client/index.ts';
import { hooksWithOutput, hurdleOf } from './hurdle.ts';

const SPEC = {
  gates: [
    { name: 'sre', approval: { by: ['ana'] } },
    {
      name: 'hours',
      window: { days: ['mon', 'tue'], from: '09:00', to: '16:00', timeZone: 'Europe/Madrid' },
    },
    { name: 'nights', window: { from: '22:00', to: '04:00' } },
    { name: 'feast', freeze: { from: '2026-12-24', to: '2027-01-02' } },
    { name: 'probe', webhook: { url: 'https://probe.example/' } },
    { name: 'after', rollout: { name: 'base', phase: 'Healthy' } },
  ],
  hooks: [
    { name: 'migrate', command: ['node', 'migrate.mjs'] },
    { name: 'told', webhook: { url: 'https://told.example/' } },
    { name: 'job', job: { template: 'migration' } },
  ],
};

function at(kind: 'gate' | 'hook', name: string, more: Partial<ReleaseView> = {}): RolloutView {
  return { ...aReleasingView({ held: { kind, name, forMs: 5_000 }, ...more }), document: { spec: SPEC } };
}

describe('what a release stands at', () => {
  it.each([
    ['gate', 'hours', 'it opens mon, tue from 09:00 to 16:00 (Europe/Madrid)'],
    ['gate', 'nights', 'it opens from 22:00 to 04:00 (UTC)'],
    ['gate', 'feast', 'nothing is released from 2026-12-24 to 2027-01-02'],
    ['gate', 'probe', 'another system has to answer with success'],
    ['gate', 'after', 'base has to be Healthy'],
    ['hook', 'migrate', 'a program has to end well; what it writes is in the logs'],
    ['hook', 'told', 'another system has to answer with success'],
    ['hook', 'job', 'a job has to end well'],
    ['gate', 'gone', 'it is not declared any more'],
  ] as const)('is told in words: the %s %s', (kind, name, words) => {
    expect(hurdleOf(at(kind, name))).toMatchObject({ kind, name, forMs: 5_000, words });
  });

  it('names the Rollout that is waited for', () => {
    expect(hurdleOf(at('gate', 'after'))?.rollout).toBe('base');
    expect(hurdleOf(at('gate', 'hours'))?.rollout).toBeUndefined();
  });

  it('is nothing for an approval, for a way back, and for a release that goes on', () => {
    expect(hurdleOf(at('gate', 'sre'))).toBeUndefined();
    expect(hurdleOf(at('gate', 'hours', { goingBack: { outcome: 'aborted', reason: '' } }))).toBeUndefined();
    expect(hurdleOf(aReleasingView())).toBeUndefined();
  });
});

it('hooks have output that are programs or jobs', () => {
  expect(hooksWithOutput({ document: { spec: SPEC } })).toEqual(['migrate', 'job']);
  expect(hooksWithOutput({ document: {} })).toEqual([]);
});
