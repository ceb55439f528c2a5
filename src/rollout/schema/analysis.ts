import { Type } from 'typebox';
import { DEFAULTS } from '../defaults.ts';
import {
  closed,
  count,
  duration,
  formed,
  level,
  list,
  namedList,
  oneOf,
  share,
  text,
  textsByName,
  toggle,
  word,
  type OneOf,
} from './fields.ts';

const source = () => text('Name of a source.');
const query = (what: string) =>
  text(
    `${what} \`{{track}} {{revision}} {{name}} {{namespace}} {{window}}\` are replaced in it, and in a cluster \`{{pods}} {{service}}\`.`,
  );
const quantile = () =>
  Type.Number({ description: 'Between 0 and 1.', exclusiveMinimum: 0, exclusiveMaximum: 1 });

const metrics = {
  errors: Type.Optional(
    closed('Metric: the share of failed requests.', {
      per: Type.Optional(
        word(
          ['request', 'user'],
          'What is counted: each request, or each user once in ten seconds. Users are known with `sticky`.',
          'request',
        ),
      ),
      source: Type.Optional(
        text('In a cluster: the source that has the counters of the router; without it, the only one.'),
      ),
    }),
  ),
  latency: Type.Optional(
    closed('Metric: the time to answer, the whole distribution or what lies beyond a quantile.', {
      quantile: Type.Optional(quantile()),
      within: Type.Optional(
        duration(
          'With `slo`: answers within this time are good. As the goal of an experiment: users who have to wait longer are counted.',
        ),
      ),
      source: Type.Optional(
        text('Name of a source; without one the gateway measures, or in a cluster the only source.'),
      ),
      query: Type.Optional(
        query('With `source`: the query of a histogram; without it, in a cluster, that of the router.'),
      ),
      unit: Type.Optional(
        word(['seconds', 'milliseconds'], 'With `query`: what the histogram is in.', 'seconds'),
      ),
    }),
  ),
  size: Type.Optional(
    closed('Metric: a distribution of sizes in bytes, judged as latency is.', {
      quantile: Type.Optional(quantile()),
      source: source(),
      query: query('The query of a histogram in bytes.'),
    }),
  ),
  ratio: Type.Optional(
    closed('Metric: one counter over another.', {
      source: source(),
      bad: query('The query of the counter of what went wrong.'),
      all: query('The query of the counter of everything.'),
      per: Type.Optional(
        word(
          ['event', 'user'],
          'What both count: events, or each user once and no more, as the goal of an experiment needs.',
          'event',
        ),
      ),
    }),
  ),
  rate: Type.Optional(
    closed('Metric: events per time, without a denominator: orders, sign-ups, crashes.', {
      source: source(),
      query: query('The query of the counter of events.'),
    }),
  ),
  value: Type.Optional(
    closed('Metric: a gauge.', {
      source: source(),
      query: query('The query of the gauge.'),
      per: Type.Optional(word(['process', 'pod'], 'One value for each of these.')),
    }),
  ),
  usage: Type.Optional(word(['cpu', 'memory', 'restarts'], 'Metric: what the replicas use.')),
};

const judges = {
  worseBy: Type.Optional(
    formed(
      'a margin, as in 10%',
      '^\\d{1,4}(\\.\\d{1,3})?%$',
      'Judge, sequential: how much worse than stable is not yet harm.',
    ),
  ),
  safe: Type.Optional(
    formed(
      'a margin, as in 2x, "0.5%" or 250ms',
      '^\\d+(\\.\\d+)?(x|%|ms|s)$',
      'Beside `worseBy`: the margin that proves the candidate safe, so that a step may end early. `2x` is "less than twice stable"; a share (errors) or a duration (latency) is absolute.',
    ),
  ),
  max: Type.Optional(level('Judge, threshold: no measurement above this.')),
  min: Type.Optional(level('Judge, threshold: no measurement below this.')),
  failures: Type.Optional(
    closed('Beside `max` and `min`: how many measurements may miss.', {
      limit: Type.Optional(
        count('More than so many are bad.', { minimum: 0, default: DEFAULTS.check.failures.limit }),
      ),
      consecutive: Type.Optional(toggle('Only in a row.', DEFAULTS.check.failures.consecutive)),
      inconclusive: Type.Optional(
        count('More than so many inconclusive measurements hold the release.', { minimum: 0 }),
      ),
      errors: Type.Optional(
        count('More than so many measurements in a row that could not be taken are bad.', { minimum: 0 }),
      ),
    }),
  ),
  noValue: Type.Optional(
    word(
      ['skip', 'fail', 'error'],
      'Beside `max`, `min` and `condition`: what a measurement without a value is.',
      'skip',
    ),
  ),
  slo: Type.Optional(share('Judge: an objective whose error budget must not burn.')),
  condition: Type.Optional(
    text('Judge, threshold: a CEL expression on the measured values, true when they are fine.'),
  ),
  failWhen: Type.Optional(
    text(
      'Judge, threshold: a CEL expression, true when they are not. With neither, a measurement is inconclusive.',
    ),
  ),
  exhaustion: Type.Optional(
    closed('Beside `worseBy`, for gauges: growth that would reach a limit soon is harm too.', {
      limit: level('The limit, as in 512Mi.'),
      within: Type.Optional(duration('How soon.', DEFAULTS.check.exhaustionWithin)),
    }),
  ),
  scoring: Type.Optional(
    closed("With `score`: the fields of Kayenta's `analysisConfigurations.canary`.", {
      mustHaveData: Type.Optional(toggle('Without data the check has failed.', false)),
      muted: Type.Optional(toggle('Shown, but not scored.', false)),
      nanStrategy: Type.Optional(
        word(['remove', 'replace'], 'What becomes of a point without a value.', 'remove'),
      ),
      outliers: Type.Optional(
        closed('What becomes of outliers.', {
          strategy: Type.Optional(word(['keep', 'remove'], 'Whether they are removed.', 'keep')),
          outlierFactor: Type.Optional(Type.Number({ description: 'In interquartile ranges.', default: 3 })),
        }),
      ),
      effectSize: Type.Optional(
        closed('How large a difference must be.', {
          measure: Type.Optional(word(['meanRatio', 'cles'], 'How it is measured.', 'meanRatio')),
          allowedIncrease: Type.Optional(Type.Number({ description: 'At least this much to fail.' })),
          allowedDecrease: Type.Optional(Type.Number({ description: 'At most this much to fail.' })),
          criticalIncrease: Type.Optional(Type.Number({ description: 'At least this much to be critical.' })),
          criticalDecrease: Type.Optional(Type.Number({ description: 'At most this much to be critical.' })),
        }),
      ),
    }),
  ),
};

