// bench: engine decisions a second of one core
import { advance } from '../src/engine/advance.ts';
import type { Observation } from '../src/engine/observation.ts';
import { NEW_STATUS, type Reading, type Status } from '../src/engine/status.ts';
import { aRollout } from '../test/engine/rollouts.ts';
import { revision } from '../test/engine/world.ts';

/** Decisions a second of one core: a release in an analysing step with two checks, and a Rollout at rest. */
const OLD = revision(0);
const NEW = revision(5);
const rollout = aRollout({ analysis: { ...aRollout().analysis!, warmUpMs: 0 } });
const groups = [OLD, NEW].map((id) => ({ revision: id, running: 3, ready: 3 }));

/** Both tracks with 70 latency buckets in use. */
function reading(tick: number): Reading {
  const latency = Array.from({ length: 70 }, (_, index) => [150 + index, tick * (1 + (index % 5))] as const);
  const counters = { requests: 210 * tick, errors: Math.floor(tick / 10), latency };
  return {
    epoch: 'bench',
    at: tick * 1_000,
    series: [
      { track: 'stable', revision: OLD, counters },
      { track: 'canary', revision: NEW, counters },
    ],
  };
}

/** Brings a release into its first analysing step. */
function inAnalysis(): { status: Status; seen: Observation } {
  let status: Status = { ...NEW_STATUS, stable: OLD };
  let seen: Observation = { groups, wanted: { revision: NEW, mode: 'strategy' }, route: { parts: [] } };
  while (status.release?.stage !== 'wait') {
    const decision = advance(rollout, status, seen, 0);
    status = decision.status;
    seen = { ...seen, ...(decision.desired.route === undefined ? {} : { route: decision.desired.route }) };
  }
  return { status, seen };
}

function perSecond(name: string, once: (round: number) => void): void {
  for (let round = 0; round < 200; round += 1) once(round);
  const rounds = 5_000;
  const start = performance.now();
  for (let round = 0; round < rounds; round += 1) once(200 + round);
  const microseconds = ((performance.now() - start) * 1_000) / rounds;
  console.log(
    `${name.padEnd(42)} ${microseconds.toFixed(1).padStart(8)} µs  ${Math.round(1e6 / microseconds)} per second`,
  );
}

const { status: analysing, seen } = inAnalysis();
let status = analysing;
perSecond('a release in analysis, two checks, 70 buckets', (round) => {
  // Kept in the step: the time of the step does not pass.
  const decision = advance(rollout, status, { ...seen, reading: reading(round + 1) }, 0);
  status = decision.status;
});
const atRest: Status = { ...NEW_STATUS, stable: OLD };
const resting: Observation = { groups, wanted: { revision: OLD, mode: 'strategy' } };
perSecond('a Rollout at rest', () => void advance(rollout, atRest, resting, 0));
console.log(`status in analysis: ${JSON.stringify(status).length} bytes of JSON, the last reading included`);
