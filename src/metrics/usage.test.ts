import { expect, test } from 'vitest';
import type { MetricsQuestion } from '../controller/ports.ts';
import type { Check, Metric, RevisionId } from '../rollout/model.ts';
import type { RolloutUsage } from '../supervisor/usage.ts';
import { usageReadings } from './usage.ts';

const [stable, canary, other] = ['r1-a', 'r1-b', 'r1-c'] as RevisionId[] as [
  RevisionId,
  RevisionId,
  RevisionId,
];

const USAGE: RolloutUsage = {
  epoch: 'e1',
  instances: [
    { instance: 'one', revision: stable, rssBytes: 100, cores: 0.5 },
    { instance: 'two', revision: stable, rssBytes: 110 },
    { instance: 'three', revision: canary, rssBytes: 300, cores: 1.5 },
    { instance: 'four', revision: other, rssBytes: 900, cores: 4 },
  ],
  counts: [
    { revision: stable, processMs: 90_000, restarts: 1 },
    { revision: canary, processMs: 20_000, restarts: 3 },
  ],
};

function checkOf(name: string, metric: Metric): Check {
  return { name, metric, judge: { kind: 'sequential', worseBy: 0.1 }, weight: 1 };
}

const CHECKS = [
  checkOf('errors', { kind: 'errors' }),
  checkOf('memory', { kind: 'usage', of: 'memory' }),
  checkOf('load', { kind: 'usage', of: 'cpu' }),
  checkOf('crashes', { kind: 'usage', of: 'restarts' }),
];

function read(question: Partial<MetricsQuestion>, usage: () => Promise<RolloutUsage>) {
  const asked: string[] = [];
  const readings = usageReadings('shop', {
    usage: (rollout) => {
      asked.push(rollout);
      return usage();
    },
  });
  const { signal } = new AbortController();
  return { asked, readings: readings({ at: 7_000, checks: CHECKS, ...question }, signal) };
}

test('values are by process, restarts are counts beside the time of processes, other checks are not ours', async () => {
  const { asked, readings } = read({ candidate: canary, control: stable }, () => Promise.resolve(USAGE));
  expect(await readings).toEqual({
    memory: { kind: 'gauge', candidate: { three: 300 }, control: { one: 100, two: 110 } },
    load: { kind: 'gauge', candidate: { three: 1.5 }, control: { one: 0.5 } },
    crashes: {
      kind: 'counts',
      epoch: 'e1',
      toMs: 7_000,
      candidate: { trials: 20_000, events: 3 },
      control: { trials: 90_000, events: 1 },
    },
  });
  expect(asked).toEqual(['shop']);
});

test('several variants are measured together', async () => {
  const variants = { 'variant:red': canary, 'variant:green': other };
  const usage = {
    ...USAGE,
    counts: [...USAGE.counts, { revision: other, processMs: 10_000, restarts: 1 }],
  };
  const { readings } = read({ candidate: canary, control: stable, variants }, () => Promise.resolve(usage));
  expect(await readings).toMatchObject({
    memory: { candidate: { three: 300, four: 900 }, control: { one: 100, two: 110 } },
    crashes: { candidate: { trials: 30_000, events: 4 }, control: { trials: 90_000, events: 1 } },
  });
});

test('nothing is measured when no check asks for it', async () => {
  const { asked, readings } = read({ checks: CHECKS.slice(0, 1) }, () => Promise.resolve(USAGE));
  expect(await readings).toEqual({});
  expect(asked).toEqual([]);
});

test('a track that has no revision, or no processes, has no values', async () => {
  const { readings } = read({ candidate: 'r1-z' as RevisionId }, () => Promise.resolve(USAGE));
  expect(await readings).toMatchObject({
    memory: { candidate: {}, control: {} },
    crashes: { candidate: { trials: 0, events: 0 }, control: { trials: 0, events: 0 } },
  });
});

test('what cannot be read is missing, with the reason', async () => {
  const { readings } = read({}, () => Promise.reject(new Error('EMFILE: too many open files')));
  const missing = {
    kind: 'missing',
    reason: 'what the processes use cannot be read: EMFILE: too many open files',
  };
  expect(await readings).toEqual({ memory: missing, load: missing, crashes: missing });
});

test('beside a baseline the copy is compared with, and not the other processes of its revision', async () => {
  const usage: RolloutUsage = {
    ...USAGE,
    instances: [...USAGE.instances, { instance: 'copy', revision: stable, copy: 'baseline', rssBytes: 120 }],
    counts: [...USAGE.counts, { revision: stable, copy: 'baseline', processMs: 10_000, restarts: 2 }],
  };
  const question = { candidate: canary, control: stable, controlTrack: 'baseline' } as const;
  expect(await read(question, () => Promise.resolve(usage)).readings).toMatchObject({
    memory: { candidate: { three: 300 }, control: { copy: 120 } },
    crashes: { control: { trials: 10_000, events: 2 } },
  });
});
