import { describe, expect, it } from 'vitest';
import type { CheckReading, Sample } from '../../src/analysis/measurement.ts';
import { parseShare } from '../../src/base/share.ts';
import { advance } from '../../src/engine/advance.ts';
import type { Decision } from '../../src/engine/decision.ts';
import type { Route } from '../../src/engine/observation.ts';
import { NEW_STATUS, type Reading, type Status } from '../../src/engine/status.ts';
import type { Wanted } from '../../src/engine/wanted.ts';
import type { AbStrategy } from '../../src/rollout/experiment.ts';
import type { Analysis, Check, RevisionId, Rollout } from '../../src/rollout/model.ts';
import { aRollout, anAnalysis } from './rollouts.ts';

const OLD = 'r1-old' as RevisionId;
const NEW = 'r1-new' as RevisionId;
/** Of a further variant. */
const RED = 'r1-red' as RevisionId;
const AT_MOST_MS = 20_000;

const RATIO: Check = {
  name: 'jobs',
  metric: { kind: 'ratio', source: 'prom', bad: 'bad', all: 'all' },
  judge: { kind: 'sequential', worseBy: 0.5 },
  weight: 1,
};
const ERRORS: Check = {
  ...RATIO,
  metric: { kind: 'errors', from: { source: 'prom', bad: 'bad', all: 'all' } },
};
const LIMIT: Check = {
  name: 'lag',
  metric: { kind: 'value', source: 'prom', query: 'lag' },
  judge: { kind: 'threshold', max: 10, everyMs: 1_000, failures: { limit: 0, consecutive: false } },
  weight: 1,
};

type Measured = Readonly<Record<string, CheckReading>>;

/** A release that sources measure, in virtual time: capacity and route are there as soon as they are wanted. */
class Measuring {
  readonly rollout: Rollout;
  now = 1_000_000;
  status: Status = { ...NEW_STATUS, stable: OLD, phase: 'Healthy' };
  #route: Route = { parts: [] };
  #last: Decision | undefined;

  constructor(rollout: Rollout) {
    this.rollout = rollout;
  }

  static of(
    checks: readonly Check[],
    differences: Partial<Rollout> = {},
    analysis: Partial<Analysis> = {},
  ): Measuring {
    return new Measuring(
      aRollout({
        strategy: {
          kind: 'canary',
          steps: [
            { kind: 'weight', weight: parseShare('25%')! },
            { kind: 'analyze', atLeastMs: 1_000, atMostMs: AT_MOST_MS },
          ],
          capacity: 'match',
          earlyPromotion: true,
        },
        analysis: anAnalysis({ checks, ...analysis }),
        ...differences,
      }),
    );
  }

  /** A worker, of which three replicas are ready at stable, and one at the canary. */
  static worker(checks: readonly Check[]): Measuring {
    const { traffic: _, ...rollout } = Measuring.of(checks).rollout;
    const steps = [
      { kind: 'replicas', replicas: { count: 1 } },
      { kind: 'analyze', atLeastMs: 1_000, atMostMs: AT_MOST_MS },
    ] as const;
    return new Measuring({
      ...rollout,
      strategy: { kind: 'canary', steps, capacity: 'match', earlyPromotion: true },
    });
  }

