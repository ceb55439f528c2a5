/** How many requests come, over the whole simulation. */
export interface Load {
  readonly shape: LoadShape;
  readonly bursts: readonly Burst[];
}

/** The usual course of the traffic; rates are requests per second. */
export type LoadShape =
  | { readonly kind: 'constant'; readonly perSecond: number }
  /** Up and down once a day, as a cosine. */
  | { readonly kind: 'diurnal'; readonly least: number; readonly most: number; readonly peakAtMs: number }
  /** One rate after another, each for `everyMs`; after the last one from the beginning again. */
  | { readonly kind: 'measured'; readonly everyMs: number; readonly rates: readonly number[] };

/** A time in which traffic is multiplied. */
export interface Burst {
  readonly atMs: number;
  readonly forMs: number;
  /** Absent: once. */
  readonly everyMs?: number;
  readonly times: number;
}

const DAY_MS = 86_400_000;

/** Requests per second at a moment, counted from the beginning of the simulation. */
export function rateAt({ shape, bursts }: Load, atMs: number): number {
  return bursts.reduce(
    (rate, burst) => (isDuring(burst, atMs) ? rate * burst.times : rate),
    usualRate(shape, atMs),
  );
}

function usualRate(shape: LoadShape, atMs: number): number {
  switch (shape.kind) {
    case 'constant':
      return shape.perSecond;
    case 'diurnal': {
      const { least, most, peakAtMs } = shape;
      const turn = Math.cos((2 * Math.PI * (atMs - peakAtMs)) / DAY_MS);
      return least + ((most - least) * (1 + turn)) / 2;
    }
    case 'measured': {
      const { rates, everyMs } = shape;
      return rates[Math.floor(atMs / everyMs) % rates.length] ?? 0;
    }
  }
}

function isDuring({ atMs: from, forMs, everyMs }: Burst, atMs: number): boolean {
  if (atMs < from) return false;
  const since = atMs - from;
  return (everyMs === undefined ? since : since % everyMs) < forMs;
}
