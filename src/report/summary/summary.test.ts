import { describe, expect, it } from 'vitest';
import { upperBoundOf } from '../../analysis/measurement.ts';
import { fractionOfLimit } from '../../analysis/strength.ts';
import { aRecording, aRecordingOfVariants, ANALYSIS, lasting } from '../testing/recordings.ts';
import type { Recording } from '../recording.ts';
import { summaryOf } from './summary.ts';

/** Each latency that was counted, one by one. */
function latencies({ ticks }: Recording, of: 'candidate' | 'control'): readonly number[] {
  return ticks
    .flatMap(({ tick }) => tick[of].latency)
    .flatMap(([index, count]) => Array.from({ length: count }, () => upperBoundOf(index)))
    .sort((a, b) => a - b);
}

describe.each(['good', 'failing'] as const)('what a report computes of a %s release', (kind) => {
  const recording = aRecording(kind);
  const summary = summaryOf(recording);

  it('is how many requests there were and how many failed, in all and in each step', () => {
    const counted = (step?: number) => {
      const ticks = recording.ticks.filter((one) => step === undefined || one.step === step);
      const sum = (of: 'candidate' | 'control', what: 'requests' | 'errors'): number =>
        ticks.map(({ tick }) => tick[of][what]).reduce((a, b) => a + b, 0);
      return {
        candidate: { requests: sum('candidate', 'requests'), errors: sum('candidate', 'errors') },
        control: { requests: sum('control', 'requests'), errors: sum('control', 'errors') },
      };
    };
    expect(summary.served).toEqual(counted());
    for (const [index, step] of summary.steps.entries()) expect(step).toMatchObject(counted(index));
    expect(summary.measuredMs).toBe(recording.ticks.reduce((sum, { tick }) => sum + tick.ms, 0));
  });

  it('is how long answers took: each quantile is one that so many requests kept', () => {
    const [theirs, ours] = [latencies(recording, 'candidate'), latencies(recording, 'control')];
    const at = (all: readonly number[], q: number): number | undefined => all[Math.ceil(q * all.length) - 1];
    expect(summary.latency).toEqual({
      candidate: {
        requests: theirs.length,
        p50Ms: at(theirs, 0.5),
        p90Ms: at(theirs, 0.9),
        p99Ms: at(theirs, 0.99),
        p999Ms: at(theirs, 0.999),
      },
      control: {
        requests: ours.length,
        p50Ms: at(ours, 0.5),
        p90Ms: at(ours, 0.9),
        p99Ms: at(ours, 0.99),
        p999Ms: at(ours, 0.999),
      },
    });
  });

  it('is whom it harmed: failures beyond those of as many requests of the other version', () => {
    const beyond = summary.steps
      .filter(({ candidate, control }) => candidate.requests > 0 && control.requests > 0)
      .map(
        ({ candidate, control }) =>
          candidate.errors - (candidate.requests * control.errors) / control.requests,
      )
      .reduce((a, b) => a + b, 0);
    expect(summary.failed?.requests).toBeCloseTo(Math.max(0, beyond));
    expect(summary.failed?.low).toBeLessThanOrEqual(summary.failed?.requests ?? 0);
  });

  it('is what each check said last, by its declared limit, and how large its evidence grew', () => {
    const last = recording.ticks.at(-1)?.judgement;
    expect(summary.verdict).toBe(last?.verdict);
    expect(summary.checks.map(({ name, verdict }) => [name, verdict])).toEqual(
      last?.checks.map(({ name, verdict }) => [name, verdict]),
    );
    const errors = summary.checks.find(({ name }) => name === 'errors');
    const strengths = recording.ticks.flatMap(({ judgement }) => judgement?.checks[0]?.harm ?? []);
    expect(errors?.harm).toBe(Math.max(...strengths.map(fractionOfLimit)));
    expect(errors?.limit).toEqual({ above: 1.5, safe: 2 });
    expect(summary.checks.find(({ name }) => name === 'limit')?.limit).toEqual({ max: 2_000 });
  });

  it('is what was not excluded: the upper end of the interval, unless harm was found', () => {
    const last = recording.ticks.at(-1)?.judgement?.checks[0];
    const missed = summary.checks[0]?.missed;
    if (kind === 'failing') expect(missed).toBeUndefined();
    else expect(missed).toEqual({ of: 'error ratio', ratio: last?.effect?.high });
  });

  it('is the same when it comes back from JSON', () => {
    expect(summaryOf(JSON.parse(JSON.stringify(recording)) as Recording)).toEqual(summary);
  });
});

