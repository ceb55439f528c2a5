import { describe, expect, test } from 'vitest';
import type { CheckReading } from '../analysis/measurement.ts';
import type { MetricsPort, MetricsQuestion } from '../controller/ports.ts';
import type { Reading } from '../engine/status.ts';
import { joinedMetrics } from './joined.ts';

const signal = new AbortController().signal;
const QUESTION: MetricsQuestion = {
  at: 1_000,
  checks: [{ name: 'errors', metric: { kind: 'errors' }, judge: { kind: 'slo', budget: 0.01 }, weight: 1 }],
};
const COUNTED: Reading = { epoch: 'g1', at: 1_005, series: [] };
const AWAY: CheckReading = { kind: 'missing', reason: 'it is away' };
const LAG: CheckReading = { kind: 'gauge', candidate: { '': 1 }, control: {} };

function dataPlane(reading: Reading | undefined): MetricsPort {
  return { read: () => Promise.resolve(reading) };
}

describe('one reading of data plane and sources', () => {
  test('has what both say, check by check', async () => {
    const metrics = joinedMetrics(dataPlane(COUNTED), [
      () => Promise.resolve({ lag: LAG }),
      () => Promise.resolve({ jobs: AWAY }),
    ]);
    expect(await metrics.read(QUESTION, signal)).toEqual({ ...COUNTED, measured: { lag: LAG, jobs: AWAY } });
  });

  test('is that of the data plane where nothing is measured besides', async () => {
    const metrics = joinedMetrics(dataPlane(COUNTED), [() => Promise.resolve({})]);
    expect(await metrics.read(QUESTION, signal)).toBe(COUNTED);
  });

  test('is absent while the data plane does not answer', async () => {
    const metrics = joinedMetrics(dataPlane(undefined), [() => Promise.resolve({ lag: LAG })]);
    expect(await metrics.read(QUESTION, signal)).toBeUndefined();
  });

  test('is of the moment of asking where there is no data plane, for ever in one epoch', async () => {
    const metrics = joinedMetrics(undefined, [() => Promise.resolve({ lag: LAG })]);
    const [first, second] = [await metrics.read(QUESTION, signal), await metrics.read(QUESTION, signal)];
    expect(first).toMatchObject({ at: 1_000, series: [], measured: { lag: LAG } });
    expect(second?.epoch).toBe(first?.epoch);
  });
});
