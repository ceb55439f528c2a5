import { eachTogether } from '../../analysis/ticks-together.ts';
import type { RecordedTick } from '../recording.ts';
import { NEITHER_SERVED, servedBoth, servedWith, type BothServed, type Served } from '../summary/served.ts';
import { Stretched } from './stretched.ts';

/** As many stretches of time as are shown. */
const STRETCHES = 120;

/** What was served in a stretch of time. */
export interface CourseStretch extends BothServed {
  /** When its first tick was and its last one. */
  readonly from: number;
  readonly to: number;
  readonly measuredMs: number;
  /** What each of several variants served, by its track. */
  readonly variants: Readonly<Record<string, Served>>;
}

/** Gathers the course of a release. */
export class CourseTally {
  readonly #stretches = new Stretched<CourseStretch>(STRETCHES, together);

  add(recorded: RecordedTick): void {
    const { at, tick } = recorded;
    this.#stretches.add({
      ...servedWith(NEITHER_SERVED, recorded),
      from: at,
      to: at,
      measuredMs: tick.ms,
      variants: tick.variants ?? {},
    });
  }

  course(): readonly CourseStretch[] {
    return this.#stretches.all();
  }
}

function together(earlier: CourseStretch, later: CourseStretch): CourseStretch {
  return {
    candidate: servedBoth(earlier.candidate, later.candidate),
    control: servedBoth(earlier.control, later.control),
    from: earlier.from,
    to: later.to,
    measuredMs: earlier.measuredMs + later.measuredMs,
    variants: eachTogether(earlier.variants, later.variants, servedBoth),
  };
}
