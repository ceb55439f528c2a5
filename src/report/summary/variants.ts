import type { RecordedTick } from '../recording.ts';

/** What one variant had of what a check counted: chances, and how often it happened. */
export interface VariantCount {
  readonly check: string;
  /** Its track. */
  readonly variant: string;
  readonly trials: number;
  readonly events: number;
}

/** Gathers what each of several variants had of what the checks counted. */
export class VariantTally {
  readonly #counts = new Map<string, VariantCount>();

  add({ tick }: RecordedTick): void {
    for (const [check, sample] of Object.entries(tick.measured ?? {})) {
      if (sample.kind !== 'counts') continue;
      for (const [variant, { trials, events }] of Object.entries(sample.variants ?? {})) {
        const key = JSON.stringify([check, variant]);
        const before = this.#counts.get(key) ?? { trials: 0, events: 0 };
        const sum = { trials: before.trials + trials, events: before.events + events };
        this.#counts.set(key, { check, variant, ...sum });
      }
    }
  }

  counts(): readonly VariantCount[] {
    return [...this.#counts.values()];
  }
}
