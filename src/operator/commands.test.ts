import { describe, expect, it } from 'vitest';
import { Failure } from '../base/failure.ts';
import type { RolloutRecord } from '../controller/ports.ts';
import { NEW_STATUS } from '../engine/status.ts';
import type { RevisionId } from '../rollout/model.ts';
import { resolveRollout } from '../rollout/resolve/rollout.ts';
import { answerTo, COMMANDS, commandsIn, obeyed, withCommand, type Ordered } from './commands.ts';

const V1 = 'r1-one' as RevisionId;
const V2 = 'r1-two' as RevisionId;

function recordWith(status: Partial<RolloutRecord['status']>): RolloutRecord {
  const rollout = resolveRollout({
    metadata: { name: 'shop', namespace: 'web' },
    spec: { workload: { deployment: { name: 'shop' } }, strategy: { canary: { replicas: [1] } } },
  });
  return {
    rollout,
    document: '',
    generation: 1,
    wanted: { revision: V2, mode: 'strategy' },
    status: { ...NEW_STATUS, ...status },
    deleting: false,
    version: 1,
  };
}

const objectWith = (annotation: string) => ({
  metadata: { name: 'shop', annotations: { [COMMANDS]: annotation } },
});

describe('commands of users', () => {
  it('wait in an annotation, in their order, and what is not understood is left out', () => {
    const first: Ordered = { id: 'a', verb: 'pause' };
    const second: Ordered = { id: 'b', verb: 'abort', reason: 'no' };
    const one = withCommand({ metadata: { name: 'shop' } }, first);
    expect(commandsIn(objectWith(withCommand(objectWith(one), second)))).toEqual([first, second]);
    expect(commandsIn(objectWith('[{"id":"a","verb":"explode"},{"verb":"pause"},7]'))).toEqual([]);
    expect(commandsIn(objectWith('{'))).toEqual([]);
  });

  it('change what is remembered, as on one machine', () => {
    const { record } = obeyed(recordWith({ stable: V2, previous: V1 }), { verb: 'undo' }, { at: 0 });
    expect(record.wanted).toEqual({ revision: V1, mode: 'direct' });
  });

  it('are put down to who gave them, where that is known', () => {
    const wish = { at: 0, voter: { author: { kind: 'account', name: 'ana' }, groups: [] } } as const;
    const { consequences } = obeyed(recordWith({ stable: V2, previous: V1 }), { verb: 'undo' }, wish);
    expect(consequences.events).toMatchObject([{ type: 'Wanted', by: { kind: 'account', name: 'ana' } }]);
  });

  it('are answered with the reason where they cannot be', () => {
    const act = () => obeyed(recordWith({ stable: V1 }), { verb: 'promote' }, { at: 0 });
    expect(act).toThrow(Failure);
    const refusal = new Failure('conflict', 'cannot promote: no release is running', { hint: 'see' });
    expect(answerTo({ id: 'a', verb: 'promote' }, refusal)).toEqual({
      id: 'a',
      refused: 'conflict',
      message: 'cannot promote: no release is running',
      hint: 'see',
    });
  });
});
