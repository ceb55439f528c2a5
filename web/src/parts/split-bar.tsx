import { formatShare, fractionOf } from '../../../src/client/browser.ts';
import type { RolloutView } from '../../../src/client/index.ts';

/**
 * The pattern of each track, in the order of the tracks: each of several variants has its own, of the colour of its line in
 * a chart. No two patterns are told apart by their colour alone.
 */
export function fillsOf(tracks: readonly string[]): readonly string[] {
  const variants = tracks.filter((track) => !FIXED.has(track));
  return tracks.map((track) => FIXED.get(track) ?? `variant-${variants.indexOf(track)}`);
}

const FIXED: ReadonlyMap<string, string> = new Map([
  ['stable', 'stable'],
  ['baseline', 'other'],
  ['canary', 'canary'],
  ['preview', 'canary'],
]);

/** How traffic is divided, as a bar that moves and in numbers; nothing for who serves nobody. */
export function SplitBar({ rollout }: { rollout: RolloutView }) {
  const { route, address } = rollout;
  if (route === undefined)
    return address === undefined ? null : <p class="quiet">The data plane does not answer.</p>;
  if (route.length === 0) return <p>Nobody is served.</p>;
  const fills = fillsOf(route.map(({ track }) => track));
  return (
    <div>
      <div class="split" aria-hidden="true">
        {route.map(({ track, weight }, index) => (
          <span key={track} data-fill={fills[index]} style={{ width: `${fractionOf(weight) * 100}%` }} />
        ))}
      </div>
      <ul class="legend figures" aria-label="Traffic">
        {route.map(({ track, weight }, index) => (
          <li key={track}>
            <span class="swatch" data-fill={fills[index]} />
            {track} {formatShare(weight)}
          </li>
        ))}
        {(rollout.mirrors ?? []).map(({ track, share }) => (
          <li key={`copies ${track}`}>
            {track} gets copies of {formatShare(share)}
          </li>
        ))}
      </ul>
    </div>
  );
}
