import type { RecordedTick } from '../recording.ts';
import { LatencyTally, type LatencyOf, type LatencySummary } from './latency.ts';
import { NONE_SERVED, servedBoth, type Served } from './served.ts';

/** What one of several variants served. */
export interface VariantServed extends Served {
  /** Its track. */
  readonly variant: string;
  /** How long its answers took; absent without any. */
  readonly latency?: LatencySummary;
}

/** Gathers what each of several variants served, in the order in which they appear. */
export class VariantServedTally {
  readonly #served = new Map<string, Served>();
  readonly #latency = new Map<string, LatencyTally>();

  add({ tick: { variants = {} } }: RecordedTick): void {
    for (const [variant, counters] of Object.entries(variants)) {
      this.#served.set(variant, servedBoth(this.#served.get(variant) ?? NONE_SERVED, counters));
      const latency = this.#latency.get(variant) ?? new LatencyTally();
      latency.add(counters.latency);
      this.#latency.set(variant, latency);
    }
  }

  /** Empty where there is one candidate. */
  served(): readonly VariantServed[] {
    return [...this.#served].map(([variant, served]) => {
      const latency = this.#latency.get(variant)?.latency()?.summary;
      return { variant, ...served, ...(latency === undefined ? {} : { latency }) };
    });
  }

  /** How long the answers of each took, by its track. */
  latencies(): ReadonlyMap<string, LatencyOf | undefined> {
    return new Map([...this.#latency].map(([variant, tally]) => [variant, tally.latency()]));
  }
}

/** What all that is judged as the candidate is called. */
export function candidateName({
  variantsServed: all,
}: {
  readonly variantsServed: readonly VariantServed[];
}): string {
  return all.length > 1 ? 'all new variants' : 'new version';
}