describe('what a report computes', () => {
  const good = aRecording('good');

  it('knows no limit of a check that is judged otherwise now', () => {
    const release = { ...good.release, settings: { errors: 'others', latency: 'others', limit: 'others' } };
    for (const check of summaryOf({ ...good, release }).checks) expect(check.limit).toBeUndefined();
    expect(ANALYSIS['checks']).toHaveLength(3);
  });

  it('has what each of several variants served, which is together what all have', () => {
    const { served, latency, variantsServed } = summaryOf(aRecordingOfVariants());
    const sum = (of: 'requests' | 'errors') => variantsServed.reduce((all, one) => all + one[of], 0);
    expect(variantsServed.map(({ variant }) => variant)).toEqual(['variant:green', 'variant:red']);
    expect({ requests: sum('requests'), errors: sum('errors') }).toEqual(served?.candidate);
    const [green, red] = variantsServed;
    expect(green?.latency).toEqual(latency?.control);
    expect((red?.errors ?? 0) / (red?.requests ?? 1)).toBeGreaterThan(0.02);
    expect(summaryOf(good).variantsServed).toEqual([]);
  });

  it('takes nothing that became of copies for harm', () => {
    const failing = aRecording('failing');
    const copied = (many: number): Recording => ({
      ...failing,
      steps: failing.steps.map((step, index) =>
        index < many ? { ...step, weights: { stable: 1 }, copies: 0.2 } : step,
      ),
    });
    const [none, all] = [summaryOf(copied(0)), summaryOf(copied(failing.steps.length))];
    expect(none.failed?.requests).toBeGreaterThan(0);
    expect(none.copied).toBeUndefined();
    expect(all).toMatchObject({ served: none.served, latency: none.latency });
    expect(all.copied).toBe(none.served?.candidate.requests);
    expect([all.failed, all.slowed]).toEqual([undefined, undefined]);
    const [first] = none.steps.keys();
    const rest = { ...failing, ticks: failing.ticks.filter(({ step }) => step !== first) };
    const [some, later] = [summaryOf(copied(1)), summaryOf(rest)];
    expect([some.failed, some.slowed]).toEqual([later.failed, later.slowed]);
  });

  it('has when each step began from what happened, and when it ended', () => {
    const [first] = summaryOf(good).steps;
    const begun = good.events?.filter(({ type }) => type === 'StepStarted').map(({ at }) => at);
    expect([first?.startedAt, first?.endedAt]).toEqual(begun?.slice(0, 2));
    const [untold] = summaryOf({ ...good, events: [] }).steps;
    const ticks = good.ticks.filter(({ step }) => step === 0);
    expect(untold?.startedAt).toBe((ticks[0]?.at ?? 0) - (ticks[0]?.tick.ms ?? 0));
    expect(untold?.endedAt).toBe(ticks.at(-1)?.at);
  });

  it('finds a gap however long the tick is that follows it: ticks are told together', () => {
    const { startedAt } = good.release;
    const whole = lasting(good, 60);
    const ticks = whole.ticks.flatMap((one, index) => {
      // Half a minute without a tick, and then a minute as one.
      if (index >= 10 && index !== 27) return [];
      return [index < 10 ? one : { ...one, tick: { ...one.tick, ms: 60_000 } }];
    });
    expect(summaryOf({ ...whole, ticks }).gaps).toEqual([
      { kind: 'unmeasured', from: startedAt + 50_000, to: startedAt + 80_000, step: 1 },
    ]);
  });

  it('finds no gap where there is none, and each there is', () => {
    const whole = lasting(good, 60);
    expect(summaryOf(whole).gaps).toEqual([]);
    const missing = { kind: 'missing' as const, reason: 'no answer' };
    const ticks = whole.ticks.flatMap((one, index) => {
      // Two minutes without a tick, a source that is silent for three, a candidate that is asked for nothing.
      if (index >= 10 && index < 34) return [];
      const { candidate, control } = one.tick;
      const unserved = { ...candidate, requests: 0, errors: 0, latency: [] };
      const busy = { ...control, requests: 1_000 };
      const isSilent = index >= 40 && index < 43;
      const isUnserved = index >= 50 && index < 54;
      return [
        {
          ...one,
          tick: {
            ...one.tick,
            ...(isSilent ? { measured: { lag: missing } } : {}),
            ...(isUnserved ? { plannedShare: 0.05, candidate: unserved, control: busy } : {}),
          },
        },
      ];
    });
    const { startedAt } = good.release;
    expect(summaryOf({ ...whole, ticks }).gaps).toEqual([
      { kind: 'unmeasured', from: startedAt + 50_000, to: startedAt + 170_000, step: 1 },
      {
        kind: 'missing',
        from: startedAt + 200_000,
        to: startedAt + 215_000,
        step: 1,
        check: 'lag',
        reason: 'no answer',
      },
      { kind: 'unserved', from: startedAt + 250_000, to: startedAt + 270_000, step: 1 },
    ]);
  });

  it('has what is kept where there are no ticks', () => {
    const summary = summaryOf({ ...good, ticks: [] });
    expect(summary).toMatchObject({ ticks: 0, verdict: good.kept?.judgement?.verdict });
    expect(summary.served).toBeUndefined();
    expect(summary.checks).toHaveLength(3);
  });
});
