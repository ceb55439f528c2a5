import type { SimulationResult } from '../../simulate/result.ts';
import { simulate } from '../../simulate/simulation.ts';
import type { Trial } from '../../simulate/two-versions.ts';
import { INTERRUPTED } from '../io.ts';
import { simulationAnswer, simulationLines, type Tried } from '../output/simulation.ts';
import type { Session } from '../session.ts';
import { Progress } from './progress.ts';

/** More Rollouts than these are not followed one by one. */
const MOST_FOLLOWED = 5;

/** Runs every trial as often as asked for, and prints what came of it. */
export async function runTrials(
  session: Session,
  { runs }: { readonly runs: number },
  trials: readonly Trial[],
): Promise<number> {
  const tried: Tried[] = [];
  try {
    for (const trial of trials) tried.push({ trial, results: await resultsOf(session, trial, runs) });
  } catch (thrown) {
    if (!session.io.interrupted.aborted) throw thrown;
    session.remark('interrupted: nothing to show');
    return INTERRUPTED;
  }
  await session.print(simulationAnswer(tried), () => simulationLines(tried, session.paint));
  return 0;
}

async function resultsOf(
  session: Session,
  { name, scenario }: Trial,
  runs: number,
): Promise<readonly SimulationResult[]> {
  const results: SimulationResult[] = [];
  const hasTimeline = runs === 1 && (session.format !== 'table' || scenario.subjects.length <= MOST_FOLLOWED);
  const progress = new Progress(session, name);
  for (let run = 0; run < runs; run += 1) {
    const result = await simulate(scenario, {
      seed: scenario.seed + run,
      hasTimeline,
      signal: session.io.interrupted,
      onProgress: (atMs) => {
        progress.at(runs === 1 ? { atMs } : { atMs, run: run + 1, runs });
      },
    });
    results.push(result);
  }
  return results;
}
