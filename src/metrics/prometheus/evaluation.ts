import type { AskingFailed, SampledSeries, Span } from './answer.ts';
import type { PrometheusApi } from './api.ts';
import type { ApiAnswer, ApiData, ApiFailure } from './envelope.ts';
import { writeMoment } from './numbers.ts';
import { readScalar, readSeries } from './results.ts';
import type { ServerClock } from './server-clock.ts';

/** The kinds of value an expression can have. */
export type ResultType = 'vector' | 'matrix' | 'scalar' | 'string';

/** What an expression came to. */
export interface Evaluated {
  readonly kind: 'evaluated';
  readonly type: ResultType;
  readonly series: readonly SampledSeries[];
  readonly warnings: readonly string[];
}

/** Why there is no value. */
export interface NotEvaluated {
  readonly kind: 'notEvaluated';
  readonly failure: AskingFailed;
  /** True: parts of the same question may well be answered. */
  readonly isOfQuery: boolean;
}

/** Computes expressions on one server. */
export interface Evaluator {
  /** The server's time, in milliseconds since 1970. */
  now(signal: AbortSignal): Promise<number | NotEvaluated>;
  /** The value of `query` at a moment of the server's. */
  at(query: string, atMs: number, signal: AbortSignal): Promise<Evaluated | NotEvaluated>;
  /** The values of `query` over a stretch of time that is not too long for the server. */
  over(query: string, span: Span, signal: AbortSignal): Promise<Evaluated | NotEvaluated>;
}

/** Computes expressions on the server behind `api`, called `name` in messages. */
export function evaluator(name: string, api: PrometheusApi, clock: ServerClock): Evaluator {
  const read = (answer: ApiAnswer): Evaluated | NotEvaluated =>
    answer.kind === 'failed' ? notEvaluated(name, answer) : evaluated(name, answer);
  const query = (parameters: Readonly<Record<string, string>>, signal: AbortSignal): Promise<ApiAnswer> =>
    api.call({ endpoint: 'query', parameters }, signal);
  return {
    now: async (signal) => {
      const time = await clock(async () => timeIn(await query({ query: 'time()' }, signal)));
      return typeof time === 'number' ? time : notEvaluated(name, time);
    },
    at: async (text, atMs, signal) => read(await query({ query: text, time: writeMoment(atMs) }, signal)),
    over: async (text, { startMs, endMs, stepMs }, signal) => {
      const step = String(stepMs / 1_000);
      const parameters = { query: text, start: writeMoment(startMs), end: writeMoment(endMs), step };
      return read(await api.call({ endpoint: 'query_range', parameters }, signal));
    },
  };
}

function timeIn(answer: ApiAnswer): number | ApiFailure {
  if (answer.kind === 'failed') return answer;
  const sample = readScalar(answer.result)?.[0]?.samples[0];
  return sample?.atMs ?? NOT_UNDERSTOOD;
}

const NOT_UNDERSTOOD: ApiFailure = {
  kind: 'failed',
  fault: 'source',
  reason: 'it answered in a form that is not understood',
  hint: 'Check `address`: is it a server with the Prometheus API?',
};

function evaluated(name: string, { resultType, result, warnings }: ApiData): Evaluated | NotEvaluated {
  const answer = { kind: 'evaluated', warnings } as const;
  if (resultType === 'string') return { ...answer, type: 'string', series: [] };
  const type = resultType === 'scalar' || resultType === 'matrix' ? resultType : 'vector';
  const series = type === 'scalar' ? readScalar(result) : readSeries(result);
  return series === undefined ? notEvaluated(name, NOT_UNDERSTOOD) : { ...answer, type, series };
}

function notEvaluated(name: string, { fault, reason, hint, errorType }: ApiFailure): NotEvaluated {
  const said = fault === 'source' ? `source ${name}: ${reason}` : reason;
  return {
    kind: 'notEvaluated',
    failure: { kind: 'failed', fault, reason: said, ...(hint === undefined ? {} : { hint }) },
    isOfQuery: fault === 'query' || errorType === 'timeout',
  };
}
