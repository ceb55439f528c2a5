import { expect, it } from 'vitest';
import { revisionDetail } from '../api/revision-views.ts';
import { NEW_STATUS } from '../engine/status.ts';
import { LABELS } from '../kube/names.ts';
import type { JsonObject } from '../base/json.ts';
import { HIDDEN } from '../rollout/changes.ts';
import type { ControllerRevision } from '../workloads/deployment/objects.ts';
import { isValueOfVariable, keptRevisions } from './kept-revisions.ts';

const snapshot = (revision: string, image: string, variables: readonly JsonObject[]): ControllerRevision => ({
  metadata: {
    name: `shop-${revision}`,
    creationTimestamp: '2026-01-02T03:04:05Z',
    labels: { [LABELS.revision]: revision },
  },
  revision: 1,
  data: {
    template: { spec: { containers: [{ name: 'shop', image, env: variables }] } },
    copies: { 'Secret/db': `shop-db-${revision}` },
  },
});

it('a revision of pods is shown with what is different, and without what variables are set to', () => {
  const kept = keptRevisions([
    snapshot('r1-a', 'shop:1', [{ name: 'KEY', value: 'old-secret' }]),
    snapshot('r1-b', 'shop:2', [
      { name: 'NEW', value: 'a-secret' },
      { name: 'KEY', value: 'new-secret' },
    ]),
  ]);
  expect(kept.map(({ id, createdAt }) => [id, createdAt])).toEqual([
    ['r1-a', Date.UTC(2026, 0, 2, 3, 4, 5)],
    ['r1-b', Date.UTC(2026, 0, 2, 3, 4, 5)],
  ]);
  const question = { id: 'r1-b', against: 'r1-a', isSecret: isValueOfVariable };
  const shown = revisionDetail(question, kept, { status: NEW_STATUS, releases: [] });
  const of = 'template.spec.containers["shop"]';
  expect(shown.changes).toEqual([
    { path: 'copies.Secret/db', before: 'shop-db-r1-a', after: 'shop-db-r1-b' },
    { path: `${of}.env["KEY"].value`, before: HIDDEN, after: HIDDEN },
    { path: `${of}.env["NEW"].name`, after: 'NEW' },
    { path: `${of}.env["NEW"].value`, after: HIDDEN },
    { path: `${of}.image`, before: 'shop:1', after: 'shop:2' },
  ]);
  expect(JSON.stringify(shown)).not.toContain('secret"');
});
