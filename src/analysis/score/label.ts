import type { Verdict } from '../../rollout/model.ts';

/** What the judge calls a metric. */
export type Label = 'Pass' | 'High' | 'Low' | 'Nodata' | 'NodataFailMetric' | 'Error';

/** What a verdict is drawn from. */
export interface Labelled {
  readonly label: Label;
  readonly critical: boolean;
  readonly muted: boolean;
  readonly control: { readonly count: number };
  readonly candidate: { readonly count: number };
}

/**
 * The label in coalmine's words. `good` says only that no difference was shown: this judge proves nothing
 * safe. A muted metric decides nothing; a metric without data is `undecided`, also where the judge passes it
 * (gaps replaced), unless it had to have data or is critical.
 */
export function verdictOf(result: Labelled): Verdict {
  return result.muted ? 'undecided' : VERDICTS[result.label](result);
}

const VERDICTS: Readonly<Record<Label, (result: Labelled) => Verdict>> = {
  Pass: ({ control, candidate }) => (control.count > 0 && candidate.count > 0 ? 'good' : 'undecided'),
  High: () => 'bad',
  Low: () => 'bad',
  NodataFailMetric: () => 'bad',
  Nodata: ({ critical }) => (critical ? 'bad' : 'undecided'),
  Error: () => 'invalid',
};
