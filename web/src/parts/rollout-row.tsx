import { formatShare, percent } from '../../../src/client/browser.ts';
import type { RolloutView } from '../../../src/client/index.ts';
import { rolloutPath } from '../live/place.ts';
import { Link } from './link.tsx';
import { PhaseMark } from './phase-mark.tsx';

/** One Rollout of many, in a line. */
export function RolloutRow({ rollout, isCurrent }: { rollout: RolloutView; isCurrent: boolean }) {
  const { name, namespace, phase, message, release } = rollout;
  return (
    <Link to={rolloutPath(rollout)} class="row" tabIndex={isCurrent ? 0 : -1}>
      {namespace === undefined ? <strong>{name}</strong> : <Placed rollout={rollout} />}
      <PhaseMark phase={phase} />
      <span class="words quiet">{message}</span>
      <span class="figures">{release === undefined ? '' : releaseWords(rollout)}</span>
      <span class="figures rates">{rateWords(rollout)}</span>
    </Link>
  );
}

/** Names are of a namespace, which is another's too: it is said with them. */
function Placed({ rollout: { name, namespace } }: { rollout: RolloutView }) {
  return (
    <span>
      <strong>{name}</strong> <span class="quiet">in {namespace}</span>
    </span>
  );
}

function releaseWords({ release, route = [] }: RolloutView): string {
  if (release === undefined) return '';
  const others = route.filter(({ track }) => track !== 'stable' && track !== 'baseline');
  const share = others.length === 0 ? '' : `, ${others.map(({ weight }) => formatShare(weight)).join(' + ')}`;
  return `step ${release.step + 1}/${release.plan.steps.length}${share}`;
}

function rateWords({ rates }: RolloutView): string {
  const requests = rates.reduce((sum, rate) => sum + rate.requestsPerSecond, 0);
  if (requests === 0) return '';
  const errors = rates.reduce((sum, rate) => sum + rate.requestsPerSecond * rate.errorRatio, 0);
  return `${requests.toFixed(0)}/s, ${percent(errors / requests)} errors`;
}
