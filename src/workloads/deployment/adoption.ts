import type { Problem } from '../../base/failure.ts';
import { isJsonObject } from '../../base/json.ts';
import { FIELD_MANAGER } from '../../kube/names.ts';
import { sizeOf } from './look.ts';
import type { Deployment, ReplicaSet } from './objects.ts';
import { isSameTemplate } from './template.ts';

/** What of a Deployment makes it impossible to adopt. All of it at once, each with its remedy. */
export function adoptionProblems(deployment: Deployment): readonly Problem[] {
  const { spec } = deployment;
  const manager = pausingManager(deployment);
  const problems: readonly (Problem | false)[] = [
    spec.strategy?.type === 'Recreate' && {
      path: 'spec.strategy.type',
      reason: 'Recreate stops every pod before a new one starts, and two versions cannot be compared so',
      hint: 'make it RollingUpdate',
    },
    spec.revisionHistoryLimit === 0 && {
      path: 'spec.revisionHistoryLimit',
      reason:
        'with 0 the Deployment controller deletes the version that is trusted when it is scaled to zero',
      hint: 'make it 1 or more, or leave it out',
    },
    manager !== undefined && {
      path: 'spec.paused',
      reason: `${manager} writes this field, which coalmine must be able to write alone`,
      hint: `take it out of what ${manager} applies${manager.startsWith('kubectl') ? ', or run kubectl rollout resume' : ''}`,
    },
    (spec.replicas ?? 1) === 0 && {
      path: 'spec.replicas',
      reason: 'it is scaled to zero: nothing runs that could be trusted',
      hint: 'scale it up once',
    },
  ];
  return problems.flatMap((one) => (one === false ? [] : [one]));
}

/** Who else writes the one field that is ours; undefined when nobody does. */
function pausingManager({ metadata }: Deployment): string | undefined {
  const found = metadata.managedFields?.find(({ manager, fieldsV1 = {} }) => {
    if (manager === FIELD_MANAGER || !isJsonObject(fieldsV1)) return false;
    const fields = fieldsV1['f:spec'];
    return isJsonObject(fields) && fields['f:paused'] !== undefined;
  });
  return found?.manager;
}

/** What runs in a Deployment at rest, or why it cannot be said. */
export type AtRest = { readonly running: ReplicaSet } | { readonly problem: Problem };

/** The one version that a Deployment runs. With two, its template has moved already, and nobody can say which is trusted. */
export function runningSet(deployment: Deployment, sets: readonly ReplicaSet[]): AtRest {
  const active = sets.filter((set) => sizeOf(set) > 0 || (set.status?.replicas ?? 0) > 0);
  const [running, second] = active;
  const path = 'spec.template';
  if (running === undefined || second !== undefined) {
    const reason =
      running === undefined
        ? 'it has no pods yet'
        : `${active.length} versions of it have pods: it is being rolled out`;
    return { problem: { path, reason, hint: 'it is adopted once one version runs' } };
  }
  const isPlain = deployment.spec.paused !== true;
  if (isPlain && !isSameTemplate(running.spec.template, deployment.spec.template)) {
    return {
      problem: { path, reason: 'it is about to be rolled out', hint: 'it is adopted once one version runs' },
    };
  }
  return { running };
}
