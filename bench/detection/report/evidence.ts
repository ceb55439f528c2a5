import { KayentaRecord } from '../deciders/kayenta-record.ts';
import { TOOLS } from '../deciders/table.ts';
import { seededRandom } from '../run.ts';
import { mishapsOf } from '../telemetry/faulty.ts';
import { serviceOf } from '../telemetry/service.ts';
import { TickFeeds } from '../telemetry/ticks.ts';
import { scenarioOf } from '../scenarios/table.ts';

/** The log evidence of harm of one release, by second, until it is stopped. */
export function evidenceOf(
  id: string,
  seed: number,
  seconds: number,
): readonly (readonly [second: number, logE: number])[] {
  const scenario = scenarioOf(id);
  const random = seededRandom(id, seed);
  const mishaps = mishapsOf(scenario.telemetry, random);
  const service = serviceOf(scenario, random);
  const points: [number, number][] = [];
  const context = { ticks: new TickFeeds(mishaps), faultFrom: 0, kayenta: new KayentaRecord() };
  const decider = TOOLS[0]!.start(context, (second, logE) => points.push([second + 1, logE]));
  for (let second = 0; second < seconds; second += 1) {
    if (decider.see(second, service(), undefined) !== undefined) break;
  }
  return points;
}
