import { Failure } from '../base/failure.ts';
import { formatShare, FULL_SHARE, type Share } from '../base/share.ts';
import type { Rollout, Track } from '../rollout/model.ts';
import { isSticky } from '../rollout/traffic.ts';
import { replicasOf } from '../strategy/capacity.ts';
import type { Plan, Step } from '../strategy/plan.ts';
import { beyondLimits, type Lack } from './match-limits.ts';
import type { RouterCapabilities } from './ports.ts';

/** Throws Failure `refusedPlan`, naming the step and what is missing, when the data plane cannot do what a plan needs. */
export function requireCapabilities(plan: Plan, rollout: Rollout, can: RouterCapabilities): void {
  if (rollout.traffic === undefined) return;
  for (const step of plan.steps) {
    const lack = lackOf(step, { can, replicas: rollout.workload.replicas });
    if (lack === undefined) continue;
    const { reason, hint } = lack;
    throw new Failure('refusedPlan', `step "${step.title}" ${reason}`, { hint });
  }
  if (isSticky(rollout.traffic) && !can.sticky) {
    throw new Failure('refusedPlan', `${can.name} cannot keep users on one track (traffic: sticky)`);
  }
}

interface Means {
  readonly can: RouterCapabilities;
  readonly replicas: number;
}

type Looking = (step: Step, means: Means) => Lack | undefined;

/** What may be lacking, in the order it is told. */
const LOOKING: readonly Looking[] = [
  tooFine,
  notAsReplicas,
  tooManyTracks,
  noCopies,
  noMatches,
  noExperiments,
];

function lackOf(step: Step, means: Means): Lack | undefined {
  for (const look of LOOKING) {
    const lack = look(step, means);
    if (lack !== undefined) return lack;
  }
  return undefined;
}

function tooFine({ weights }: Step, { can }: Means): Lack | undefined {
  const odd = Object.values(weights).find((weight) => (weight ?? 0) % can.granularity !== 0);
  if (odd === undefined) return undefined;
  return {
    reason: `needs a weight of ${formatShare(odd)}, which ${can.name} cannot serve`,
    hint: `use whole multiples of ${formatShare(can.granularity as Share)}`,
  };
}

/** Where requests go to replicas evenly, sizes that were chosen for other reasons divide them otherwise than is meant. */
function notAsReplicas(step: Step, { can, replicas }: Means): Lack | undefined {
  if (can.byReplicas !== true || step.bySize === true) return undefined;
  const tracks = weightedTracks(step);
  if (tracks.length < 2) return undefined;
  const sizes = tracks.map((track) => replicasOf(step, track, replicas));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const off = tracks.find((track, i) => (sizes[i] ?? 0) * FULL_SHARE !== (step.weights[track] ?? 0) * total);
  if (off === undefined) return undefined;
  const got = tracks.map((track, i) => `${track} ${nearestOf(sizes[i] ?? 0, total)}`).join(', ');
  return {
    reason: `needs a weight of ${formatShare(step.weights[off] ?? (0 as Share))} for ${off}, and ${can.name} divides by replicas: they come to ${got}`,
    hint: 'say sizes in place of weights, or use a router that divides requests',
  };
}

function nearestOf(size: number, total: number): string {
  return formatShare((Math.round((size * 1_000) / total) * 100) as Share);
}

function weightedTracks({ weights }: Step): readonly Track[] {
  return (Object.keys(weights) as Track[]).filter((track) => (weights[track] ?? 0) > 0);
}

function tooManyTracks(step: Step, { can }: Means): Lack | undefined {
  if (can.besides === undefined) return undefined;
  const { matches = {}, mirrors = [] } = step;
  const named = [...weightedTracks(step), ...Object.keys(matches), ...mirrors.map(({ track }) => track)];
  const others = [...new Set(named)].filter((track) => track !== 'stable');
  if (others.length <= can.besides) return undefined;
  const reason = `sends requests to ${others.join(' and ')} beside stable, and ${can.name} knows ${String(can.besides)} besides`;
  return { reason, hint: 'leave one of them out, as the baseline' };
}

function noCopies({ mirrors }: Step, { can }: Means): Lack | undefined {
  if (mirrors === undefined || can.mirror === true) return undefined;
  if (can.mirror === false) {
    const reason = `needs copies of requests, which ${can.name} cannot send`;
    return { reason, hint: 'begin with a small weight instead' };
  }
  const { compares, methods } = can.mirror;
  if (!compares && mirrors.some(({ compare }) => compare !== undefined)) {
    const reason = `compares answers to copies, which ${can.name} does not see`;
    return { reason, hint: 'leave out compare' };
  }
  const none = methods && mirrors.find((mirror) => !mirror.methods.some((one) => methods.includes(one)));
  if (none === undefined) return undefined;
  const reason = `copies requests of ${none.methods.join(', ')}, and ${can.name} has only ${methods?.join(', ') ?? 'others'}`;
  return { reason, hint: 'begin with a small weight instead, or name other methods' };
}

function noMatches({ matches }: Step, { can }: Means): Lack | undefined {
  if (matches === undefined || can.matches === true) return undefined;
  if (can.matches === false) {
    const reason = `sends requests by what they say, which ${can.name} cannot`;
    return { reason, hint: 'use weights alone' };
  }
  const limits = can.matches;
  const [beyond] = Object.values(matches).flatMap((match) =>
    match === undefined ? [] : (beyondLimits(match, limits) ?? []),
  );
  if (beyond === undefined) return undefined;
  return { reason: `${beyond.reason}, which ${can.name} cannot`, hint: beyond.hint };
}

function noExperiments({ experiment }: Step, { can }: Means): Lack | undefined {
  if (experiment === undefined || can.experiments) return undefined;
  const reason = `keeps each user on a variant and counts who converts, which ${can.name} cannot`;
  return { reason, hint: 'use the strategy canary' };
}
