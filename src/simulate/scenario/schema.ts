import { Type, type Static } from 'typebox';
import {
  closed,
  count,
  duration,
  list,
  oneOf,
  share,
  text,
  toggle,
  word,
} from '../../rollout/schema/fields.ts';
import { moment } from '../../rollout/schema/outside.ts';
import { OUTAGES } from './model.ts';
import { answers, audience, measured, users } from './schema-circumstances.ts';
import { margin, versionName } from './schema-words.ts';

/** The kind of the document. */
export const SCENARIO_KIND = 'Scenario';

/** What holds when nothing is written, in the written form. */
export const SCENARIO_DEFAULTS = {
  seed: 1,
  lookEvery: '1s',
  traffic: 200,
  errors: '0.1%',
  latency: { median: '80ms', p99: '300ms' },
  startUp: '2s',
  conversions: '5%',
  gatewayAway: '1s',
} as const;

const MOST_PER_SECOND = 1_000_000;

const perSecond = (description: string) => Type.Number({ description, minimum: 0, maximum: MOST_PER_SECOND });

const traffic = closed(
  'Requests a second.',
  {
    constant: Type.Optional(perSecond('As many at any time.')),
    diurnal: Type.Optional(
      closed('Up and down once a day.', {
        least: perSecond('At the quietest time.'),
        most: perSecond('At the busiest time.'),
        peakAt: Type.Optional(duration('When the busiest time is, from the beginning.', '12h')),
      }),
    ),
    csv: Type.Optional(
      closed('As it was measured: a file with a line of titles; after the last row from the first again.', {
        file: text('The file, beside the scenario.'),
        column: text('The title of the column of requests.'),
        every: duration('The time that a row covers.'),
        total: Type.Optional(toggle('The column holds requests of the whole time, not of a second.', false)),
        times: Type.Optional(
          Type.Number({
            description: 'Multiplies all of it.',
            exclusiveMinimum: 0,
            maximum: MOST_PER_SECOND,
            default: 1,
          }),
        ),
      }),
    ),
    bursts: Type.Optional(
      list(
        closed('More, or less, for a while.', {
          at: duration('When it begins.'),
          for: duration('How long it lasts.'),
          every: Type.Optional(duration('Again and again after so long.')),
          times: Type.Number({
            description: 'Multiplies the traffic.',
            minimum: 0,
            maximum: 1_000,
          }),
        }),
        'Times of other traffic.',
      ),
    ),
  },
  oneOf('shape of the traffic', ['constant', 'diurnal', 'csv']),
);

const version = closed('A version of the program. What is not written is as in the first one.', {
  name: versionName('Its name, in place of that of a revision.'),
  errors: Type.Optional(share('Answers that fail.', SCENARIO_DEFAULTS.errors)),
  latency: Type.Optional(
    closed('How long answers take: a log-normal distribution.', {
      median: duration('Half of them are faster.'),
      p99: duration('Ninety-nine of a hundred are faster.'),
    }),
  ),
  capacity: Type.Optional(
    Type.Number({
      description:
        'Requests a second that one process can answer. From 80 % of it on answers are slower, beyond it requests fail.',
      exclusiveMinimum: 0,
      maximum: MOST_PER_SECOND,
    }),
  ),
  startUp: Type.Optional(
    duration('From the start of a process until it can answer.', SCENARIO_DEFAULTS.startUp),
  ),
  warmUp: Type.Optional(
    closed('A new process is slower at first.', {
      for: duration('How long it takes to be as fast as usual.'),
      slower: margin('By how much it is slower when it begins to answer.'),
    }),
  ),
  crashAfter: Type.Optional(duration('Every process ends by itself after so long.')),
  conversions: Type.Optional(
    share(
      'In an experiment: users who do what is hoped for, when no request of theirs fails.',
      SCENARIO_DEFAULTS.conversions,
    ),
  ),
});

const rollout = closed('The Rollouts of a file.', {
  file: text('A file that declares Rollouts, beside the scenario.'),
  name: Type.Optional(text('Only the one of this name.')),
  copies: Type.Optional(count('As many of each, named NAME-1, NAME-2 and so on.', { maximum: 10_000 })),
  traffic: Type.Optional(traffic),
});

const which = {
  version: Type.Optional(versionName('Only this version. Without it: all.')),
  replicas: Type.Optional(count('So many processes of a version, the oldest. Without it: all.')),
};

