import { describe, expect, test } from 'vitest';
import { traceOf, type ArmState } from '../../bench/traces.ts';
import type { Analysis, Check } from '../rollout/model.ts';
import { addTick, beginStep, hasData, judge, NO_EVIDENCE, startEvidence, type Evidence } from './evidence.ts';
import type { Judgement } from './judgement.ts';
import type { Tick, TrackCounters } from './measurement.ts';

const ERRORS: Check = {
  name: 'errors',
  metric: { kind: 'errors' },
  judge: { kind: 'sequential', worseBy: 0.5, safe: { ratio: 2 } },
  floor: 0.002,
  weight: 1,
};
const LATENCY: Check = {
  name: 'latency',
  metric: { kind: 'latency' },
  judge: { kind: 'sequential', worseBy: 0.03 },
  weight: 1,
};
const LIMIT: Check = {
  name: 'limit',
  metric: { kind: 'latency', quantile: 0.5 },
  judge: { kind: 'threshold', max: 100, everyMs: 5_000, failures: { limit: 1, consecutive: false } },
  weight: 1,
};

function analysisOf(...checks: readonly Check[]): Analysis {
  return {
    compareTo: 'stable',
    falseAlarms: 0.01,
    warmUpMs: 0,
    undecided: 'advance',
    noData: 'hold',
    standingAA: false,
    checks,
  };
}

function begun(analysis: Analysis, steps = 4): Evidence {
  return beginStep(analysis, startEvidence(analysis, steps));
}

function counters(requests: number, errors = 0, bucket = 200): TrackCounters {
  return { requests, errors, latency: requests === 0 ? [] : [[bucket, requests]] };
}

function tickOf(candidate: TrackCounters, control: TrackCounters, ms = 1_000): Tick {
  return { ms, candidate, control };
}

function after(analysis: Analysis, evidence: Evidence, ticks: readonly Tick[]): Evidence {
  return ticks.reduce((sums, tick) => addTick(analysis, sums, tick), evidence);
}

function traced(
  candidate: Partial<ArmState>,
  seconds: number,
  control: Partial<ArmState> = {},
): readonly Tick[] {
  const usual = { errorRate: 0.001, slowness: 1 };
  const trace = traceOf(
    () => ({
      candidate: { requestsPerSecond: 20, ...usual, ...candidate },
      control: { requestsPerSecond: 180, ...usual, ...control },
    }),
    11,
  );
  return Array.from({ length: seconds }, () => trace.next().value);
}

function judged(analysis: Analysis, ticks: readonly Tick[]): Judgement {
  return judge(analysis, after(analysis, begun(analysis), ticks));
}

