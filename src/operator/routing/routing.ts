import { explanationOf, Failure } from '../../base/failure.ts';
import { isJsonObject } from '../../base/json.ts';
import { requireCapabilities } from '../../controller/capabilities.ts';
import type { ClusterTraffic } from '../../rollout/cluster-traffic.ts';
import type { Rollout } from '../../rollout/model.ts';
import { resolveClusterTraffic } from '../../rollout/resolve/cluster-traffic.ts';
import { compilePlan } from '../../strategy/compile.ts';
import type { Plan } from '../../strategy/plan.ts';
import { clusterCapabilitiesOf, steeredObjectsOf } from '../../traffic/cluster-routers.ts';
import type { RolloutObject } from '../objects.ts';
import type { Obstacle } from '../status/conditions.ts';
import type { Routed } from '../store/routed.ts';

/** How a Rollout is reached in a cluster; undefined for workers. */
export function clusterTrafficOf({ traffic }: Rollout): ClusterTraffic | undefined {
  return traffic === undefined || traffic.kind === 'gateway' ? undefined : traffic;
}

/** The Rollout as it was with other traffic, as it was written. */
export function withTraffic({ traffic: _, ...others }: Rollout, { traffic: written }: Routed): Rollout {
  const traffic = isJsonObject(written) ? resolveClusterTraffic(written, others.name) : undefined;
  return { ...others, ...(traffic === undefined ? {} : { traffic }) };
}

/** The plan of a release. Throws Failure `refusedPlan` when its router cannot do what that needs, naming the step. */
export function routablePlan(rollout: Rollout): Plan {
  const plan = compilePlan(rollout, { hasStable: true, direct: false });
  const traffic = clusterTrafficOf(rollout);
  if (traffic !== undefined) requireCapabilities(plan, rollout, clusterCapabilitiesOf(traffic));
  return plan;
}

/** Why its router cannot do what its plan needs, naming the step; undefined where it can. */
export function beyondRouter(rollout: Rollout): Obstacle | undefined {
  if (clusterTrafficOf(rollout) === undefined) return undefined;
  try {
    routablePlan(rollout);
    return undefined;
  } catch (cause) {
    return obstacleOf(cause);
  }
}

/** What a failure of a route says to whoever declared it. Throws what nobody can do anything about there. */
export function obstacleOf(cause: unknown): Obstacle {
  if (!(cause instanceof Failure)) throw cause;
  const reason = REASONS[cause.code];
  if (reason === undefined) throw cause;
  return { reason, message: explanationOf(cause) };
}

const REASONS: Readonly<Partial<Record<Failure['code'], string>>> = {
  refusedPlan: 'RefusedPlan',
  notFound: 'RouteMissing',
  conflict: 'RouteTaken',
  invalidSpec: 'InvalidSpec',
  notPermitted: 'Forbidden',
};

/** The route that an earlier one of the Rollouts steers already; undefined when there is none. */
export function sharedRoute(rollout: RolloutObject, rival: RolloutObject): string | undefined {
  const theirs = steeredIn(rival);
  return steeredIn(rollout).find((one) => theirs.includes(one));
}

/** The objects that are written to be steered, each by its kind and its name; none that is not understood. */
export function steeredIn({ metadata, spec }: RolloutObject): readonly string[] {
  const written = spec['traffic'];
  if (!isJsonObject(written)) return [];
  try {
    const traffic = resolveClusterTraffic(written, metadata.name);
    if (traffic === undefined) return [];
    return steeredObjectsOf(traffic).map(({ of, name }) => `${of.kind} ${name}`);
  } catch {
    return [];
  }
}
