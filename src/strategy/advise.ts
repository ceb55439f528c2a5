import type { Rollout } from '../rollout/model.ts';
import { peakOf } from './capacity.ts';
import { compilePlan } from './compile.ts';
import { explainStrategies, type StrategyName } from './explain.ts';
import { usualStrategy } from './usual.ts';

/** What a strategy would mean for one Rollout. */
export interface Advice {
  readonly strategy: StrategyName;
  readonly fit: 'best' | 'possible' | 'impossible';
  /** True: this is what the Rollout says. */
  readonly isChosen: boolean;
  readonly reason: string;
  /** The most replicas at once; absent where it cannot be said. */
  readonly peak?: number;
  /** How long its steps may take in all; absent where it cannot be said, or until somebody resumes. */
  readonly longestMs?: number;
}

/** What the advice depends on. */
interface Facts {
  readonly isLive: boolean;
  readonly hasTraffic: boolean;
  readonly hasChecks: boolean;
  /** Some check compares with stable. */
  readonly isCompared: boolean;
}

interface Opinion {
  readonly isPossible: boolean;
  readonly reason: string;
}

const ONE_DIRECTORY = 'a live directory holds one version only';
const NO_TRAFFIC = 'there is no traffic to move';

const OPINIONS: Readonly<Record<StrategyName, (facts: Facts) => Opinion>> = {
  recreate: ({ isLive, hasChecks }) => {
    if (isLive) return possible(ONE_DIRECTORY);
    if (hasChecks) return possible('it has a gap, and the checks would have to go: no step could judge them');
    return possible('it has a gap: only where two versions cannot run side by side');
  },
  ramped: ({ isLive, hasTraffic, hasChecks }) => {
    if (isLive) return impossible(ONE_DIRECTORY);
    if (hasChecks)
      return possible('each batch is judged, but as many users meet it as there are new replicas');
    return possible(
      hasTraffic ? 'few replicas more than usual, and nothing to judge by' : 'nothing is to be judged',
    );
  },
  blueGreen: ({ isLive, hasTraffic, isCompared, hasChecks }) => {
    if (isLive) return impossible(ONE_DIRECTORY);
    if (!hasTraffic) return impossible(NO_TRAFFIC);
    if (isCompared) return possible('checks that compare would have to become max, slo or condition');
    if (hasChecks) return possible('the checks judge it at full traffic, so all users meet it at once');
    return possible('nothing would judge a canary, and here the way back is one change of the route');
  },
  canary: ({ isLive, hasTraffic, hasChecks }) => {
    if (isLive) return impossible(ONE_DIRECTORY);
    if (!hasChecks)
      return possible('without checks each step takes its longest time, and only crashes are noticed');
    const who = hasTraffic ? 'few users meet it' : 'it has few replicas';
    return possible(`the checks can judge it while ${who}`);
  },
  ab: ({ isLive, hasTraffic }) => {
    if (isLive) return impossible(ONE_DIRECTORY);
    return hasTraffic ? possible('where the question is what users prefer') : impossible(NO_TRAFFIC);
  },
  shadow: ({ isLive, hasTraffic }) => {
    if (isLive) return impossible(ONE_DIRECTORY);
    return hasTraffic ? possible('where it must answer as the old version does') : impossible(NO_TRAFFIC);
  },
};

/** What each strategy would mean for a Rollout; one of them is best. */
export function adviseOn(rollout: Rollout): readonly Advice[] {
  const facts = factsOf(rollout);
  const best = bestFor(facts);
  return explainStrategies().map(({ name, isBuilt }) => {
    const { isPossible, reason } = isBuilt ? OPINIONS[name](facts) : impossible('it is not built yet');
    const fit = name === best ? 'best' : isPossible ? 'possible' : 'impossible';
    return {
      strategy: name,
      fit,
      isChosen: rollout.strategy.kind === name,
      reason,
      ...(isPossible ? costOf(name, rollout) : {}),
    };
  });
}

function factsOf({ workload, traffic, analysis }: Rollout): Facts {
  const checks = analysis?.checks ?? [];
  return {
    isLive: workload.kind === 'process' && 'live' in workload.from,
    hasTraffic: traffic !== undefined,
    hasChecks: checks.length > 0,
    isCompared: checks.some(({ judge: { kind } }) => kind === 'sequential' || kind === 'score'),
  };
}

/** Judged while few meet it, if anything judges; else the way back that is quickest. */
function bestFor({ isLive, hasTraffic, hasChecks }: Facts): StrategyName {
  if (isLive) return 'recreate';
  if (hasChecks) return 'canary';
  return hasTraffic ? 'blueGreen' : 'ramped';
}

function costOf(name: StrategyName, rollout: Rollout): Pick<Advice, 'peak' | 'longestMs'> {
  const strategy = usualStrategy(name, rollout);
  if (strategy === undefined) return {};
  const plan = compilePlan({ ...rollout, strategy }, { hasStable: true, direct: false });
  const peak = peakOf(plan, rollout.workload.replicas, true);
  let longestMs = 0;
  for (const { wait } of plan.steps) {
    if (wait.kind === 'analyze' || wait.kind === 'experiment') longestMs += wait.atMostMs;
    if (wait.kind === 'pause') longestMs += wait.forMs ?? Infinity;
  }
  return { peak, ...(Number.isFinite(longestMs) ? { longestMs } : {}) };
}

function possible(reason: string): Opinion {
  return { isPossible: true, reason };
}

function impossible(reason: string): Opinion {
  return { isPossible: false, reason };
}
