import { describe, expect, it } from 'vitest';
import { aReleasingView, aView } from '../../../test/cli/views.ts';
import type { JsonObject } from '../../../src/base/json.ts';
import type { RolloutView, SessionView } from '../../../src/client/index.ts';
import { approvalOf, hasSay, may } from './permission.ts';
import type { Session } from './session.ts';

function as(who: Partial<SessionView>): Session {
  return {
    kind: 'in',
    who: { name: 'ana', kind: 'token', role: 'operator', groups: [], by: 'session', ...who },
  };
}

function atGate(gates: JsonObject[string], name = 'sre'): RolloutView {
  const view = aReleasingView({ held: { kind: 'gate', name, forMs: 5_000 } });
  return { ...view, document: { spec: { gates } } };
}

describe('who may', () => {
  it.each([
    ['an operator', as({})],
    ['an admin', as({ role: 'admin' })],
    ['one for this Rollout', as({ rollouts: ['shop'] })],
  ] as const)('is %s', (_, session) => {
    expect(may(session, 'operator', 'shop')).toBe(true);
  });

  it.each([
    ['a viewer', as({ role: 'viewer' })],
    ['one for another Rollout', as({ rollouts: ['mail'] })],
    ['nobody', { kind: 'out' }],
  ] as const)('is not %s', (_, session) => {
    expect(may(session, 'operator', 'shop')).toBe(false);
  });
});

describe('a gate that waits for people', () => {
  const gates = [{ name: 'sre', approval: { by: ['group:sre', 'token:ben'] } }];

  it('is what the release is held at', () => {
    expect(approvalOf(atGate(gates))).toEqual({ gate: 'sre', by: ['group:sre', 'token:ben'], forMs: 5_000 });
  });

  it.each([
    ['nothing holds it', aReleasingView()],
    ['there is no release', aView()],
    ['the gate is of another kind', atGate([{ name: 'sre', window: { days: ['mon'] } }])],
    ['the gate is not declared', atGate(gates, 'other')],
    ['the document is not as it should be', atGate('none')],
    [
      'it goes back',
      {
        ...atGate(gates),
        release: { ...atGate(gates).release!, goingBack: { outcome: 'aborted', reason: '' } },
      },
    ],
    [
      'a hook holds it',
      {
        ...atGate(gates),
        release: { ...atGate(gates).release!, held: { kind: 'hook', name: 'sre', forMs: 0 } },
      },
    ],
  ] as readonly (readonly [string, RolloutView])[])('is none when %s', (_, view) => {
    expect(approvalOf(view)).toBeUndefined();
  });

  it.each([
    ['somebody of the group', as({ groups: ['sre'] }), true],
    ['the holder of the token', as({ name: 'ben' }), true],
    ['somebody who only calls himself so', as({ name: 'ben', kind: 'user' }), false],
    ['somebody else', as({}), false],
    ['a viewer of the group', as({ groups: ['sre'], role: 'viewer' }), false],
    ['nobody', { kind: 'out' } as const, false],
  ])('hears %s, or not', (_, session, expected) => {
    const approval = approvalOf(atGate(gates));
    expect(approval !== undefined && hasSay(session, approval, 'shop')).toBe(expected);
  });
});
