import { formatDuration } from '../../../src/client/browser.ts';
import type { RolloutView } from '../../../src/client/index.ts';
import { hurdleOf } from '../live/hurdle.ts';
import { rolloutPath } from '../live/place.ts';
import { Link } from '../parts/link.tsx';

/** What a release stands at, where it is not people who have to say yes: they are asked elsewhere. */
export function HurdleNote({ rollout }: { rollout: RolloutView }) {
  const hurdle = hurdleOf(rollout);
  if (hurdle === undefined) return null;
  const { kind, name, forMs, words, rollout: other } = hurdle;
  return (
    <section class="card gate" aria-labelledby="hurdle-title">
      <h2 id="hurdle-title">
        The release stands at the {kind} {name}
      </h2>
      <p>
        Since {formatDuration(Math.round(forMs / 1_000) * 1_000)}: {words}.
      </p>
      {other !== undefined && (
        <p>
          <Link to={rolloutPath({ ...rollout, name: other })}>Go to {other}</Link>
        </p>
      )}
      <p class="quiet">No promotion passes over it; to abort ends the wait.</p>
    </section>
  );
}
