import { compare, type ComparisonAnswer } from '../../analysis/comparison/comparison.ts';
import type { Labels } from '../../metrics/prometheus/answer.ts';
import { comparisonLines, pairLines } from '../output/analysis.ts';
import type { Session } from '../session.ts';
import { metricOf } from './data/arm-data.ts';
import { readJudging, type Judging } from './judging.ts';
import { required, type QueryOptions } from './options.ts';
import { prometheusOf } from './prometheus.ts';
import { askArm } from './queried-arm.ts';
import {
  checkQueried,
  labelWords,
  onePair,
  pairsByLabels,
  unitsPair,
  type QueriedArms,
} from './queried-data.ts';
import { earlier, timeSpanOf, valuesIn, type TimeSpan } from './time-span.ts';
import { statusOf, worstOf } from './verdicts.ts';

/** Judges what two queries say over time, and answers the exit status. */
export async function analyzeQueries(session: Session, options: QueryOptions): Promise<number> {
  const judging = await readJudging(session, options);
  checkQueried(judging);
  const span = timeSpanOf(options, Date.now());
  const arms = await askBoth(session, options, span);
  for (const remark of remarksOf(arms, span)) session.remark(remark);
  // A tick of a judge that counts time is a step of the query.
  const ticked = metricOf(judging) === undefined ? judging : withTick(judging, span);
  if (options.perSeries !== true || metricOf(judging) === 'value') {
    const pair = options.perSeries === true ? unitsPair(arms) : onePair(arms, judging);
    const answer = compare({ ...ticked, control: pair.control, candidate: pair.candidate });
    await session.print(answer, () => comparisonLines(answer, session.paint));
    return statusOf(answer.verdict, options);
  }
  return printPairs(session, options, judgedPairs(arms, ticked));
}

async function askBoth(session: Session, options: QueryOptions, span: TimeSpan): Promise<QueriedArms> {
  const control = required(options.controlQuery, '--control-query');
  const candidate = required(options.candidateQuery, '--candidate-query');
  const source = prometheusOf(session, options);
  const { interrupted } = session.io;
  try {
    const before = earlier(span, options.controlOffset ?? 0);
    const [there, here] = await Promise.all([
      askArm(source, { arm: 'control', query: control, span: before }, interrupted),
      askArm(source, { arm: 'candidate', query: candidate, span }, interrupted),
    ]);
    return { control: there, candidate: here };
  } finally {
    await source.close();
  }
}

function remarksOf(arms: QueriedArms, span: TimeSpan): readonly string[] {
  return [arms.control, arms.candidate].flatMap(({ arm, series, remarks }) => {
    const gaps = series.flatMap(({ values }) => values).filter(Number.isNaN).length;
    const all = series.length * valuesIn(span);
    return gaps === 0
      ? remarks
      : [...remarks, `the ${arm} has no value in ${gaps} of ${all} steps: these are gaps`];
  });
}

function withTick({ judge, options }: Judging, { stepMs }: TimeSpan): Judging {
  return { judge, options: { tick: `${stepMs}ms`, ...options } };
}

/** The comparison of one pair of series. */
export type PairAnswer = { readonly labels: Labels } & ComparisonAnswer;

function judgedPairs(arms: QueriedArms, judging: Judging): readonly PairAnswer[] {
  return pairsByLabels(arms, judging).map(({ labels, control, candidate }) => ({
    labels,
    ...compare({ ...judging, control, candidate }),
  }));
}

async function printPairs(
  session: Session,
  options: QueryOptions,
  pairs: readonly PairAnswer[],
): Promise<number> {
  const verdict = worstOf(pairs.map((pair) => pair.verdict));
  const named = pairs.map((pair) => ({ name: labelWords(pair.labels), answer: pair }));
  await session.print({ verdict, pairs }, () => pairLines(verdict, named, session.paint));
  return statusOf(verdict, options);
}
