import type { Judgement, Strength } from '../analysis/judgement.ts';
import type { VariantJudgement } from '../analysis/experiment/variants.ts';
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
  /** What an experiment has found, each time it has found something, and as its users double. */
  | { readonly kind: 'experiment'; readonly judgement: VariantJudgement }
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

/** An experiment is first told of with so many users. */
const FIRST_TOLD = 1_000;

/** Tells what an experiment has newly found from what it has said before. */
export class ExperimentWatch {
  readonly #told = new Set<string>();
  #users = 0;

  isNew({ verdict, control, candidates }: VariantJudgement): boolean {
    const users = [control, ...candidates].reduce((sum, { trials }) => sum + trials, 0);
    // A release has fewer than the one before it when it begins.
    if (users < this.#users) this.#beginAnew();
    const verdicts = [verdict, ...candidates.map((one) => one.verdict)];
    const words = verdicts.join(' ');
    // What is nearly decided goes back and forth.
    const isFound = verdicts.some((one) => one !== 'undecided') && !this.#told.has(words);
    if (!isFound && users < Math.max(FIRST_TOLD, 2 * this.#users)) return false;
    this.#told.add(words);
    this.#users = users;
    return true;
  }

  #beginAnew(): void {
    this.#told.clear();
    this.#users = 0;
  }
}