  /** A look a second later, or so much; what it measures is of that moment. */
  look(measure: (now: number) => Measured | undefined, afterMs = 1_000): Decision {
    this.now += afterMs;
    const measured = measure(this.now);
    const reading: Reading = {
      epoch: 'g',
      at: this.now,
      series: [],
      ...(measured === undefined ? {} : { measured }),
    };
    const decision = advance(
      this.rollout,
      this.status,
      {
        wanted: this.#wanted(),
        groups: [
          { revision: OLD, running: 3, ready: 3 },
          ...[NEW, RED].map((revision) => ({ revision, running: 1, ready: 1 })),
        ],
        ...(this.rollout.traffic === undefined ? {} : { route: this.#route }),
        reading,
      },
      this.now,
    );
    this.status = JSON.parse(JSON.stringify(decision.status)) as Status;
    this.#route = decision.desired.route ?? this.#route;
    this.#last = decision;
    return decision;
  }

  /** Of several variants each is a revision of its own. */
  #wanted(): Wanted {
    const { strategy } = this.rollout;
    const challengers = strategy.kind === 'ab' ? strategy.challengers : [];
    const byTrack = challengers.map(({ name }, i) => [`variant:${name}`, i === 0 ? NEW : RED] as const);
    const variants = byTrack.length < 2 ? {} : { variants: Object.fromEntries(byTrack) };
    return { revision: NEW, mode: 'strategy', ...variants };
  }

  /** Looks until the step waits and its route was seen to be served: what comes next is evidence. */
  counting(measure: (now: number) => Measured | undefined): this {
    for (let look = 0; look < 20 && this.status.release?.counting !== true; look += 1) this.look(measure);
    expect(this.status.release?.counting).toBe(true);
    return this;
  }

  /** The newest sample of the only check; undefined when it was not measured in the tick. */
  get sample(): Sample | undefined {
    return Object.values(this.#last?.counted?.tick.measured ?? {})[0];
  }

  get measuredMs(): number | undefined {
    return this.status.release?.measuredMs;
  }
}

/** Counters of a good candidate, scraped `agoMs` before the look. */
function jobs(agoMs = 0, epoch = 'e1') {
  return (now: number): Measured => {
    const toMs = now - agoMs;
    const count = toMs / 100;
    const arm = { trials: count, events: Math.floor(count / 100) };
    return { jobs: { kind: 'counts', epoch, toMs, candidate: arm, control: arm } };
  };
}

function away(): Measured {
  return {
    jobs: { kind: 'missing', reason: 'source prom: it is away' },
    lag: { kind: 'missing', reason: 'source prom: it is away' },
  };
}

function lag(value: number, agoMs = 0) {
  return (now: number): Measured => ({
    lag: { kind: 'gauge', candidate: { '': value }, control: { '': value }, toMs: now - agoMs },
  });
}

describe('what sources have counted', () => {
  it.each([0, 400, 3_500])(
    'is evidence only from the moment the route of the step was confirmed, when scraped %d ms ago',
    (agoMs) => {
      const release = Measuring.of([RATIO]).counting(jobs(agoMs));
      const since = release.status.release?.countingSince ?? NaN;
      let counted = 0;
      for (let look = 0; look < 10; look += 1) {
        release.look(jobs(agoMs));
        if (release.sample?.kind === 'counts') counted += release.sample.candidate.trials;
      }
      const last = release.now - agoMs;
      // Readings come once a second: the first that lies behind the moment is where counting begins.
      const begin = since + ((((last - since) % 1_000) + 1_000) % 1_000);
      expect(counted).toBeCloseTo((last - begin) / 100, 6);
    },
  );

  it('of a router is what the candidate was sent, and says nothing of how requests were divided', () => {
    const release = Measuring.of([ERRORS]).counting(jobs());
    for (let look = 0; look < 5; look += 1) release.look(jobs());
    const { evidence, served } = release.status.release ?? {};
    expect(served).toEqual({ requests: 50, errors: expect.any(Number) as number });
    expect(evidence?.progress.candidate).toBeGreaterThan(0);
    // As many on the canary as on stable, where a quarter was planned.
    expect(evidence?.assignment).toBeUndefined();
  });

  it('while a source is away holds the release, and is made up for when it is back', () => {
    const release = Measuring.of([RATIO]).counting(jobs());
    release.look(jobs());
    const before = release.measuredMs;
    for (let look = 0; look < 5; look += 1) {
      expect(release.look(away).status.message).toBe('jobs: not measured now: source prom: it is away');
    }
    expect(release.measuredMs).toBe(before);
    release.look(jobs());
    expect(release.sample).toMatchObject({ kind: 'counts', candidate: { trials: 60 } });
  });

  it('is not lost when a source has not answered in time', () => {
    const release = Measuring.of([RATIO]).counting(jobs());
    release.look(jobs());
    release.look(() => undefined);
    release.look(() => ({}));
    expect(release.sample).toBeUndefined();
    release.look(jobs());
    expect(release.sample).toMatchObject({ kind: 'counts', candidate: { trials: 30 } });
  });

  it('begins anew in another epoch, without the tick in between', () => {
    const release = Measuring.of([RATIO]).counting(jobs());
    release.look(jobs());
    release.look(jobs(0, 'e2'));
    expect(release.sample).toBeUndefined();
    release.look(jobs(0, 'e2'));
    expect(release.sample).toMatchObject({ candidate: { trials: 10 } });
  });

  it.each<[string, () => Measuring, number, number]>([
    ['planned shares of the traffic', () => Measuring.of([RATIO]), 0.25, 0.75],
    ['replicas that are ready, where there is no traffic', () => Measuring.worker([RATIO]), 1, 3],
  ])('without a denominator is held against the %s', (...[, begin, candidate, control]) => {
    const events = (now: number): Measured => ({
      jobs: { kind: 'events', epoch: 'e', toMs: now - 300, candidate: now / 10, control: now / 5 },
    });
    const release = begin().counting(events);
    release.look(events);
    release.look(events);
    expect(release.sample).toMatchObject({ kind: 'counts', coveredMs: 1_000 });
    if (release.sample?.kind !== 'counts') throw new Error('it counts');
    expect(release.sample.candidate.trials).toBeCloseTo(candidate * 1_000, 2);
    expect(release.sample.control.trials).toBeCloseTo(control * 1_000, 2);
  });
});

describe('a gauge', () => {
  it('that was measured before the step says nothing of it', () => {
    const release = Measuring.of([LIMIT]).counting(lag(99));
    release.look(lag(99, 10_000));
    expect(release.sample).toBeUndefined();
    expect(release.status.message).toContain('lag: nothing to compare in this step yet');
    release.look(lag(99));
    expect(release.status.release?.direction).toMatchObject({
      kind: 'back',
      reason: expect.stringContaining('lag') as string,
    });
  });
});

describe('a step', () => {
  const looksFor = (release: Measuring, ms: number, measure: (now: number) => Measured): void => {
    for (let at = 0; at < ms; at += 1_000) release.look(measure);
  };

  it.each([
    ['a comparison', RATIO, jobs()],
    ['a limit', LIMIT, lag(1)],
  ] as const)('does not end on what %s saw before its source went away', (_, check, measure) => {
    const release = Measuring.of([check]).counting(measure);
    looksFor(release, 5_000, measure);
    looksFor(release, 3 * AT_MOST_MS, away);
    expect(release.status.release).toMatchObject({ step: 0, direction: { kind: 'forward' } });
    expect(release.status.message).toMatch(/nothing to judge by: .* it is away; holding until there are/);
    looksFor(release, AT_MOST_MS - 4_000, measure);
    expect(release.status.release?.step).not.toBe(0);
  });

  it('asks, when that is what is to be done without data', () => {
    const release = Measuring.of([LIMIT], {}, { noData: 'ask' }).counting(lag(1));
    looksFor(release, AT_MOST_MS + 2_000, away);
    expect(release.status).toMatchObject({ phase: 'Waiting' });
    expect(release.status.message).toContain('it is away: promote or abort?');
  });

  it('goes back on what is still measured while another source is away', () => {
    const release = Measuring.of([RATIO, LIMIT]).counting((now) => ({ ...jobs()(now), ...lag(1)(now) }));
    release.look((now) => ({ ...away(), ...lag(99)(now) }));
    expect(release.status.release?.direction).toMatchObject({ kind: 'back' });
  });
});

describe('an experiment whose users a source counts', () => {
  const SIGNUPS: Check = {
    name: 'jobs',
    metric: { kind: 'ratio', source: 'prom', bad: 'signed', all: 'seen', per: 'user' },
    judge: { kind: 'sequential', worseBy: 0.1 },
    worse: 'lower',
    weight: 1,
  };
  const half = parseShare('50%')!;
  const experiment = (
    challengers: AbStrategy['challengers'] = [{ name: 'green', share: half, env: {} }],
    check = SIGNUPS,
  ): Measuring =>
    Measuring.of([check], {
      workload: aRollout({}, 1).workload,
      strategy: {
        kind: 'ab',
        unit: { from: 'cookie', name: 'uid' },
        control: { name: 'blue', share: half },
        challengers,
        goal: check === SIGNUPS ? { check: 'jobs' } : { conversion: { path: '/done' } },
        untilDecided: true,
        atMostMs: 600_000,
        whenBetter: 'promote',
        otherwise: 'keepStable',
      },
    });
  /** A hundred users of each a second, of whom so many sign up. */
  const signups =
    (rate: number, epoch = 'e1') =>
    (now: number): Measured => ({
      jobs: {
        kind: 'counts',
        epoch,
        toMs: now,
        candidate: { trials: now / 10, events: Math.floor((now / 10) * rate) },
        control: { trials: now / 10, events: Math.floor(now / 100) },
      },
    });

  it('is decided by them, with the numbers, also where it has to count anew', () => {
    const release = experiment().counting(signups(0.15));
    for (let look = 0; look < 3; look += 1) release.look(signups(0.15));
    release.look(signups(0.15, 'e2'));
    expect(release.status.release?.experiment?.judgement.control.trials).toBe(300);
    const isOver = (): boolean =>
      release.status.release?.plan.steps[release.status.release.step]?.wait.kind !== 'experiment';
    for (let look = 0; look < 300 && !isOver(); look += 1) release.look(signups(0.15, 'e2'));
    const { judgement } = release.status.release!.experiment!;
    expect(judgement).toMatchObject({
      verdict: 'good',
      leader: 'green',
      goal: { better: 'more', check: 'jobs' },
    });
    expect(judgement.reason).toMatch(/^more users count for jobs: 15 % of [\d,]+ users against 10 % of/);
  });

  const quarter = parseShare('25%')!;
  const TWO = ['green', 'red'].map((name) => ({ name, share: quarter, env: { COLOUR: name } }));

  it('with several variants is decided for each by what was counted of it', () => {
    const users = (now: number, rate: number) => ({
      trials: now / 20,
      events: Math.floor((now / 20) * rate),
    });
    const measure = (now: number): Measured => {
      const [green, red] = [users(now, 0.1), users(now, 0.2)];
      const candidate = { trials: green.trials + red.trials, events: green.events + red.events };
      const variants = { 'variant:green': green, 'variant:red': red };
      const control = { trials: now / 10, events: Math.floor(now / 100) };
      return { jobs: { kind: 'counts', epoch: 'e1', toMs: now, candidate, control, variants } };
    };
    const release = experiment(TWO).counting(measure);
    for (let look = 0; look < 4; look += 1) release.look(measure);
    expect(release.status.release?.experiment?.judgement.candidates).toMatchObject([
      { name: 'green', trials: 200, events: 20 },
      { name: 'red', trials: 200, events: 40 },
    ]);
  });

  it('with several variants holds events against what all of them together are sent', () => {
    const rate: Check = {
      ...SIGNUPS,
      worse: 'lower',
      metric: { kind: 'rate', source: 'prom', query: 'done' },
    };
    const measure = (now: number): Measured => ({
      jobs: { kind: 'events', epoch: 'e1', toMs: now, candidate: now / 100, control: now / 100 },
    });
    const release = experiment(TWO, rate).counting(measure);
    release.look(measure);
    expect(release.sample).toMatchObject({ candidate: { trials: 500 }, control: { trials: 500 } });
  });

  it('tells the data plane to divide users, and to count nothing else', () => {
    const release = experiment().counting(signups(0.1));
    const { release: running } = release.status;
    expect(running?.plan.steps[running.step]?.experiment).toEqual({ unit: { from: 'cookie', name: 'uid' } });
  });

  it('still is taken back when the check finds harm', () => {
    const release = experiment().counting(signups(0.02));
    for (let look = 0; look < 100 && release.status.release?.direction.kind === 'forward'; look += 1)
      release.look(signups(0.02));
    expect(release.status.release?.direction).toMatchObject({ kind: 'back', outcome: 'rolledBack' });
  });
});
