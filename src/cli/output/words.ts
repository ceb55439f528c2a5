import { OUTCOME_WORDS } from '../../report/words.ts';
import type { Outcome, Phase, Verdict } from '../../rollout/model.ts';
import type { Paint } from './paint.ts';

type Tone = 'green' | 'yellow' | 'red' | 'cyan';

const PHASE_TONES: Readonly<Record<Phase, Tone>> = {
  Pending: 'yellow',
  Progressing: 'cyan',
  Paused: 'yellow',
  Waiting: 'yellow',
  Promoting: 'cyan',
  RollingBack: 'red',
  Healthy: 'green',
  Degraded: 'red',
};

const OUTCOME_TONES: Readonly<Record<Outcome, Tone>> = {
  promoted: 'green',
  completed: 'green',
  rolledBack: 'red',
  aborted: 'yellow',
  failed: 'red',
};

const VERDICT_TONES: Readonly<Record<Verdict, Tone>> = {
  good: 'green',
  undecided: 'cyan',
  invalid: 'yellow',
  bad: 'red',
};

/** A phase, in its colour. */
export function phaseWord(phase: Phase, paint: Paint): string {
  return paint[PHASE_TONES[phase]](phase);
}

/** An outcome, in its colour. */
export function outcomeWord(outcome: Outcome, paint: Paint): string {
  return paint[OUTCOME_TONES[outcome]](OUTCOME_WORDS[outcome]);
}

/** A verdict, in its colour. */
export function verdictWord(verdict: Verdict, paint: Paint): string {
  return paint[VERDICT_TONES[verdict]](verdict);
}