const fault = closed(
  'Answers are worse for a while.',
  {
    ...which,
    for: Type.Optional(duration('How long. Without it: for good.')),
    ramp: Type.Optional(duration('It grows from nothing for so long.', '0s')),
    errors: Type.Optional(share('Answers that fail besides those that do anyway.')),
    slower: Type.Optional(margin('By how much answers take longer.')),
  },
  { what: 'harm', of: [['errors', 'slower']], required: true },
);

const command = (description: string) => closed(description, {});

const said = (description: string) =>
  closed(description, {
    gate: text('The name of the gate.'),
    by: Type.Optional(text('Who says it. Without it: the first who may.')),
    groups: Type.Optional(list(text('The name of a group.'), 'The groups of who says it.')),
  });

const happening = closed(
  'Something that happens.',
  {
    at: duration('When, from the beginning.'),
    every: Type.Optional(duration('Again and again after so long.')),
    times: Type.Optional(count('With `every`: so often in all.', { maximum: 10_000 })),
    spread: Type.Optional(duration('For each Rollout later by chance, by up to this.')),
    rollout: Type.Optional(
      text('Only for the Rollout of this name, or the copies of it. Without it: for all.'),
    ),
    release: Type.Optional(versionName('This version is released.')),
    experiment: Type.Optional(
      list(
        closed('A variant.', {
          name: text('Its name in the Rollout.'),
          version: versionName('What it runs.'),
        }),
        'A release of several variants: the version of each.',
      ),
    ),
    fault: Type.Optional(fault),
    crash: Type.Optional(closed('Processes are killed, and start again.', which)),
    outage: Type.Optional(
      closed('Something does not answer.', {
        of: word(OUTAGES, 'What.'),
        for: duration('How long.'),
      }),
    ),
    restartGateway: Type.Optional(
      closed('The gateway is started anew, and counts from nothing.', {
        away: Type.Optional(duration('How long it serves nobody.', SCENARIO_DEFAULTS.gatewayAway)),
      }),
    ),
    promote: Type.Optional(
      closed('A user promotes the release.', {
        full: Type.Optional(toggle('All the way, not only past the step at hand.', false)),
      }),
    ),
    pause: Type.Optional(command('A user pauses the release.')),
    resume: Type.Optional(command('A user lets it go on.')),
    abort: Type.Optional(command('A user aborts it.')),
    retry: Type.Optional(command('A user tries the version that was rejected last again.')),
    undo: Type.Optional(command('A user goes back to the version before.')),
    approve: Type.Optional(said('Somebody says yes at an approval.')),
    reject: Type.Optional(said('Somebody says no there.')),
  },
  oneOf('thing that happens', [
    'release',
    'fault',
    'crash',
    'outage',
    'restartGateway',
    'promote',
    'pause',
    'resume',
    'abort',
    'retry',
    'undo',
    'experiment',
    'approve',
    'reject',
  ]),
);

/** The whole written form of a scenario. */
export const scenarioDocument = closed('What is simulated.', {
  kind: Type.Optional(word([SCENARIO_KIND], 'Kind of the document.', SCENARIO_KIND)),
  seed: Type.Optional(
    count('Another seed, another course of chance.', {
      minimum: 0,
      maximum: 2 ** 31,
      default: SCENARIO_DEFAULTS.seed,
    }),
  ),
  starts: Type.Optional(
    moment('What the clocks show at the beginning. Without it, windows and freezes are left out.'),
  ),
  until: Type.Optional(duration('How long it goes on. Without it: until nothing is left to happen.')),
  lookEvery: Type.Optional(
    duration(
      'The least time between two looks at a release that is being judged; more makes simulations of many Rollouts faster and coarser.',
      SCENARIO_DEFAULTS.lookEvery,
    ),
  ),
  rollouts: Type.Optional(
    list(rollout, 'What is released. Without it: the files of `--file`, or ./coalmine.yaml.'),
  ),
  traffic: Type.Optional(traffic),
  versions: list(version, 'The first one serves at the beginning, and what is harm is measured against it.'),
  users: Type.Optional(users),
  audience: Type.Optional(audience),
  answers: Type.Optional(answers),
  measured: Type.Optional(measured),
  happens: Type.Optional(list(happening, 'What happens, in any order.', { minItems: 0 })),
});

/** A scenario as it is written, after validation. */
export type ScenarioDocument = Static<typeof scenarioDocument>;