const judge: OneOf = {
  what: 'judge',
  of: [['worseBy'], ['max', 'min', 'condition', 'failWhen'], ['slo'], ['scoring']],
  // A check without one is judged by `analysis.score`; without a score it is refused when it is resolved.
  required: false,
};

/** One of `spec.analysis.checks`. */
export const check = closed(
  'One check: a metric and a judge.',
  {
    name: text('Its name, in messages and reports.'),
    ...metrics,
    ...judges,
    worse: Type.Optional(word(['higher', 'lower', 'either'], 'Which direction is harm.', 'higher')),
    floor: Type.Optional(
      level('The absolute value below which nothing is harm: a share for errors, a duration for latency.'),
    ),
    weight: Type.Optional(
      Type.Number({
        description: 'Relative share of the promised false alarms.',
        exclusiveMinimum: 0,
        maximum: 1_000_000,
        default: DEFAULTS.check.weight,
      }),
    ),
    critical: Type.Optional(toggle('With `score`: this check alone can stop the release.', false)),
    every: Type.Optional(
      duration('Beside `max` and `min`: how often a measurement is taken.', DEFAULTS.check.every),
    ),
  },
  oneOf('metric', Object.keys(metrics)),
  judge,
);

const score = closed('Judge the checks together by a score of 0 to 100, as Kayenta does.', {
  pass: Type.Number({ description: 'From this score on the run has passed.', minimum: 0, maximum: 100 }),
  marginal: Type.Number({
    description: 'At or below this score it is bad at once.',
    minimum: 0,
    maximum: 100,
  }),
  step: Type.Optional(duration('What one point of each series covers.', DEFAULTS.score.step)),
  every: Type.Optional(duration('Time between two judgements.', DEFAULTS.score.every)),
  lifetime: Type.Optional(
    duration(
      'How long each step is measured before its last judgement, which counts.',
      DEFAULTS.score.lifetime,
    ),
  ),
  lookback: Type.Optional(
    duration('Only points of this newest time are judged; without it, all of the step.'),
  ),
  groups: Type.Optional(
    namedList(
      closed('One group.', {
        name: text('Its name.'),
        weight: Type.Number({ description: 'Its part of the score.', minimum: 0, maximum: 100 }),
        checks: list(text('Name of a check.'), 'The checks in it.'),
      }),
      'Groups of checks and their weights.',
    ),
  ),
});

/** `spec.analysis`: how a release is judged. */
export const analysis = closed('How a release is judged.', {
  compareTo: Type.Optional(
    word(
      ['stable', 'baseline'],
      'What the canary is compared with: all of stable, or a fresh copy of its size.',
      DEFAULTS.analysis.compareTo,
    ),
  ),
  falseAlarms: Type.Optional(
    share(
      'The promised probability that a good release is rolled back by the sequential checks, all together.',
      DEFAULTS.analysis.falseAlarms,
    ),
  ),
  warmUp: Type.Optional(
    duration("Data of the candidate's first moments, not counted.", DEFAULTS.analysis.warmUp),
  ),
  undecided: Type.Optional(
    word(
      ['advance', 'hold', 'ask', 'rollBack'],
      'At the end of a step with data that shows neither harm nor safety.',
      DEFAULTS.analysis.undecided,
    ),
  ),
  noData: Type.Optional(
    word(['hold', 'extend', 'ask'], 'At the end of a step without data.', DEFAULTS.analysis.noData),
  ),
  standingAA: Type.Optional(
    toggle('Compare stable with itself between releases, to measure the false alarms.', false),
  ),
  templates: Type.Optional(
    namedList(
      closed('One template.', {
        name: text('Its name.'),
        args: Type.Optional(textsByName('Values for its parameters.')),
      }),
      'Checks that are defined elsewhere.',
    ),
  ),
  checks: Type.Optional(namedList(check, 'What is measured and how it is judged.')),
  score: Type.Optional(score),
});
