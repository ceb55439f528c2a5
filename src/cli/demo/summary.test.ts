import { expect, it } from 'vitest';
import type { HistoryView } from '../../api/resources.ts';
import type { RevisionId } from '../../rollout/model.ts';
import { createPaint } from '../output/paint.ts';
import { resultOf, summaryLines, type Watched } from './summary.ts';
import { VERSIONS } from './versions.ts';

const history = (outcome: HistoryView['outcome']): HistoryView => ({
  number: 2,
  to: 'r1-b' as RevisionId,
  plan: { steps: [], notes: [] },
  outcome,
  reason: 'fewer users convert',
  startedAt: 0,
  endedAt: 40_000,
  served: { requests: 90, errors: 0 },
});

it.each([
  [VERSIONS.bad, 'rolledBack', 'was rolled back after 40s'],
  [
    VERSIONS.unloved,
    'completed',
    'was not promoted: its experiment is completed after 40s, and what ran before stays',
  ],
] as const)('what the demo shows ends in words of its own: %o %s', (version, outcome, words) => {
  const watched: Watched[] = [{ version, history: history(outcome), canary: { requests: 80, errors: 4 } }];
  const seen = new Map([['v3', { requests: 80, errors: 4 }]]);
  const lines = summaryLines(resultOf(watched, seen), watched, { seen, paint: createPaint(false) });
  expect(lines).toContain(`v3 (${version.story}) ${words}`);
});
