// bench: a day of 1,000 Rollouts with three releases each, in virtual time
import { logNormalLatency } from '../src/analysis/power/traffic.ts';
import type { RevisionId, Rollout } from '../src/rollout/model.ts';
import { resolveRollout } from '../src/rollout/resolve/rollout.ts';
import { USUAL_CIRCUMSTANCES } from '../src/simulate/scenario/circumstances.ts';
import type { Act, Scenario, Subject, Version } from '../src/simulate/scenario/model.ts';
import { simulate } from '../src/simulate/simulation.ts';
import { randomFrom } from '../src/simulate/random.ts';

const ROLLOUTS = Number(process.argv[2] ?? 1_000);
/** As seldom as the controller itself looks at a step that has lasted for hours. */
const LOOK_EVERY_MS = Number(process.argv[3] ?? 30_000);
const DAY_MS = 86_400_000;
const RELEASES = 3;

/** The example of a web service that the grammar gives. */
function webService(name: string): Rollout {
  return resolveRollout({
    metadata: { name },
    spec: {
      workload: { process: { from: '.', command: ['node', 'server.js'], replicas: 3, ready: { http: '/' } } },
      traffic: { gateway: { host: `${name}.example.com` } },
      strategy: { canary: { weights: ['1%', '5%', '25%', '50%'] } },
      analysis: {
        checks: [
          { name: 'errors', errors: {}, worseBy: '50%', safe: '2x', floor: '0.2%' },
          { name: 'latency', latency: {}, worseBy: '3%' },
        ],
      },
    },
  });
}

const usual = {
  errorRatio: 0.001,
  latency: logNormalLatency(80, 300),
  startUpMs: 2_000,
  conversionRatio: 0.05,
};
const KINDS: readonly (readonly [kind: string, answers: Partial<Version>])[] = [
  ['good', {}],
  ['better', { errorRatio: 0.0005 }],
  ['failing', { errorRatio: 0.05 }],
  ['slow', { latency: logNormalLatency(104, 390) }],
];

const chance = randomFrom(1);

/** Every release is of a version of its own, good or bad by chance, at some moment of its part of the day. */
function subject(index: number): Subject {
  const versions = Array.from({ length: RELEASES }, (_, nth): Version => {
    const [kind, answers] = KINDS[Math.floor(chance.fraction() * KINDS.length)]!;
    return { ...usual, ...answers, name: `${kind}-${nth + 1}` as RevisionId };
  });
  const acts = versions.map(({ name }, nth): Act => {
    const atMs = Math.floor(((nth + chance.fraction()) * DAY_MS) / RELEASES);
    return { atMs, kind: 'release', version: name };
  });
  const shape = { kind: 'diurnal', least: 20, most: 200, peakAtMs: chance.fraction() * DAY_MS } as const;
  return {
    rollout: webService(`shop-${index}`),
    load: { shape, bursts: [] },
    versions: [{ ...usual, name: 'v1' as RevisionId }, ...versions],
    faults: [],
    outages: [],
    ...USUAL_CIRCUMSTANCES,
    acts,
  };
}

const scenario: Scenario = {
  seed: 1,
  untilMs: DAY_MS,
  lookEveryMs: LOOK_EVERY_MS,
  subjects: Array.from({ length: ROLLOUTS }, (_, index) => subject(index)),
  notes: [],
};
const before = process.cpuUsage();
const { looks, rollouts } = await simulate(scenario, { hasTimeline: false });
const { user, system } = process.cpuUsage(before);
const releases = rollouts.flatMap((one) => one.releases);
const outcomes = new Map<string, number>();
for (const { to, outcome } of releases) {
  const words = `${to.replace(/-.*/, '')} ${outcome}`;
  outcomes.set(words, (outcomes.get(words) ?? 0) + 1);
}
const requests = rollouts
  .flatMap((one) => Object.values(one.versions))
  .reduce((sum, one) => sum + one.requests, 0);
console.log(
  `${ROLLOUTS} Rollouts, ${releases.length} releases, ${requests.toLocaleString('en')} requests, ${looks.toLocaleString('en')} looks`,
);
console.log(
  [...outcomes]
    .sort()
    .map(([words, count]) => `${words}: ${count}`)
    .join('; '),
);
console.log(
  `${((user + system) / 1e6).toFixed(1)} s of CPU; ${((user + system) / looks).toFixed(0)} µs a look; ${(process.memoryUsage().rss / 1e6).toFixed(0)} MB`,
);
