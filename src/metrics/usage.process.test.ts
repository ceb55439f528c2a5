import { afterEach, beforeEach, expect, it } from 'vitest';
import { analysisOf, sequential } from '../../test/analysis/ticks.ts';
import { addTick, beginStep, judge, startEvidence } from '../analysis/evidence.ts';
import type { Judgement } from '../analysis/judgement.ts';
import { NO_REQUESTS, type CheckReading, type Sample } from '../analysis/measurement.ts';
import { sampleBetween } from '../analysis/sample.ts';
import type { RevisionId } from '../rollout/model.ts';
import type { Supervisor } from '../supervisor/supervisor.ts';
import { ask, createWorkbench, serviceSettings, type Workbench } from '../supervisor/testing/workbench.ts';
import { usageReadings } from './usage.ts';

let bench: Workbench;
let supervisor: Supervisor;
const canary = { rollout: 'shop', revision: 'r1-b' as RevisionId };

const analysis = analysisOf(
  sequential({ kind: 'usage', of: 'memory' }, { worseBy: 0.2 }, { name: 'memory' }),
  sequential({ kind: 'usage', of: 'restarts' }, { worseBy: 0.5 }, { name: 'restarts' }),
);

beforeEach(async () => {
  bench = await createWorkbench();
  supervisor = await bench.open();
  await supervisor.adopt();
  supervisor.setSize(bench.key, 2, serviceSettings());
  supervisor.setSize(canary, 1, serviceSettings());
  await expect
    .poll(() => supervisor.endpoints(bench.key).length + supervisor.endpoints(canary).length, {
      timeout: 30_000,
    })
    .toBe(3);
});
afterEach(() => bench.tidy());

/** What is judged of at most `looks` real measurements, each said to be ten seconds after the one before. */
async function judged(looks: number, before: (look: number) => Promise<unknown>): Promise<Judgement> {
  const read = usageReadings('shop', supervisor);
  let evidence = beginStep(analysis, startEvidence(analysis, 1));
  let earlier: Readonly<Record<string, CheckReading>> = {};
  for (let look = 0; look < looks; look += 1) {
    await before(look);
    const question = { checks: analysis.checks, candidate: canary.revision, control: bench.key.revision };
    const later = await read({ ...question, at: look * 10_000 }, AbortSignal.timeout(5_000));
    const measured: Record<string, Sample> = {};
    for (const [name, reading] of Object.entries(later)) {
      const sample = sampleBetween(earlier[name], reading, { sinceMs: 0, candidate: 0.5, control: 0.5 });
      if (sample !== undefined) measured[name] = sample;
    }
    evidence = addTick(analysis, evidence, {
      ms: 10_000,
      candidate: NO_REQUESTS,
      control: NO_REQUESTS,
      measured,
    });
    earlier = later;
    if (judge(analysis, evidence).verdict === 'bad') break;
  }
  return judge(analysis, evidence);
}

it('lets a version pass that uses what the one before it does', async () => {
  const { verdict, checks } = await judged(60, () => Promise.resolve());
  expect(verdict).toBe('undecided');
  expect(checks[0]).toMatchObject({ samples: 1, verdict: 'undecided' });
});

it('stops a version whose processes hold on to memory', async () => {
  const [port] = supervisor.endpoints(canary).map((one) => one.port);
  const leak = (look: number) => (look < 20 ? ask(port, '/leak?15000000') : Promise.resolve());
  const { verdict, reason } = await judged(60, leak);
  expect(verdict).toBe('bad');
  expect(reason).toMatch(
    /^memory: \d+ MB on average over 1 process of the canary against \d+(\.\d)? MB over 2/,
  );
});

it('stops a version whose processes crash', async () => {
  const crash = async (look: number): Promise<void> => {
    if (look % 3 > 0) return;
    await expect.poll(() => supervisor.endpoints(canary).length, { timeout: 20_000 }).toBe(1);
    await ask(supervisor.endpoints(canary)[0]?.port, '/crash');
    await expect.poll(() => supervisor.endpoints(canary).length, { timeout: 20_000 }).toBe(0);
  };
  const { verdict, reason } = await judged(40, crash);
  expect(verdict).toBe('bad');
  expect(reason).toMatch(/^restarts: \d+ restarts of the canary, .* an hour and process, against 0 /);
});
