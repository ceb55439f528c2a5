import { describe, expect, test } from 'vitest';
import { combined, type SharedJudgement } from './combination.ts';
import type { AssignmentJudgement, CheckJudgement } from './judgement.ts';

/** What a check of this name says, with its part of the promise. */
function part(name: string, share: number, said: Partial<CheckJudgement> = {}): SharedJudgement {
  return { share, judgement: { name, verdict: 'undecided', reason: `${name} waits`, samples: 9, ...said } };
}

const harm = (logE: number, logLimit: number): Partial<CheckJudgement> => ({ harm: { logE, logLimit } });
const safe: Partial<CheckJudgement> = { safe: { logE: 5, logLimit: 3 }, verdict: 'good', reason: 'proved' };
const unproved: Partial<CheckJudgement> = { safe: { logE: 1, logLimit: 3 }, reason: 'not proved' };
const invalid: Partial<CheckJudgement> = { verdict: 'invalid', reason: 'not measured' };
const bad: Partial<CheckJudgement> = { verdict: 'bad', reason: 'broken' };

const MISMATCH: AssignmentJudgement = {
  mismatch: { logE: 20, logLimit: 7 },
  assigned: 1_000,
  share: 0.5,
  planned: 0.1,
};
const DIVIDED: AssignmentJudgement = { ...MISMATCH, mismatch: { logE: -1, logLimit: 7 }, share: 0.1 };

function said(parts: readonly SharedJudgement[], assignment?: AssignmentJudgement) {
  const { verdict, reason } = combined(parts, { falseAlarms: 0.01, assignment, score: undefined });
  return [verdict, reason];
}

describe('the verdict of all checks', () => {
  const cases: readonly {
    readonly is: string;
    readonly parts: readonly SharedJudgement[];
    readonly assignment?: AssignmentJudgement;
    readonly verdict: string;
    readonly reason: string;
  }[] = [
    {
      is: 'bad before all else',
      parts: [part('a', 1, { ...bad, ...harm(9, 5) }), part('b', 0, invalid), part('c', 0, safe)],
      assignment: MISMATCH,
      verdict: 'bad',
      reason: 'broken',
    },
    {
      is: 'invalid before good',
      parts: [part('a', 1, safe), part('b', 0, invalid)],
      assignment: DIVIDED,
      verdict: 'invalid',
      reason: 'not measured',
    },
    {
      is: 'invalid when traffic is not divided as planned',
      parts: [part('a', 1, safe)],
      assignment: MISMATCH,
      verdict: 'invalid',
      reason:
        'traffic is not divided as planned: 50 % of 1,000 assignments went to the canary, 10 % were planned; the tracks cannot be compared',
    },
    {
      is: 'good when all that must be proved is',
      parts: [part('a', 1, safe), part('b', 0)],
      assignment: DIVIDED,
      verdict: 'good',
      reason: 'proved',
    },
    {
      is: 'undecided when one is not',
      parts: [part('a', 0.5, safe), part('b', 0.5, unproved)],
      assignment: DIVIDED,
      verdict: 'undecided',
      reason: 'not proved',
    },
    {
      is: 'undecided when nothing has to be proved',
      parts: [part('a', 0.5), part('b', 0.5)],
      verdict: 'undecided',
      reason: 'a waits; b waits',
    },
    { is: 'undecided without checks', parts: [], verdict: 'undecided', reason: 'no checks' },
  ];

  test.each(cases)('is $is', ({ parts, assignment, verdict, reason }) => {
    expect(said(parts, assignment)).toEqual([verdict, reason]);
  });

  test('tells how traffic was divided, when it was', () => {
    expect(combined([], { falseAlarms: 0.01, assignment: DIVIDED, score: undefined }).assignment).toBe(
      DIVIDED,
    );
    expect(combined([], { falseAlarms: 0.01, assignment: undefined, score: undefined })).not.toHaveProperty(
      'assignment',
    );
  });
});

describe('evidence of several checks', () => {
  const half = Math.log(200);

  test('is enough together when its mean by share is', () => {
    const two = [part('a', 0.5, harm(Math.log(110), half)), part('b', 0.5, harm(Math.log(95), half))];
    expect(said(two)).toEqual(['bad', 'a waits; together with the other checks 102 of 100 needed']);
    const less = [part('a', 0.5, harm(Math.log(110), half)), part('b', 0.5, harm(Math.log(80), half))];
    expect(said(less)[0]).toBe('undecided');
  });

  test('counts by weight', () => {
    const heavy = [part('a', 0.9, harm(Math.log(105), 5)), part('b', 0.1, harm(Math.log(60), 7))];
    expect(said(heavy)[0]).toBe('bad');
    const light = [part('a', 0.1, harm(Math.log(105), 7)), part('b', 0.9, harm(Math.log(60), 5))];
    expect(said(light)[0]).toBe('undecided');
  });

  test('of a check outside the promise counts nothing, and does not carry the verdict', () => {
    const mixed = [
      part('limit', 0, harm(50, 60)),
      part('a', 0.5, harm(Math.log(110), half)),
      part('b', 0.5, harm(Math.log(95), half)),
    ];
    expect(said(mixed)[1]).toMatch(/^a waits; together/);
    expect(said([part('limit', 0, harm(50, 60)), part('a', 1, harm(1, 5))])[0]).toBe('undecided');
  });

  test('a broken threshold is told before evidence', () => {
    const both = [part('a', 1, { ...bad, ...harm(9, 5), reason: 'evidence' }), part('limit', 0, bad)];
    expect(said(both)).toEqual(['bad', 'broken']);
  });
});