describe('what the evidence says', () => {
  test('nothing at first', () => {
    const analysis = analysisOf(ERRORS, LATENCY, LIMIT);
    for (const evidence of [startEvidence(analysis, 4), begun(analysis), NO_EVIDENCE]) {
      const { verdict, checks } = judge(analysis, evidence);
      expect(verdict).toBe('undecided');
      expect(checks.map(({ name }) => name)).toEqual(['errors', 'latency', 'limit']);
      for (const { harm } of checks.slice(0, 2)) expect(harm?.logE).toBeCloseTo(0, 9);
    }
  });

  test('undecided without checks', () => {
    expect(judged(analysisOf(), traced({}, 5))).toMatchObject({ verdict: 'undecided', reason: 'no checks' });
  });

  test('errors on the canary are bad, and the reason names them with numbers', () => {
    const { verdict, reason, checks } = judged(analysisOf(ERRORS, LATENCY), traced({ errorRate: 0.3 }, 10));
    expect(verdict).toBe('bad');
    expect(reason).toMatch(
      /^errors: \d\d % of \d+ canary requests failed against 0\.\d+ % on stable; evidence over a million of 200 needed$/,
    );
    expect(checks[0]?.verdict).toBe('bad');
    expect(checks[0]?.candidate).toBeGreaterThan(0.2);
    expect(checks[0]?.candidate).toBeLessThan(0.4);
    expect(checks[1]?.verdict).toBe('undecided');
  });

  test('a slower canary is bad, and the reason shows both', () => {
    const { verdict, reason, checks } = judged(analysisOf(ERRORS, LATENCY), traced({ slowness: 1.5 }, 20));
    expect(verdict).toBe('bad');
    expect(reason).toMatch(
      /^latency: \d+ canary requests, median 1\d\d ms against \d\d\.\d ms, p99 .* on stable; /,
    );
    expect(checks[1]?.candidate).toBeGreaterThan((checks[1]?.control ?? 0) * 1.2);
  });

  test.each([1, 0])(
    'a quiet canary beside a quiet stable is proved good, with %d errors on stable',
    (failures) => {
      const ticks = Array.from({ length: 50 }, (_, second) =>
        tickOf(counters(50), counters(150, second === 7 ? failures : 0)),
      );
      const { verdict, reason } = judged(analysisOf(ERRORS, LATENCY), ticks);
      expect(verdict).toBe('good');
      expect(reason).toMatch(
        /^errors: 0 % of 2,500 canary requests failed against 0(\.013)? % on stable; proved safe/,
      );
    },
  );

  test('a canary beside a failing stable is proved no worse', () => {
    const verdicts = traced({ errorRate: 0.2 }, 60, { errorRate: 0.2 });
    expect(judged(analysisOf(ERRORS), verdicts).verdict).toBe('good');
  });

  test('a proof counts for its step only', () => {
    const analysis = analysisOf(ERRORS);
    const ticks = Array.from({ length: 60 }, () => tickOf(counters(50), counters(150)));
    const proved = after(analysis, begun(analysis), ticks);
    expect(judge(analysis, proved).verdict).toBe('good');
    expect(judge(analysis, beginStep(analysis, proved)).verdict).toBe('undecided');
  });

  test('evidence of harm goes on from step to step', () => {
    const analysis = analysisOf(ERRORS);
    const ticks = Array.from({ length: 3 }, () => tickOf(counters(20, 1), counters(180)));
    let evidence = begun(analysis);
    for (let step = 0; step < 3; step += 1) evidence = beginStep(analysis, after(analysis, evidence, ticks));
    expect(judge(analysis, evidence).verdict).toBe('bad');
    expect(judge(analysis, after(analysis, begun(analysis), ticks)).verdict).toBe('undecided');
  });

  test('without safety margins nothing is ever good', () => {
    expect(judged(analysisOf(LATENCY, LIMIT), traced({ slowness: 0.8 }, 60)).verdict).toBe('undecided');
  });

  test('errors below the floor are no harm', () => {
    const ticks = Array.from({ length: 300 }, (_, second) =>
      tickOf(counters(100, second % 10 === 0 ? 1 : 0), counters(900)),
    );
    const { floor: _, ...withoutFloor } = ERRORS;
    expect(judged(analysisOf(withoutFloor), ticks).verdict).toBe('bad');
    expect(judged(analysisOf(ERRORS), ticks).verdict).not.toBe('bad');
  });

  test('latencies below the floor are no harm', () => {
    const ticks = Array.from({ length: 60 }, () => tickOf(counters(20, 0, 150), counters(180, 0, 100)));
    expect(judged(analysisOf(LATENCY), ticks).verdict).toBe('bad');
    expect(judged(analysisOf({ ...LATENCY, floor: 30 }), ticks).verdict).toBe('undecided');
  });

  test('with a quantile, what is faster than it counts as equal', () => {
    const slowBody: TrackCounters = { requests: 20, errors: 0, latency: [[190, 18], [260, 2]] }; // prettier-ignore
    const usual: TrackCounters = { requests: 180, errors: 0, latency: [[150, 162], [260, 18]] }; // prettier-ignore
    const slowTail: TrackCounters = { requests: 20, errors: 0, latency: [[150, 18], [330, 2]] }; // prettier-ignore
    const onTail: Check = { ...LATENCY, metric: { kind: 'latency', quantile: 0.95 } };
    const repeat = (candidate: TrackCounters): readonly Tick[] =>
      Array.from({ length: 60 }, () => tickOf(candidate, usual));
    expect(judged(analysisOf(LATENCY), repeat(slowBody)).verdict).toBe('bad');
    expect(judged(analysisOf(onTail), repeat(slowBody)).verdict).toBe('undecided');
    expect(judged(analysisOf(onTail), repeat(slowTail)).verdict).toBe('bad');
  });

  test('a latency within its safety margin is proved good, one beyond it is not', () => {
    const check: Check = { ...LATENCY, judge: { kind: 'sequential', worseBy: 0.5, safe: { ratio: 1.3 } } };
    expect(judged(analysisOf(check), traced({}, 40)).verdict).toBe('good');
    expect(judged(analysisOf(check), traced({ slowness: 1.4 }, 40)).verdict).toBe('undecided');
  });

  test.each([
    { check: { ...ERRORS, floor: 0.0001 }, absolute: 0.05, verdict: 'good' },
    { check: { ...ERRORS, floor: 0.0001 }, absolute: 0.0005, verdict: 'undecided' },
    { check: LATENCY, absolute: 600, verdict: 'good' },
    { check: LATENCY, absolute: 100, verdict: 'undecided' },
  ] as const)(
    'with an absolute limit of $absolute, $check.name is $verdict by the canary alone',
    ({ check, absolute, verdict }) => {
      const absolutely: Check = { ...check, judge: { kind: 'sequential', worseBy: 0.5, safe: { absolute } } };
      expect(judged(analysisOf(absolutely), traced({}, 60)).verdict).toBe(verdict);
    },
  );
});

