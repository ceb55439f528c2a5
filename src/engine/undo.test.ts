import { describe, expect, it } from 'vitest';
import { Failure } from '../base/failure.ts';
import type { RevisionId } from '../rollout/model.ts';
import { NEW_STATUS } from './status.ts';
import { undoTarget, type UndoTarget, type WaysBack } from './undo.ts';

const [A, B, C, D] = ['r1-a', 'r1-b', 'r1-c', 'r1-d'] as RevisionId[] as [
  RevisionId,
  RevisionId,
  RevisionId,
  RevisionId,
];

/** A, then B that was rolled back, then C, which is stable; D was given up for C. */
const WAYS: WaysBack = {
  status: { ...NEW_STATUS, stable: C, previous: A, past: [A], rejected: [B], releases: 4 },
  releases: [
    { number: 4, to: C, outcome: 'promoted', reason: 'good' },
    { number: 3, to: D, outcome: 'aborted', reason: 'superseded by r1-c' },
    { number: 2, to: B, outcome: 'rolledBack', reason: 'errors' },
    { number: 1, to: A, outcome: 'promoted', reason: 'first' },
  ],
  isKept: () => true,
};

function refusal(target: Partial<UndoTarget> & { readonly to: string }, ways: WaysBack = WAYS): Failure {
  try {
    undoTarget({ insist: false, ...target }, ways);
  } catch (cause) {
    if (cause instanceof Failure) return cause;
    throw cause;
  }
  throw new Error('it was not refused');
}

describe('what an undo names', () => {
  it.each([A, '1'])('is a revision that was promoted, or the number of its release: %s', (to) => {
    expect(undoTarget({ to, insist: false }, WAYS)).toBe(A);
  });

  it('is known although history has forgotten its release', () => {
    expect(undoTarget({ to: A, insist: false }, { ...WAYS, releases: WAYS.releases.slice(0, 3) })).toBe(A);
  });

  it.each([
    ['9', 'there is no release 9 in the history'],
    ['r1-z', 'there is no revision r1-z in the history'],
  ])('and is not there is refused with what is: %s', (to, message) => {
    expect(refusal({ to })).toMatchObject({
      code: 'notFound',
      message,
      hint: 'there are r1-a (release 1)',
    });
  });

  it('and was rejected needs insisting, and the reason is told', () => {
    expect(refusal({ to: '2' })).toMatchObject({
      code: 'rejectedRevision',
      message: 'r1-b was rejected before (errors)',
    });
    expect(undoTarget({ to: '2', insist: true }, WAYS)).toBe(B);
  });

  it('and was given up before it proved anything needs insisting', () => {
    expect(refusal({ to: D })).toMatchObject({
      code: 'rejectedRevision',
      message: 'r1-d was never promoted',
    });
    expect(undoTarget({ to: D, insist: true }, WAYS)).toBe(D);
  });

  it.each([false, true])('and of which nothing is kept is refused, insisting or not', (insist) => {
    const failure = refusal({ to: '1', insist }, { ...WAYS, isKept: (id) => id !== A });
    expect(failure).toMatchObject({
      code: 'notFound',
      message: 'nothing of revision r1-a is kept any more',
      hint: 'there is nothing else to go back to; `history.keep` says how many are kept',
    });
  });
});
