import type { MetricSource, QueryAnswer } from './answer.ts';
import { prometheusApi } from './api.ts';
import { evaluator } from './evaluation.ts';
import { gathering, type AskAll } from './gather.ts';
import { lastSeen, type LastSeen } from './last-seen.ts';
import { askRange } from './range.ts';
import { samplesAsker } from './samples.ts';
import { withScrapeTimes } from './scrape-times.ts';
import { serverClock } from './server-clock.ts';
import type { PrometheusSettings } from './settings.ts';
import { vectorsAsker, type VectorAnswer } from './vectors.ts';

const GATHER_MS = 100;
/** Questions about the past follow answers, which come together anyway. */
const GATHER_AGAIN_MS = 5;

/**
 * A server with the Prometheus API as a source of metrics. Connects when it is first asked. Throws Failure when the
 * settings cannot be used.
 */
export function prometheusSource(settings: PrometheusSettings): MetricSource {
  const api = prometheusApi(settings);
  const clock = serverClock({ steadyMs: () => performance.now(), wallMs: () => Date.now() });
  const server = evaluator(settings.name, api, clock);
  const gatherMs = settings.gatherMs ?? GATHER_MS;
  const askVectors = vectorsAsker(server);
  const seen = lastSeen(gathering(askVectors, GATHER_AGAIN_MS));
  return {
    instant: gathering(instantAsker(withScrapeTimes(askVectors), seen), gatherMs),
    samples: gathering(samplesAsker(server, askVectors), gatherMs),
    range: (query, span, signal) => askRange(server, query, { span, signal }),
    close: () => api.close(),
  };
}

function instantAsker(askVectors: AskAll<string, VectorAnswer>, seen: LastSeen): AskAll<string, QueryAnswer> {
  return (queries, signal) => {
    const answerFor = askVectors(queries, signal);
    return async (query) => seen.refine(query, await answerFor(query), signal);
  };
}
