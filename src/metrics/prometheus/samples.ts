import type { SampledSeries, SamplesAnswer, SamplesQuery } from './answer.ts';
import type { Evaluator, NotEvaluated } from './evaluation.ts';
import type { AskAll } from './gather.ts';
import { promDuration } from './promql.ts';
import { countedSelector } from './selector.ts';
import { afterwards, inChunks, type AnswerFor, type Asking } from './together.ts';
import { belongingTo, unionsOf, unionText, type Member } from './union.ts';
import type { VectorAnswer } from './vectors.ts';

/** How far a first look goes back. It is also how long Prometheus answers with a sample that is not followed by another. */
const FIRST_LOOK_MS = 300_000;
/** However long nobody has asked: further back only what is still there counts. */
const LONGEST_LOOK_MS = 3_600_000;
const SHORTEST_LOOK_MS = 1_000;

/** How far one selector is looked back. */
interface Wanted {
  readonly lookMs: number;
}

/**
 * Asks what was scraped of many counters. A selector over a range gives its samples as they were scraped, with their
 * own times, so no scrape and no reset between two looks is missed. Other expressions are computed once, by
 * `askVectors`.
 */
export function samplesAsker(
  evaluator: Evaluator,
  askVectors: AskAll<string, VectorAnswer>,
): AskAll<SamplesQuery, SamplesAnswer> {
  return (queries, signal) =>
    afterwards(
      evaluator.now(signal).then((nowMs) => {
        if (typeof nowMs !== 'number') return () => Promise.resolve(nowMs.failure);
        return askAt(queries, nowMs, { evaluator, askVectors, signal });
      }),
    );
}

interface Round {
  readonly evaluator: Evaluator;
  readonly askVectors: AskAll<string, VectorAnswer>;
  readonly signal: AbortSignal;
}

function askAt(
  queries: readonly SamplesQuery[],
  nowMs: number,
  { evaluator, askVectors, signal }: Round,
): AnswerFor<SamplesQuery, SamplesAnswer> {
  const selected = new Map<SamplesQuery, Member<Wanted>>();
  const expressions = new Set<string>();
  for (const query of queries) {
    const selector = countedSelector(query.query);
    if (selector === undefined) expressions.add(query.query);
    else selected.set(query, { item: { lookMs: lookFor(query, nowMs) }, selector });
  }
  const unions = unionsOf([...selected.values()], ({ lookMs }) => stretch(lookMs));
  const ofSelectors = inChunks(unions, askingAt(nowMs, evaluator, signal));
  const ofExpressions = askVectors([...expressions], signal);
  return async (query) => {
    const member = selected.get(query);
    return member === undefined ? asSamples(await ofExpressions(query.query)) : ofSelectors(member);
  };
}

function lookFor({ sinceMs }: SamplesQuery, nowMs: number): number {
  const lookMs = sinceMs === undefined ? FIRST_LOOK_MS : nowMs - sinceMs;
  return Math.min(Math.max(lookMs, SHORTEST_LOOK_MS), LONGEST_LOOK_MS);
}

/** Long looks are asked apart from short ones: what is asked with one question is asked for the longest of them. */
function stretch(lookMs: number): string {
  if (lookMs <= 60_000) return 'short';
  return lookMs <= FIRST_LOOK_MS ? 'medium' : 'long';
}

function askingAt(
  nowMs: number,
  evaluator: Evaluator,
  signal: AbortSignal,
): Asking<Member<Wanted>, SamplesAnswer> {
  const scrapedOf = async (
    members: readonly Member<Wanted>[],
  ): Promise<NotEvaluated | ((mine: OwnSeries) => SamplesAnswer)> => {
    const lookMs = Math.max(...members.map(({ item }) => item.lookMs));
    const text = unionText(members.map(({ selector }) => selector));
    const value = await evaluator.at(`${text}[${promDuration(lookMs)}]`, nowMs, signal);
    if (value.kind === 'notEvaluated') return value;
    const { warnings } = value;
    return (mine) =>
      samplesAnswer(mine(value.series), { fromMs: nowMs - lookMs, evaluatedMs: nowMs, warnings });
  };
  return {
    together: async (members) => {
      const value = await scrapedOf(members);
      if (typeof value === 'function') {
        return ({ selector }) => value((series) => belongingTo(selector, series));
      }
      return value.isOfQuery ? undefined : () => value.failure;
    },
    alone: async (member) => {
      const value = await scrapedOf([member]);
      return typeof value === 'function' ? value((series) => series) : value.failure;
    },
  };
}

/** Picks one member's series. */
type OwnSeries = (series: readonly SampledSeries[]) => readonly SampledSeries[];

function samplesAnswer(
  series: readonly SampledSeries[],
  about: { readonly fromMs: number; readonly evaluatedMs: number; readonly warnings: readonly string[] },
): SamplesAnswer {
  const { fromMs, evaluatedMs } = about;
  if (series.length === 0) return { kind: 'empty', fromMs, evaluatedMs };
  return { kind: 'series', series, scraped: true, ...about };
}

/** A computed value is one sample, of the moment it was computed for. */
function asSamples(answer: VectorAnswer): SamplesAnswer {
  if (answer.kind === 'failed') return answer;
  const fromMs = answer.evaluatedMs - FIRST_LOOK_MS;
  if (answer.kind === 'empty') return { ...answer, fromMs };
  const series = answer.series.map(({ labels, ...sample }) => ({ labels, samples: [sample] }));
  return { ...answer, series, fromMs, scraped: false };
}
