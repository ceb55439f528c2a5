import { Failure, type Problem } from '../../base/failure.ts';
import { adoptionProblems, runningSet } from '../../workloads/deployment/adoption.ts';
import type { Surroundings } from './surroundings.ts';

/** Throws Failure when a Deployment cannot be adopted as it is: `conflict` when it has been, else `refusedPlan` with all reasons. */
export function refuseUnadoptable({ deployment, replicaSets, rollout }: Surroundings): void {
  const { name } = deployment.metadata;
  if (rollout !== undefined) {
    throw new Failure('conflict', `the Rollout ${rollout} has adopted the Deployment ${name} already`, {
      hint: `see it with \`coalmine describe ${rollout}\``,
    });
  }
  const problems = problemsOf({ deployment, replicaSets });
  if (problems.length === 0) return;
  throw new Failure('refusedPlan', `the Deployment ${name} cannot be adopted as it is`, { problems });
}

function problemsOf({
  deployment,
  replicaSets,
}: Pick<Surroundings, 'deployment' | 'replicaSets'>): readonly Problem[] {
  const lasting = adoptionProblems(deployment);
  if (lasting.length > 0) return lasting;
  const atRest = runningSet(deployment, replicaSets);
  return 'problem' in atRest ? [atRest.problem] : [];
}
