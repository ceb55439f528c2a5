import { Type, type Static } from 'typebox';
import { closed, count, list, toggle, word } from '../../rollout/schema/fields.ts';

const number = (description: string, limits: object = {}) => Type.Number({ description, ...limits });
const positive = (description: string) => number(description, { exclusiveMinimum: 0 });

const alpha = (fallback: number) =>
  Type.Optional(
    number('The probability of a false alarm that is accepted.', {
      exclusiveMinimum: 0,
      maximum: 0.5,
      default: fallback,
    }),
  );
const allocation = Type.Optional(
  closed(
    'The planned split of the units, as weights: { control: 9, candidate: 1 }. Given, it is checked first.',
    {
      control: positive('Weight of the control.'),
      candidate: positive('Weight of the candidate.'),
    },
  ),
);
const goal = Type.Optional(
  word(
    ['increase', 'decrease', 'same'],
    'Which direction is better; `same`: any difference is bad.',
    'increase',
  ),
);
const alternative = Type.Optional(
  word(
    ['two-sided', 'higher', 'lower'],
    'Which difference is looked for. One-sided tests can only find the candidate higher (lower).',
    'two-sided',
  ),
);
const power = Type.Optional(
  number('The power aimed at for `detectable` and `samplesNeeded`.', {
    exclusiveMinimum: 0,
    exclusiveMaximum: 1,
    default: 0.8,
  }),
);
const relative = Type.Optional(
  toggle(
    'Judge the difference as a share of the control, in the estimate, margin and minimum effect.',
    false,
  ),
);

const judged = {
  alpha: alpha(0.05),
  goal,
  allocation,
  minimumEffect: Type.Optional(positive('The size of the effect whose power is reported.')),
  power,
};
const sided = { ...judged, alternative };
const estimated = {
  ...sided,
  relative,
  margin: Type.Optional(
    positive(
      'Non-inferiority: how much worse is still good enough. `good` and `bad` then mean within and beyond it.',
    ),
  ),
};
const measure = Type.Optional(
  word(['mean', 'proportion', 'ratio', 'cuped'], 'What the data are; told from their form when absent.'),
);

const welch = closed('Difference of two means.', { test: word(['welch'], 'The test.'), ...estimated });
const proportions = closed('Difference of two proportions.', {
  test: word(['proportions'], 'The test.'),
  ...estimated,
  interval: Type.Optional(
    word(['unpooled', 'newcombe'], 'How the interval of the difference is computed.', 'unpooled'),
  ),
});
const chiSquared = closed('Pearson’s χ² of a table of outcomes, without Yates’ correction.', {
  test: word(['chiSquared'], 'The test.'),
  ...judged,
});
const fisher = closed('Fisher’s exact test of two proportions.', {
  test: word(['fisher'], 'The test.'),
  ...sided,
});
const ratio = closed('Difference of two ratios of totals, by the delta method.', {
  test: word(['ratio'], 'The test.'),
  ...estimated,
});
const cuped = closed('Difference of two means with what was known before taken out.', {
  test: word(['cuped'], 'The test.'),
  ...estimated,
});
const groupSequential = closed(
  'A test with planned looks.',
  {
    test: word(['groupSequential'], 'The test.'),
    ...estimated,
    measure,
    spending: Type.Optional(
      word(
        ['obrienFleming', 'pocock', 'power'],
        'How the false alarms are spent over the looks.',
        'obrienFleming',
      ),
    ),
    rho: Type.Optional(
      number('The exponent of `spending: power`.', { exclusiveMinimum: 0, maximum: 20, default: 2 }),
    ),
    looks: Type.Optional(count('The number of looks planned, evenly spaced.', { maximum: 100 })),
    look: Type.Optional(count('Which of them this is, from 1.', { maximum: 100 })),
    fractions: Type.Optional(
      list(
        number('A share.', { exclusiveMinimum: 0, maximum: 1 }),
        'Instead of `looks` and `look`: the share of the planned data at each look so far; the last one is now.',
      ),
    ),
  },
  { what: 'schedule', of: [['fractions'], ['looks', 'look']], required: true },
);
const asymptotic = closed('A confidence sequence: look whenever you like.', {
  test: word(['asymptotic'], 'The test.'),
  ...estimated,
  measure,
  tuning: Type.Optional(count('The number of units at which it is narrowest.', { default: 5000 })),
  minimumSamples: Type.Optional(
    count('Units per arm before the first look.', { minimum: 100, default: 500 }),
  ),
});
const sampleRatio = closed('Whether units were divided as planned.', {
  test: word(['sampleRatio'], 'The test.'),
  alpha: alpha(0.001),
  allocation,
});
const adjust = closed('Correct the p-values of several tests.', {
  test: word(['adjust'], 'The test.'),
  alpha: alpha(0.05),
  pValues: Type.Array(number('A p-value.'), { description: 'The p-values.' }),
  method: Type.Optional(
    word(
      ['benjaminiHochberg', 'holm', 'bonferroni'],
      'Keep the share of false discoveries, or (the other two) the chance of any.',
      'benjaminiHochberg',
    ),
  ),
});
const plan = closed(
  'No data: how many units are needed, or what would be found.',
  {
    test: word(['plan'], 'The test.'),
    measure: word(['mean', 'proportion'], 'What will be measured.'),
    alpha: alpha(0.05),
    alternative,
    goal,
    allocation,
    power,
    relative,
    baseline: Type.Optional(number('The control’s mean or proportion.')),
    variance: Type.Optional(positive('Of one unit; for means.')),
    minimumEffect: Type.Optional(positive('The effect to be found: `samplesNeeded` is answered.')),
    samples: Type.Optional(
      closed('The units there will be: `detectable` is answered, and `power` with an effect.', {
        control: count('Of the control.'),
        candidate: count('Of the candidate.'),
      }),
    ),
  },
  { what: 'question', of: [['minimumEffect', 'samples']], required: true },
);

/** The options of every test: one schema each. */
export const EXPERIMENT_OPTIONS = {
  welch,
  proportions,
  chiSquared,
  fisher,
  ratio,
  cuped,
  groupSequential,
  asymptotic,
  sampleRatio,
  adjust,
  plan,
};

/** The name of a test. */
export type TestName = keyof typeof EXPERIMENT_OPTIONS;

/** The options of one test. */
export type OptionsOf<Test extends TestName> = Static<(typeof EXPERIMENT_OPTIONS)[Test]>;

/** What the options say; the field `test` tells which test it is. */
export type ExperimentOptions = { [Test in TestName]: OptionsOf<Test> }[TestName];

/** Options with only the name of the test, to find out which schema is meant. */
export const NAMED_TEST = Type.Object(
  { test: word(Object.keys(EXPERIMENT_OPTIONS), 'The test to use.') },
  { description: 'The test and its inputs.' },
);
