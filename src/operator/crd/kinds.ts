import type { TSchema } from 'typebox';
import { rolloutSpec } from '../../rollout/schema/document.ts';
import { analysisTemplateSpec } from './analysis-template.ts';
import { releaseSpec, releaseStatus } from './release.ts';
import { releaseTicksSpec } from './release-ticks.ts';
import { rolloutStatus } from './rollout-status.ts';

/** A column of `kubectl get`. */
export interface Column {
  readonly name: string;
  readonly jsonPath: string;
  readonly type: 'string' | 'date';
  /** 0 is always shown, higher ones with `-o wide`. */
  readonly priority?: number;
}

/** A kind of object that coalmine adds to Kubernetes. */
export interface ResourceKind {
  readonly kind: string;
  readonly plural: string;
  readonly shortNames: readonly string[];
  readonly scope: 'Namespaced' | 'Cluster';
  /** True: names are parts of other names, so they are shorter than Kubernetes allows. */
  readonly hasShortNames: boolean;
  readonly description: string;
  readonly spec: TSchema;
  readonly status?: TSchema;
  readonly columns: readonly Column[];
}

const AGE: Column = { name: 'Age', jsonPath: '.metadata.creationTimestamp', type: 'date' };

const template = {
  hasShortNames: true,
  description: 'Checks that many Rollouts share.',
  spec: analysisTemplateSpec,
  columns: [AGE],
};

/** All of them. */
export const KINDS: readonly ResourceKind[] = [
  {
    kind: 'Rollout',
    plural: 'rollouts',
    shortNames: ['cmro'],
    scope: 'Namespaced',
    hasShortNames: true,
    description: 'What runs, how users reach it, and how a new version takes over.',
    spec: rolloutSpec,
    status: rolloutStatus,
    columns: [
      { name: 'Phase', jsonPath: '.status.phase', type: 'string' },
      { name: 'Strategy', jsonPath: '.status.strategy', type: 'string' },
      { name: 'Step', jsonPath: '.status.step', type: 'string' },
      { name: 'Stable', jsonPath: '.status.stable.revision', type: 'string' },
      { name: 'Candidate', jsonPath: '.status.candidate.revision', type: 'string' },
      { name: 'Weight', jsonPath: '.status.weight', type: 'string' },
      AGE,
      { name: 'Message', jsonPath: '.status.message', type: 'string', priority: 1 },
    ],
  },
  {
    kind: 'Release',
    plural: 'releases',
    shortNames: ['cmrel'],
    scope: 'Namespaced',
    hasShortNames: false,
    description: 'One attempt to replace the stable version of a Rollout by a candidate.',
    spec: releaseSpec,
    status: releaseStatus,
    columns: [
      { name: 'Outcome', jsonPath: '.status.outcome', type: 'string' },
      { name: 'Phase', jsonPath: '.status.phase', type: 'string' },
      { name: 'Step', jsonPath: '.status.step', type: 'string' },
      { name: 'From', jsonPath: '.spec.from', type: 'string' },
      { name: 'To', jsonPath: '.spec.to', type: 'string' },
      AGE,
      { name: 'Message', jsonPath: '.status.message', type: 'string', priority: 1 },
    ],
  },
  {
    kind: 'ReleaseTicks',
    plural: 'releaseticks',
    shortNames: ['cmtick'],
    scope: 'Namespaced',
    hasShortNames: false,
    description: 'The evidence of a release, tick by tick; for coalmine alone.',
    spec: releaseTicksSpec,
    columns: [{ name: 'Rollout', jsonPath: '.spec.rollout', type: 'string' }, AGE],
  },
  {
    kind: 'AnalysisTemplate',
    plural: 'analysistemplates',
    shortNames: ['cmat'],
    scope: 'Namespaced',
    ...template,
  },
  {
    kind: 'ClusterAnalysisTemplate',
    plural: 'clusteranalysistemplates',
    shortNames: ['cmcat'],
    scope: 'Cluster',
    ...template,
  },
];
