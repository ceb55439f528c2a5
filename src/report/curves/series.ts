import type { Point } from '../page/charts/line.ts';
import { Stretched } from './stretched.ts';

/** As many points as a chart can show. */
export const MOST_POINTS = 240;

/**
 * Points of a line as a chart can show them: of each stretch the highest, so that no peak is lost, and the last of all.
 * A chart of a day is as large as one of an hour.
 */
export class Series {
  readonly #peaks = new Stretched<Point>(MOST_POINTS - 2, (one, other) => (other[1] > one[1] ? other : one));
  #last: Point | undefined;

  add(point: Point): void {
    this.#peaks.add(point);
    this.#last = point;
  }

  points(): readonly Point[] {
    const peaks = this.#peaks.all();
    return this.#last === undefined || peaks.at(-1) === this.#last ? peaks : [...peaks, this.#last];
  }
}
