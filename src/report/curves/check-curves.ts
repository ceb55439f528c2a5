import type { CheckJudgement, Strength } from '../../analysis/judgement.ts';
import { fractionOfLimit } from '../../analysis/strength.ts';
import type { Point } from '../page/charts/line.ts';
import type { RecordedTick } from '../recording.ts';
import { Series } from './series.ts';

/** What is drawn of a check: evidence as a part of what decides, and what was measured. */
const DRAWN = {
  harm: ({ harm }: CheckJudgement) => part(harm),
  safe: ({ safe }: CheckJudgement) => part(safe),
  candidate: ({ candidate }: CheckJudgement) => candidate,
  control: ({ control }: CheckJudgement) => control,
} satisfies Readonly<Record<string, (check: CheckJudgement) => unknown>>;

type Drawn = keyof typeof DRAWN;

/** What is drawn of one check over time, from the beginning of the release. */
export type CheckCurves = Readonly<Record<Drawn, readonly Point[]>>;

/** Gathers what is drawn of each check. */
export class CheckCurveTally {
  readonly #startedAt: number;
  readonly #series = new Map<string, Readonly<Record<Drawn, Series>>>();

  constructor(startedAt: number) {
    this.#startedAt = startedAt;
  }

  add({ at, judgement }: RecordedTick): void {
    for (const check of judgement?.checks ?? []) {
      const series = this.#of(check.name);
      for (const what of Object.keys(DRAWN) as Drawn[]) {
        const y = DRAWN[what](check);
        if (typeof y === 'number' && Number.isFinite(y)) series[what].add([at - this.#startedAt, y]);
      }
    }
  }

  curves(): ReadonlyMap<string, CheckCurves> {
    return new Map(
      [...this.#series].map(([name, { harm, safe, candidate, control }]) => [
        name,
        {
          harm: harm.points(),
          safe: safe.points(),
          candidate: candidate.points(),
          control: control.points(),
        },
      ]),
    );
  }

  #of(name: string): Readonly<Record<Drawn, Series>> {
    const known = this.#series.get(name);
    if (known !== undefined) return known;
    const made = { harm: new Series(), safe: new Series(), candidate: new Series(), control: new Series() };
    this.#series.set(name, made);
    return made;
  }
}

function part(strength: Strength | undefined): number | undefined {
  return strength === undefined ? undefined : fractionOfLimit(strength);
}
