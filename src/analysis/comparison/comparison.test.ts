import { describe, expect, it } from 'vitest';
import { Failure } from '../../base/failure.ts';
import { compare } from './comparison.ts';

/** `count` ticks of the same. */
function ticks<Tick>(count: number, tick: Tick): readonly Tick[] {
  return Array.from({ length: count }, () => tick);
}

/** 1,000 latencies around `middle` ms that are the same at every call. */
function latencies(middle: number): readonly number[] {
  return Array.from({ length: 1_000 }, (_, i) => middle * Math.exp(0.5 * Math.sin(i * 12.9898)));
}

describe('a comparison', () => {
  it.each([
    ['sequential', [1_000, 1], [1_000, 20], { worseBy: '10%' }, 'bad'],
    ['sequential', [1_000, 1], [1_000, 1], { worseBy: '10%' }, 'undecided'],
    ['sequential', [1_000, 20], [1_000, 1], { worseBy: '10%', worse: 'lower' }, 'bad'],
    ['slo', [1_000, 1], [1_000, 20], { slo: '99.9%' }, 'bad'],
    ['threshold', [1_000, 1], [1_000, 20], { max: '1%' }, 'bad'],
    ['threshold', [1_000, 20], [1_000, 1], { max: '1%' }, 'undecided'],
    ['threshold', [1_000, 1], [1_000, 20], { condition: 'candidate < 0.01' }, 'bad'],
  ] as const)(
    '%s of errors %j against %j with %j is %s',
    (...[judge, control, candidate, options, verdict]) => {
      const answer = compare({
        judge,
        control: ticks(20, control),
        candidate: ticks(20, candidate),
        options,
      });
      expect(answer).toMatchObject({ judge, verdict });
    },
  );

  it('tells at which tick a release would have been stopped, with the evidence', () => {
    const control = ticks(60, [1_000, 1]);
    const candidate = [...ticks(30, [1_000, 1]), ...ticks(30, [1_000, 30])];
    const answer = compare({ judge: 'sequential', control, candidate, options: { worseBy: '10%' } });
    expect(answer).toMatchObject({ verdict: 'bad', ticks: 60, limit: expect.closeTo(100) as number });
    const { stoppedAt, evidence } = answer as unknown as { stoppedAt: number; evidence: number };
    expect(stoppedAt).toBeGreaterThan(30);
    expect(stoppedAt).toBeLessThan(35);
    expect(evidence).toBeGreaterThanOrEqual(100);
  });

  it.each([
    [100, 'undecided'],
    [130, 'bad'],
  ])('takes latencies in the order of time: 100 ms against %d ms is %s', (middle, verdict) => {
    const [control, candidate] = [latencies(100), latencies(middle)];
    const options = { metric: 'latency', worseBy: '3%' };
    expect(compare({ judge: 'sequential', control, candidate, options })).toMatchObject({ verdict });
  });

  it('takes events without a denominator, by the share of traffic', () => {
    const control = ticks(30, 90);
    const options = {
      metric: 'rate',
      worse: 'lower',
      worseBy: '10%',
      exposure: { control: 0.9, candidate: 0.1 },
    };
    const verdictOf = (events: number): object =>
      compare({ judge: 'sequential', control, candidate: ticks(30, events), options });
    expect(verdictOf(10)).toMatchObject({ verdict: 'undecided' });
    expect(verdictOf(3)).toMatchObject({ verdict: 'bad' });
  });

  it('passes on to the judges of scores and experiments', () => {
    const control = [1, 2, 3, 4, 5, 6, 7, 8];
    const candidate = control.map((value) => value + 20);
    expect(compare({ judge: 'score', control, candidate })).toMatchObject({ label: 'High' });
    const options = { test: 'welch', goal: 'decrease' };
    expect(compare({ judge: 'experiment', control, candidate, options })).toMatchObject({ verdict: 'bad' });
  });

  it('answers data that say nothing', () => {
    for (const data of [[], [[0, 0]]]) {
      const request = { judge: 'sequential', control: data, candidate: data, options: { worseBy: '10%' } };
      expect(compare(request)).toMatchObject({ verdict: 'undecided' });
    }
    expect(compare({ judge: 'score', control: [], candidate: [] })).toMatchObject({ label: 'Nodata' });
  });

  it.each([
    [5, 'a comparison is an object', 'as in'],
    [{}, 'it names no judge', 'one of sequential'],
    [{ judge: 'scores' }, 'judge "scores" is not known', 'did you mean score?'],
    [{ judge: 'sequential', options: 5 }, 'the options cannot be read', ''],
    [{ judge: 'sequential', options: {} }, 'needs one judge', ''],
    [{ judge: 'sequential', options: { metric: 'speed' } }, 'options.metric: must be one of errors', ''],
    [{ judge: 'sequential', options: { max: '1%' } }, 'say how sequential judges', ''],
    [{ judge: 'sequential', options: { worseBy: 5 } }, 'options.worseBy', ''],
    [{ judge: 'sequential', options: { worseBy: '5%', worseby: 1 } }, 'options.worseby', 'worseBy'],
    [{ judge: 'sequential', options: { worseBy: '5%', tick: 5 } }, 'options.tick', ''],
    [{ judge: 'sequential', options: { worseBy: '5%', exposure: 5 } }, 'options.exposure', ''],
    [{ judge: 'sequential', options: { worseBy: '5%', falseAlarms: '0%' } }, 'options.falseAlarms', ''],
    [{ judge: 'slo', candidate: 5, options: { slo: '99%' } }, 'candidate: must be a list', ''],
    [{ judge: 'slo', candidate: [[1, -1]], options: { slo: '99%' } }, 'candidate[0]', 'as in [1200, 3]'],
    [{ judge: 'score', control: 5 }, 'control: must be a list', ''],
  ])('refuses %j: %s', (request, message, hint) => {
    let thrown: unknown;
    try {
      compare(request);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(Failure);
    expect((thrown as Failure).code).toBe('usage');
    expect((thrown as Failure).message).toContain(message);
    expect((thrown as Failure).hint ?? '').toContain(hint);
  });
});
