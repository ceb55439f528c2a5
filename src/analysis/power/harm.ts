import { BUCKETS_PER_DOUBLING, type LogHistogram } from '../measurement.ts';
import type { Traffic } from './traffic.ts';

/** A way in which a candidate may be worse, of a size. */
export interface Harm {
  /** For people: `errors ×2`, `latency +10 %`. */
  readonly name: string;
  /** What the candidate's traffic looks like then. */
  readonly of: (traffic: Traffic) => Traffic;
  /** The share of the candidate's requests that is failed or slowed by it. */
  readonly touches: (traffic: Traffic) => number;
}

/** Errors as many times as likely. */
export function moreErrors(times: number): Harm {
  const worse = ({ errorRatio }: Traffic): number => Math.min(1, errorRatio * times);
  return {
    name: `errors ×${String(times)}`,
    of: (traffic) => ({ ...traffic, errorRatio: worse(traffic) }),
    touches: (traffic) => worse(traffic) - traffic.errorRatio,
  };
}

/** Errors at this rate, where they were rarer. */
export function errorsAt(ratio: number): Harm {
  return {
    name: `errors at ${String(ratio * 100)} %`,
    of: (traffic) => ({ ...traffic, errorRatio: Math.max(traffic.errorRatio, ratio) }),
    touches: ({ errorRatio }) => Math.max(0, ratio - errorRatio),
  };
}

/** Every answer takes `times` as long. */
export function slower(times: number): Harm {
  return {
    name: times < 2 ? `latency +${String(Math.round((times - 1) * 100))} %` : `latency ×${String(times)}`,
    of: (traffic) => ({ ...traffic, latency: stretched(traffic.latency, times, 1) }),
    touches: () => 1,
  };
}

/** The slowest `tail` of the answers take `times` as long. */
export function slowerTail(tail: number, times: number): Harm {
  return {
    name: `slowest ${String(tail * 100)} % ×${String(times)}`,
    of: (traffic) => ({ ...traffic, latency: stretched(traffic.latency, times, tail) }),
    touches: () => tail,
  };
}

/** The slowest `tail` of the values moved up; what lies between two buckets is shared by both. */
function stretched(latency: LogHistogram, times: number, tail: number): LogHistogram {
  const rise = Math.log2(times) * BUCKETS_PER_DOUBLING;
  const total = latency.reduce((sum, [, count]) => sum + count, 0);
  const counts = new Map<number, number>();
  const add = (index: number, count: number): void => {
    if (count > 0) counts.set(index, (counts.get(index) ?? 0) + count);
  };
  let left = tail * total;
  for (const [index, count] of [...latency].reverse()) {
    const moved = Math.min(count, left);
    left -= moved;
    const whole = Math.floor(rise);
    add(index + whole, moved * (1 - (rise - whole)));
    add(index + whole + 1, moved * (rise - whole));
    add(index, count - moved);
  }
  return [...counts].sort(([a], [b]) => a - b);
}
