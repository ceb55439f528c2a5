import { describe, expect, it } from 'vitest';
import { NEW_STATUS, type Status } from '../../engine/status.ts';
import type { Condition } from '../crd/condition.ts';
import { conditionsOf, obstructed, type Found } from './conditions.ts';

const found = (before: readonly Condition[] = [], at = '2026-01-01T00:00:00Z'): Found => ({
  generation: 3,
  at,
  before,
});

function held(status: Status): readonly string[] {
  return conditionsOf(status, found()).flatMap((one) => (one.status === 'True' ? [one.type] : []));
}

describe('the conditions of a Rollout', () => {
  it('say Healthy and Ready only while it is, and never that it is done while something goes on', () => {
    expect(held({ ...NEW_STATUS, phase: 'Healthy' })).toEqual(['Ready', 'Healthy']);
    expect(held({ ...NEW_STATUS, phase: 'Progressing' })).toEqual(['Reconciling']);
    expect(held({ ...NEW_STATUS, phase: 'Waiting' })).toEqual(['Paused', 'Reconciling']);
    expect(held({ ...NEW_STATUS, phase: 'Degraded' })).toEqual(['Degraded', 'Stalled']);
  });

  it('date from when they became so, and not from when they were last written', () => {
    const first = conditionsOf({ ...NEW_STATUS, phase: 'Healthy' }, found());
    const later = '2026-01-02T00:00:00Z';
    const same = conditionsOf({ ...NEW_STATUS, phase: 'Healthy', message: 'still' }, found(first, later));
    expect(new Set(same.map(({ lastTransitionTime }) => lastTransitionTime))).toEqual(
      new Set(['2026-01-01T00:00:00Z']),
    );
    const other = conditionsOf({ ...NEW_STATUS, phase: 'Degraded' }, found(first, later));
    expect(other.find(({ type }) => type === 'Healthy')).toMatchObject({
      status: 'False',
      lastTransitionTime: later,
      observedGeneration: 3,
    });
  });

  it('say what a release cannot measure, as long as it cannot', () => {
    const release = { missing: 'errors: not measured now: prom is away' } as Status['release'] & object;
    const status: Status = { ...NEW_STATUS, phase: 'Progressing', release };
    expect(conditionsOf(status, found()).at(-1)).toMatchObject({
      type: 'Measured',
      status: 'False',
      reason: 'NotMeasured',
      message: release.missing,
    });
    expect(conditionsOf(NEW_STATUS, found()).map(({ type }) => type)).not.toContain('Measured');
  });

  it('say what stands in the way, for people and for tools', () => {
    const obstacle = { reason: 'DeploymentMissing', message: 'there is no Deployment shop' };
    expect(obstructed(obstacle, found())).toMatchObject([
      { type: 'Ready', status: 'False', ...obstacle },
      { type: 'Healthy', status: 'False', ...obstacle },
      { type: 'Stalled', status: 'True', ...obstacle },
    ]);
  });
});
