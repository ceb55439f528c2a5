import { FULL_SHARE } from '../base/share.ts';
import { unreachable } from '../base/unreachable.ts';
import type { CanaryStrategy, Rollout } from '../rollout/model.ts';
import type { Traffic } from '../rollout/traffic.ts';
import { compileAb } from './ab.ts';
import { compileBlueGreen } from './blue-green.ts';
import { compileCanary } from './canary.ts';
import { withHurdles } from './hurdles.ts';
import { notesOn } from './notes.ts';
import type { Plan, Step } from './plan.ts';
import { compileRamped } from './ramped.ts';
import { compileRecreate } from './recreate.ts';
import { compileReplicaCanary, replaceReplicas } from './replica-canary.ts';
import { compileShadow } from './shadow.ts';
import { switchOver } from './switch-over.ts';

/** What a release starts from. */
export interface Start {
  /** False in the first release of all: there is nothing to compare with or to go back to. */
  readonly hasStable: boolean;
  /** True: go live at once, without the strategy's trial steps (undo). */
  readonly direct: boolean;
}

/** Compiles a Rollout's strategy to the plan of one release. */
export function compilePlan(rollout: Rollout, start: Start): Plan {
  const steps = start.hasStable ? compileStrategy(rollout, start.direct) : firstPlan();
  const plan = withHurdles(steps, rollout, start);
  return { ...plan, notes: [...plan.notes, ...notesOn(rollout, plan, start.hasStable)] };
}

/** Without their trial they are one change of the route. */
const SWITCHED: readonly Rollout['strategy']['kind'][] = ['blueGreen', 'shadow', 'ab'];

function compileStrategy(rollout: Rollout, direct: boolean): Plan {
  const { strategy, workload } = rollout;
  if (direct && SWITCHED.includes(strategy.kind)) return switched();
  switch (strategy.kind) {
    case 'canary':
      return canaryPlan(rollout, strategy, direct);
    case 'blueGreen':
      return compileBlueGreen(strategy);
    case 'shadow':
      return compileShadow(strategy);
    case 'ramped':
      return compileRamped(strategy, {
        replicas: workload.replicas,
        isJudged: isJudged(rollout),
        direct,
      });
    case 'recreate':
      return compileRecreate();
    case 'ab':
      return compileAb(strategy, rollout.analysis);
    default:
      return unreachable(strategy);
  }
}

function isJudged({ analysis }: Rollout): boolean {
  return analysis !== undefined && analysis.checks.length > 0;
}

/** All traffic at once, to a version that was trusted before. */
function switched(): Plan {
  return { steps: switchOver(), notes: [] };
}

/** Without anything that divides requests, the sizes are all there is to divide. */
function canaryPlan({ traffic, workload }: Rollout, strategy: CanaryStrategy, direct: boolean): Plan {
  if (traffic !== undefined && !isBySize(traffic, strategy))
    return direct ? switched() : compileCanary(strategy);
  return direct ? replaceReplicas(workload.replicas) : compileReplicaCanary(strategy, workload.replicas);
}

/** Behind a plain Service requests follow the replicas; what else a step asks for is for others to refuse. */
function isBySize({ kind }: Traffic, { steps, baseline }: CanaryStrategy): boolean {
  const asksMore = steps.some((step) => step.kind === 'match' || step.kind === 'mirror');
  return kind === 'service' && baseline !== true && !asksMore;
}

function firstPlan(): Plan {
  const step: Step = {
    title: 'first version',
    size: { canary: { share: FULL_SHARE } },
    weights: { canary: FULL_SHARE },
    wait: { kind: 'none' },
    exclusive: false,
    promoting: false,
  };
  return {
    steps: [step],
    notes: ['first release: nothing to compare with, all traffic goes to it once it is ready'],
  };
}
