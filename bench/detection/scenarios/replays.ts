import { llmRequests, accessLog } from './recordings.ts';
import type { ReplayScenario } from './scenario.ts';

interface Words {
  readonly id: string;
  readonly title: string;
  readonly slowness?: number;
  readonly addedErrorRate?: number;
}

function replay(
  recording: ReplayScenario['recording'],
  { id, title, slowness = 1, addedErrorRate = 0 }: Words,
): ReplayScenario {
  const { requests, seconds } = recording === 'llm' ? llmRequests() : accessLog();
  const isGood = slowness === 1 && addedErrorRate === 0;
  const harmedShare = (): number => (slowness > 1 ? 1 : addedErrorRate);
  return {
    kind: 'replay',
    id,
    title,
    recording,
    change: { slowness, addedErrorRate },
    canaryPerSecond: requests.length / seconds / 2,
    ...(isGood ? {} : { fault: { from: 0, harmedShare } }),
  };
}

/** Recorded requests, each sent to the canary or to stable by a coin; the canary's are made worse, or not. */
export function replays(): readonly ReplayScenario[] {
  return [
    replay('llm', { id: 'llm', title: 'Azure LLM requests, random halves' }),
    replay('access', { id: 'access', title: 'Apache access log, random halves' }),
    replay('llm', { id: 'llm-latency-10', title: 'Azure LLM, latency × 1.10', slowness: 1.1 }),
    replay('llm', { id: 'llm-latency-30', title: 'Azure LLM, latency × 1.30', slowness: 1.3 }),
    replay('llm', { id: 'llm-errors-1', title: 'Azure LLM, failures +1 pp', addedErrorRate: 0.01 }),
    replay('llm', { id: 'llm-errors-5', title: 'Azure LLM, failures +5 pp', addedErrorRate: 0.05 }),
    replay('access', { id: 'access-errors-5', title: 'Apache log, failures +5 pp', addedErrorRate: 0.05 }),
  ];
}
