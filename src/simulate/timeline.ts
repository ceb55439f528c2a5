import type { Judgement, Strength } from '../analysis/judgement.ts';
import type { EngineEvent } from '../engine/decision.ts';
import type { Route } from '../engine/observation.ts';
import type { Phase } from '../rollout/model.ts';

/** Something that happened, and when: milliseconds since the beginning. */
export type TimelineEntry = { readonly atMs: number; readonly rollout: string } & (
  | { readonly kind: 'event'; readonly event: EngineEvent }
  | { readonly kind: 'phase'; readonly phase: Phase; readonly message: string }
  /** Traffic is divided otherwise from here on. */
  | { readonly kind: 'route'; readonly parts: Route['parts'] }
  /** What the analysis says, each time it has moved. */
  | { readonly kind: 'evidence'; readonly step: string; readonly judgement: Judgement }
  /** What the scenario did. */
  | { readonly kind: 'scenario'; readonly message: string }
  /** What the controller could not do. */
  | { readonly kind: 'trouble'; readonly message: string }
);

/** Evidence is told again when a check has come so much nearer to a decision, or has gone back, as a part of the way. */
const NOTEWORTHY = 0.25;

/** Tells judgements that say something new from those that do not. */
export class EvidenceWatch {
  #words = '';
  #ways: readonly number[] = [];

  isNew(step: string, { verdict, checks }: Judgement): boolean {
    const words = [step, verdict, ...checks.map((check) => `${check.name} ${check.verdict}`)].join('; ');
    const ways = checks.flatMap(({ harm, safe }) => [wayOf(harm), wayOf(safe)]);
    const isFar = ways.some((way, index) => Math.abs(way - (this.#ways[index] ?? 0)) >= NOTEWORTHY);
    if (words === this.#words && !isFar) return false;
    this.#words = words;
    this.#ways = ways;
    return true;
  }
}

/** From 0, nothing is known, to 1, it is decided. */
function wayOf(strength: Strength | undefined): number {
  return strength === undefined ? 0 : Math.min(1, Math.max(0, strength.logE / strength.logLimit));
}
