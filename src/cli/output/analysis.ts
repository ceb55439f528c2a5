import { effectWords } from '../../analysis/effect-words.ts';
import type { ComparisonAnswer } from '../../analysis/comparison/comparison.ts';
import type { TicksAnswer } from '../../analysis/comparison/judge-ticks.ts';
import type { ExperimentAnswer } from '../../analysis/experiment/answer.ts';
import type { ScoreAnswer } from '../../analysis/score/answer.ts';
import { figure } from '../../analysis/words.ts';
import { counted } from '../../client/figures.ts';
import type { Verdict } from '../../rollout/model.ts';
import type { Paint } from './paint.ts';
import { table } from './table.ts';
import { verdictWord } from './words.ts';

/** What a judge said of two sets of data: the verdict and its reason, then the numbers behind it. */
export function comparisonLines(answer: ComparisonAnswer, paint: Paint): readonly string[] {
  return [
    `${verdictWord(answer.verdict, paint)}: ${answer.reason}`,
    ...numbersOf(answer).map((line) => paint.dim(`  ${line}`)),
  ];
}

function numbersOf(answer: ComparisonAnswer): readonly string[] {
  switch (answer.judge) {
    case 'score':
      return scoreNumbers(answer);
    case 'experiment':
      return experimentNumbers(answer);
    case 'sequential':
    case 'slo':
    case 'threshold':
      return ticksNumbers(answer);
  }
}

function ticksNumbers({ ticks, stoppedAt, evidenceOfSafety, ...answer }: TicksAnswer): readonly string[] {
  return [
    ...(answer.evidence === undefined ? [] : [`evidence of harm ${figure(answer.evidence)}`]).map(
      (words) => `${words}, bad from ${figure(answer.limit ?? 0)} on`,
    ),
    ...(evidenceOfSafety === undefined ? [] : [`evidence of safety ${figure(evidenceOfSafety)}`]),
    ...effectWords(answer),
    stoppedAt === undefined
      ? `judged after each of ${counted(ticks, 'tick')}`
      : `a release would have been stopped after tick ${stoppedAt} of ${ticks}`,
  ];
}

function scoreNumbers({ label, critical, muted, control, candidate, deviation, remarks = [] }: ScoreAnswer) {
  const marks = [...(critical ? ['critical'] : []), ...(muted ? ['muted'] : [])];
  const columns = [
    { title: '' },
    ...['values', 'mean', 'std', 'min', 'max'].map((title) => ({ title, right: true })),
  ];
  const row = (name: string, { count, mean, std, min, max }: ScoreAnswer['control']): readonly string[] =>
    count === 0
      ? [name, '0', '-', '-', '-', '-']
      : [name, String(count), ...[mean, std, min, max].map(figure)];
  const ratio = deviation === null ? [] : [`mean ×${figure(deviation)} of the control's`];
  return [
    ...table(columns, [row('candidate', candidate), row('control', control)]),
    [`label ${label}`, ...marks, ...ratio].join(', '),
    ...remarks.map((remark) => `remark: ${remark}`),
  ];
}

function experimentNumbers(answer: ExperimentAnswer): readonly string[] {
  const { power, powerFor, detectable, samplesNeeded, bound, qValues, rejected, sampleRatio } = answer;
  const effect = powerFor === 'observedEffect' ? 'an effect as observed' : 'the minimum effect';
  return [
    ...(power === undefined ? [] : [`power ${figure(power)} for ${effect}`]),
    ...(detectable === undefined
      ? []
      : [`smallest effect found with the power aimed at: ${figure(detectable)}`]),
    ...(samplesNeeded === undefined
      ? []
      : [
          `units needed: ${samplesNeeded.control} of the control, ${samplesNeeded.candidate} of the candidate`,
        ]),
    ...(bound === undefined ? [] : [`significant from ${figure(bound)} standard errors on`]),
    ...(sampleRatio?.pValue === undefined
      ? []
      : [`units divided as planned: p ${figure(sampleRatio.pValue)}`]),
    ...(qValues ?? []).map(
      (q, index) => `q ${figure(q)}${rejected?.[index] === true ? ', significant' : ''}`,
    ),
  ];
}

/** A comparison among several. */
export interface NamedAnswer {
  readonly name: string;
  readonly answer: ComparisonAnswer;
}

/** Several comparisons, one a line, after what they are together. */
export function pairLines(verdict: Verdict, pairs: readonly NamedAnswer[], paint: Paint): readonly string[] {
  const rows = pairs.map(({ name, answer }) => [name, verdictWord(answer.verdict, paint), answer.reason]);
  const columns = ['SERIES', 'VERDICT', 'WHY'].map((title) => ({ title }));
  const bad = pairs.filter(({ answer }) => answer.verdict === 'bad').length;
  return [
    `${verdictWord(verdict, paint)}: ${bad} of ${counted(pairs.length, 'pair')} of series bad`,
    ...(rows.length === 0 ? [] : ['', ...table(columns, rows)]),
  ];
}
