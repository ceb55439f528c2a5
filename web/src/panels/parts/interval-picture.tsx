import type { JudgedVariant } from '../../../../src/analysis/experiment/variants.ts';
import { intervalScale } from '../numbers/interval-scale.ts';

/** How much more or less each variant does than what runs today: a point in its interval. A table tells the same. */
export function IntervalPicture({ variants }: { variants: readonly JudgedVariant[] }) {
  const { none, bars } = intervalScale(variants);
  if (bars.length === 0) return null;
  return (
    <div class="effect" aria-hidden="true">
      {bars.map(({ name, low, high, estimate }) => (
        <div key={name}>
          {name}
          <svg width="100%" height="28">
            <line class="effect-same" x1={at(none)} x2={at(none)} y1="0" y2="28" />
            <line class="effect-interval" x1={at(low)} x2={at(high)} y1="14" y2="14" />
            <line class="effect-interval" x1={at(low)} x2={at(low)} y1="8" y2="20" />
            <line class="effect-interval" x1={at(high)} x2={at(high)} y1="8" y2="20" />
            {estimate !== undefined && <circle class="effect-point" cx={at(estimate)} cy="14" r="5" />}
          </svg>
        </div>
      ))}
      <p class="quiet">the line in the middle: as what runs today; left of it less, right of it more</p>
    </div>
  );
}

function at(place: number): string {
  return `${place * 100}%`;
}
