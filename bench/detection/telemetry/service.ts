import type { Random } from '../../random.ts';
import { ArmCounts, bucketsIn, drawSecond, firstNoise, nextNoise } from '../../traces.ts';
import { bucketOf } from '../../../src/analysis/measurement.ts';
import { accessLog, llmRequests } from '../scenarios/recordings.ts';
import type { ReplayScenario, Scenario, SyntheticScenario } from '../scenarios/scenario.ts';

/** What the arms did in one second. In a replay the baseline is stable itself. */
export interface SecondCounts {
  readonly candidate: ArmCounts;
  readonly baseline: ArmCounts;
  readonly stable: ArmCounts;
}

/** A running service: each call is one second. The counts are the same objects each time. */
export type Service = () => SecondCounts;

/** The service of a scenario, with chance from `random`. */
export function serviceOf(scenario: Scenario, random: Random): Service {
  return scenario.kind === 'synthetic' ? synthetic(scenario, random) : replayed(scenario, random);
}

function synthetic({ stateAt }: SyntheticScenario, random: Random): Service {
  const counts = { candidate: new ArmCounts(), baseline: new ArmCounts(), stable: new ArmCounts() };
  let noise = firstNoise(random);
  let second = 0;
  return () => {
    noise = nextNoise(noise, random);
    const state = stateAt(second, noise);
    for (const arm of ['candidate', 'baseline', 'stable'] as const) {
      counts[arm].clear();
      drawSecond(counts[arm], state[arm], random);
    }
    second += 1;
    return counts;
  };
}

/** Plays the record in a circle from a place chosen by chance. */
function replayed({ recording, change }: ReplayScenario, random: Random): Service {
  const { requests, seconds } = recording === 'llm' ? llmRequests() : accessLog();
  const candidate = new ArmCounts();
  const stable = new ArmCounts();
  const counts = { candidate, baseline: stable, stable };
  const shift = bucketsIn(change.slowness);
  let second = Math.floor(random.next() * seconds);
  let next = requests.findIndex((request) => request.second >= second);
  return () => {
    candidate.clear();
    stable.clear();
    if (second >= seconds) [second, next] = [0, 0];
    for (; next < requests.length && requests[next]!.second === second; next += 1) {
      const { ms, isError } = requests[next]!;
      // Recorded times are whole multiples of a token's: spread within 2 %, as clocks would.
      const bucket = bucketOf(ms * (0.99 + 0.02 * random.next()));
      const isCandidate = random.next() < 0.5;
      const arm = isCandidate ? candidate : stable;
      const added = isCandidate && random.next() < change.addedErrorRate;
      arm.count(isCandidate ? Math.round(bucket + shift) : bucket);
      if (isError || added) arm.errors += 1;
    }
    second += 1;
    return counts;
  };
}
