import { describe, expect, it } from 'vitest';
import { aHistoryView, CANARY, STABLE } from '../../test/cli/views.ts';
import { failureOf } from '../../test/gateway.ts';
import { NEW_STATUS } from '../engine/status.ts';
import { HIDDEN } from '../rollout/changes.ts';
import type { RevisionId } from '../rollout/model.ts';
import { revisionDetail, revisionViews, type KeptRevision, type RevisionPast } from './revision-views.ts';

const GONE = 'r1-cccccccccccc' as RevisionId;
const ANA = { kind: 'token', name: 'ana' } as const;

const kept = (id: RevisionId, createdAt: number, environment: Record<string, string>): KeptRevision => ({
  id,
  createdAt,
  isKept: true,
  template: { command: ['node', `${createdAt}.js`], environment },
});
const KEPT = [
  kept(STABLE, 1_000, { KEY: 'old-secret', PORT: 'same-secret' }),
  kept(CANARY, 2_000, { KEY: 'new-secret', PORT: 'same-secret' }),
];
const PAST: RevisionPast = {
  status: { ...NEW_STATUS, stable: STABLE, rejected: [CANARY] },
  releases: [
    aHistoryView({ number: 4, to: CANARY, outcome: 'rolledBack', by: ANA }),
    aHistoryView({ number: 3, to: CANARY, outcome: 'aborted' }),
    aHistoryView({ number: 2, to: STABLE }),
    aHistoryView({ number: 1, to: GONE, startedAt: 500 }),
  ],
};
const isSecret = ([first, second]: readonly (string | number)[]): boolean =>
  first === 'environment' && second !== undefined;

describe('the revisions of a Rollout', () => {
  it('are told newest first, with the newest release of each and whether it can be run again', () => {
    expect(revisionViews(KEPT, PAST)).toEqual([
      { id: CANARY, createdAt: 2_000, release: 4, by: ANA, outcome: 'rolledBack', isStable: false, isRejected: true, isKept: true },
      { id: STABLE, createdAt: 1_000, release: 2, outcome: 'promoted', isStable: true, isRejected: false, isKept: true },
      { id: GONE, createdAt: 500, release: 1, outcome: 'promoted', isStable: false, isRejected: false, isKept: false },
    ]); // prettier-ignore
  });
});

describe('one revision', () => {
  it('is shown with what is different from another, and without a secret', () => {
    const shown = revisionDetail({ id: CANARY, against: STABLE, isSecret }, KEPT, PAST);
    expect(shown).toMatchObject({
      id: CANARY,
      release: 4,
      template: { command: ['node', '2000.js'], environment: { KEY: HIDDEN, PORT: HIDDEN } },
      against: STABLE,
      changes: [
        { path: 'command[1]', before: '1000.js', after: '2000.js' },
        { path: 'environment.KEY', before: HIDDEN, after: HIDDEN },
      ],
    });
    expect(JSON.stringify(shown)).not.toContain('secret');
    expect(revisionDetail({ id: CANARY, isSecret }, KEPT, PAST)).not.toHaveProperty('changes');
  });

  it.each([{ id: GONE }, { id: CANARY, against: GONE }, { id: 'nonsense' }])(
    'is refused when nothing of it is kept, with what there is: %o',
    async (asked) => {
      const shown = Promise.resolve().then(() => revisionDetail({ ...asked, isSecret }, KEPT, PAST));
      expect(await failureOf(shown)).toMatchObject({
        code: 'notFound',
        hint: `there are ${STABLE}, ${CANARY}`,
      });
    },
  );
});