describe('several checks', () => {
  test('share the promise by weight', () => {
    const { checks } = judged(analysisOf({ ...ERRORS, weight: 3 }, LATENCY, LIMIT), traced({}, 3));
    expect(checks[0]?.harm?.logLimit).toBeCloseTo(Math.log(100 / 0.75), 9);
    expect(checks[1]?.harm?.logLimit).toBeCloseTo(Math.log(100 / 0.25), 9);
    expect(checks[2]?.harm).toBeUndefined();
  });

  test('can be bad together when none is alone, and the largest part carries the verdict', () => {
    const twins = ['a', 'b', 'c'].map((name): Check => ({ ...ERRORS, name }));
    const analysis = analysisOf(...twins);
    let evidence = begun(analysis);
    let judgement = judge(analysis, evidence);
    while (judgement.verdict !== 'bad') {
      evidence = addTick(analysis, evidence, tickOf(counters(20, 1), counters(180, 1)));
      judgement = judge(analysis, evidence);
    }
    const [first] = judgement.checks;
    expect(first?.verdict).toBe('bad');
    expect(first?.harm?.logE).toBeLessThan(first?.harm?.logLimit ?? 0);
    expect(judgement.reason).toMatch(/together with the other checks \d+ of 100 needed$/);
  });

  test('a broken threshold is bad whatever the others say', () => {
    const { verdict, reason } = judged(analysisOf(ERRORS, LIMIT), traced({ slowness: 2 }, 12));
    expect(verdict).toBe('bad');
    expect(reason).toMatch(
      /^limit: p50 1\d\d ms where at most p50 100 ms is allowed; 2 of 2 measurements failed, 1 may$/,
    );
  });
});

describe('what counts', () => {
  test('the warm-up begins with the first canary request and is not counted', () => {
    const analysis = { ...analysisOf(ERRORS), warmUpMs: 3_000 };
    const failing = tickOf(counters(20, 20), counters(180));
    const quiet = tickOf(counters(0), counters(180));
    const warming = after(analysis, begun(analysis), [quiet, quiet, quiet, quiet, failing, quiet, failing]);
    expect(judge(analysis, warming)).toMatchObject({ verdict: 'undecided', checks: [{ samples: 0 }] });
    expect(hasData(warming)).toBe(false);
    const warm = after(analysis, warming, [failing, failing, failing]);
    expect(judge(analysis, warm)).toMatchObject({ verdict: 'bad', checks: [{ samples: 60 }] });
    expect(hasData(warm)).toBe(true);
  });

  test('the control is learned during the warm-up', () => {
    const analysis = { ...analysisOf(LATENCY), warmUpMs: 10_000 };
    const ticks = traced({ slowness: 2 }, 14);
    const { verdict } = judge(analysis, after(analysis, begun(analysis), ticks));
    expect(verdict).toBe('bad');
  });

  test.each([
    { candidate: 0, control: 0, expected: false },
    { candidate: 1, control: 0, expected: false },
    { candidate: 0, control: 1, expected: false },
    { candidate: 1, control: 1, expected: true },
  ])(
    'with $candidate canary requests and $control on stable, that there is data is $expected',
    ({ candidate, control, expected }) => {
      const analysis = analysisOf(ERRORS);
      const evidence = after(analysis, begun(analysis), [tickOf(counters(candidate), counters(control))]);
      expect(hasData(evidence)).toBe(expected);
      expect(hasData(beginStep(analysis, evidence))).toBe(false);
    },
  );

  test('an edited check starts anew, the others go on', () => {
    const ticks = traced({ errorRate: 0.05 }, 4);
    const before = analysisOf(ERRORS, LATENCY);
    const kept = after(before, begun(before), ticks);
    const edited = analysisOf({ ...ERRORS, floor: 0.01 }, LATENCY, LIMIT);
    const [errors, latency] = judge(edited, kept).checks;
    expect(errors?.samples).toBe(0);
    expect(latency?.samples).toBeGreaterThan(0);
    expect(judge(edited, addTick(edited, kept, tickOf(counters(5), counters(50)))).checks[0]?.samples).toBe(
      5,
    );
  });

  test('a changed weight changes the limit, not the evidence', () => {
    const analysis = analysisOf(ERRORS, LATENCY);
    const kept = after(analysis, begun(analysis), traced({}, 4));
    const heavier = analysisOf({ ...ERRORS, weight: 9 }, LATENCY);
    expect(judge(heavier, kept).checks[0]?.harm?.logE).toBe(judge(analysis, kept).checks[0]?.harm?.logE);
  });
});

