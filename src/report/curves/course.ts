import type { RecordedTick } from '../recording.ts';
import {
  NEITHER_SERVED,
  NONE_SERVED,
  servedBoth,
  servedWith,
  type BothServed,
  type Served,
} from '../summary/served.ts';
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
  readonly variants: ReadonlyMap<string, Served>;
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
      variants: new Map(Object.entries(tick.variants ?? {})),
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
    variants: eachTogether(earlier.variants, later.variants),
  };
}

function eachTogether(
  earlier: CourseStretch['variants'],
  later: CourseStretch['variants'],
): CourseStretch['variants'] {
  const names = new Set([...earlier.keys(), ...later.keys()]);
  const of = (name: string): Served =>
    servedBoth(earlier.get(name) ?? NONE_SERVED, later.get(name) ?? NONE_SERVED);
  return new Map([...names].map((name) => [name, of(name)]));
}
