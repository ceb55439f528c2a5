import type { Verdict } from '../../../../src/rollout/model.ts';

/** One outline for each verdict, told apart by shape, in a box of 16. */
const SHAPES: Readonly<Record<Verdict, string>> = {
  good: 'm3 8.5 3.5 3.5L13 4.5',
  bad: 'm4 4 8 8M12 4l-8 8',
  undecided: 'M3 8h.01M8 8h.01M13 8h.01',
  invalid: 'M8 2v7M8 13v.01',
};

/** A verdict: a shape and its word; the colour says nothing more. */
export function VerdictMark({ verdict }: { verdict: Verdict }) {
  return (
    <span class="verdict" data-verdict={verdict}>
      <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
        <path d={SHAPES[verdict]} />
      </svg>
      {verdict}
    </span>
  );
}