describe('the anytime p-value', () => {
  const analysis = analysisOf(ERRORS, LIMIT);

  test('is 1 at first, and absent outside the promise', () => {
    const { checks } = judge(analysis, begun(analysis));
    expect(checks[0]?.pValue).toBe(1);
    expect(checks[1]).not.toHaveProperty('pValue');
  });

  test('is one over the largest evidence so far, and never grows', () => {
    const ticks = [...traced({ errorRate: 0.05 }, 20), ...traced({ errorRate: 0 }, 200)];
    let evidence = begun(analysis);
    let [largest, before] = [0, 1];
    for (const [second, tick] of ticks.entries()) {
      if (second === 100) evidence = beginStep(analysis, evidence);
      evidence = addTick(analysis, evidence, tick);
      const [check] = judge(analysis, evidence).checks;
      largest = Math.max(largest, check?.harm?.logE ?? 0);
      expect(check?.pValue).toBeCloseTo(Math.exp(-largest), 9);
      expect(check?.pValue).toBeLessThanOrEqual(before);
      before = check?.pValue ?? NaN;
    }
    expect(before).toBeLessThan(0.01);
    expect(judge(analysis, evidence).checks[0]?.harm?.logE).toBeLessThan(largest);
  });
});

describe('the division of traffic', () => {
  const analysis = analysisOf(ERRORS);
  const divided = (here: number, there: number, errors = 0): Tick => ({
    ms: 1_000,
    candidate: { ...counters(50, errors), assigned: here },
    control: { ...counters(150), assigned: there },
    plannedShare: 0.25,
  });
  const minute = (tick: Tick): readonly Tick[] => Array.from({ length: 60 }, () => tick);

  test('as planned is told, and does not keep a proof from ending the step', () => {
    expect(judged(analysis, minute(divided(50, 150)))).toMatchObject({
      verdict: 'good',
      assignment: { assigned: 12_000, share: 0.25, planned: 0.25 },
    });
  });

  test('other than planned makes the comparison invalid, not the candidate bad, until the next step', () => {
    const evidence = after(analysis, begun(analysis), minute(divided(80, 120)));
    expect(judge(analysis, evidence)).toMatchObject({
      verdict: 'invalid',
      reason:
        'traffic is not divided as planned: 40 % of 12,000 assignments went to the canary, 25 % were planned; ' +
        'the tracks cannot be compared',
    });
    const repaired = after(analysis, beginStep(analysis, evidence), minute(divided(50, 150)));
    expect(judge(analysis, repaired).verdict).toBe('good');
  });

  test('does not keep a failing candidate', () => {
    expect(judged(analysis, minute(divided(80, 120, 20))).verdict).toBe('bad');
  });

  test('is not told where nothing divides', () => {
    expect(judged(analysis, traced({}, 5))).not.toHaveProperty('assignment');
  });
});

describe('state', () => {
  const full = analysisOf(
    ERRORS,
    { ...LATENCY, judge: { kind: 'sequential', worseBy: 0.03, safe: { ratio: 1.2 } }, floor: 5 },
    LIMIT,
  );

  test('comes back from JSON exactly, and what follows is the same to the last bit', () => {
    const ticks = traced({ errorRate: 0.01, slowness: 1.1 }, 120);
    let kept = begun(full);
    let restored = kept;
    ticks.forEach((tick, second) => {
      kept = addTick(full, kept, tick);
      restored = addTick(full, restored, JSON.parse(JSON.stringify(tick)) as Tick);
      if (second % 30 === 29) [kept, restored] = [beginStep(full, kept), beginStep(full, restored)];
      restored = JSON.parse(JSON.stringify(restored)) as Evidence;
      expect(restored).toStrictEqual(kept);
      expect(JSON.parse(JSON.stringify(judge(full, kept)))).toStrictEqual(judge(full, restored));
    });
  });

  test('is not changed by what is added to it', () => {
    const evidence = after(full, begun(full), traced({}, 5));
    const text = JSON.stringify(evidence);
    addTick(full, evidence, tickOf(counters(9, 3), counters(90)));
    beginStep(full, evidence);
    expect(JSON.stringify(evidence)).toBe(text);
  });

  test('of an earlier version starts anew', () => {
    const kept = {
      checks: { errors: { settings: '[2]', state: { harm: 1 } }, latency: 7 },
      progress: begun(full).progress,
    };
    const next = addTick(full, kept, tickOf(counters(5), counters(50)));
    expect(judge(full, next).checks[0]?.samples).toBe(5);
  });

  test('stays below 4 KB per check', () => {
    const evidence = after(full, begun(full), traced({}, 400));
    for (const kept of Object.values(evidence.checks))
      expect(JSON.stringify(kept).length).toBeLessThan(4_096);
  });
});
