import { Type } from 'typebox';
import { OUTCOMES } from '../rollout/model.ts';

/** What a file of a recording says it is. */
export const FORMAT = 'coalmine.dev/release/v1';

const text = Type.String();
const count = Type.Number();
// JSON knows no infinity.
const number = Type.Union([count, Type.Null()]);
const exposure = Type.Object({ trials: count, events: count });
const histogram = Type.Array(Type.Tuple([count, count]));
const units = Type.Record(text, number);
const arms = <Value extends typeof exposure | typeof histogram | typeof units>(value: Value) => ({
  candidate: value,
  control: value,
});
const served = Type.Object({ requests: count, errors: count });
const counters = Type.Object({
  requests: count,
  errors: count,
  latency: histogram,
  users: Type.Optional(Type.Object({ seen: count, failed: count })),
  assigned: Type.Optional(count),
});
const sample = Type.Union([
  Type.Object({
    kind: Type.Literal('counts'),
    ...arms(exposure),
    variants: Type.Optional(Type.Record(text, exposure)),
  }),
  Type.Object({ kind: Type.Literal('distribution'), ...arms(histogram) }),
  Type.Object({ kind: Type.Literal('gauge'), ...arms(units) }),
  Type.Object({ kind: Type.Literal('missing'), reason: text }),
]);
const tick = Type.Object({
  ms: count,
  candidate: counters,
  control: counters,
  variants: Type.Optional(Type.Record(text, counters)),
  measured: Type.Optional(Type.Record(text, sample)),
  plannedShare: Type.Optional(count),
  matched: Type.Optional(served),
});
const verdict = Type.Enum(['good', 'bad', 'undecided', 'invalid']);
const strength = Type.Optional(Type.Object({ logE: number, logLimit: number }));
const check = Type.Object({
  name: text,
  verdict,
  reason: text,
  samples: count,
  harm: strength,
  safe: strength,
  pValue: Type.Optional(number),
  effect: Type.Optional(
    Type.Object({ of: text, estimate: Type.Optional(number), low: number, high: Type.Optional(number) }),
  ),
  label: Type.Optional(text),
  candidate: Type.Optional(number),
  control: Type.Optional(number),
});
const judgement = Type.Object({
  verdict,
  reason: text,
  checks: Type.Array(check),
  score: Type.Optional(Type.Object({ score: number, classification: text, reason: text })),
  assignment: Type.Optional(
    Type.Object({
      mismatch: Type.Object({ logE: number, logLimit: number }),
      share: number,
      planned: number,
    }),
  ),
});
const author = Type.Object({ kind: Type.Enum(['token', 'account', 'identity', 'user']), name: text });
const difference = Type.Object({ method: text, path: text, field: text, count });
const variant = { name: text, trials: count, events: count };
const experiment = Type.Object({
  verdict,
  reason: text,
  isDecided: Type.Boolean(),
  goal: Type.Optional(Type.Object({ what: text, better: Type.Enum(['more', 'fewer']) })),
  control: Type.Object(variant),
  candidates: Type.Array(
    Type.Object({
      ...variant,
      verdict,
      isDecided: Type.Boolean(),
      effect: Type.Optional(number),
      interval: Type.Optional(Type.Tuple([number, number])),
    }),
  ),
  leader: Type.Optional(text),
});
const step = Type.Object({
  title: text,
  waits: Type.Boolean(),
  weights: Type.Optional(Type.Record(text, count)),
  copies: Type.Optional(count),
  experiment: Type.Optional(
    Type.Object({
      whenBetter: text,
      otherwise: text,
      minimumEffect: Type.Optional(count),
      users: Type.Optional(count),
      atMostMs: count,
    }),
  ),
});

/** A recording as a file holds it: all that is computed with or shown. What else is there stays as it is. */
export const RECORDING = Type.Object({
  format: Type.Literal(FORMAT),
  rollout: text,
  release: Type.Object({
    number: Type.Integer(),
    from: Type.Optional(text),
    to: text,
    by: Type.Optional(author),
    variants: Type.Optional(Type.Record(text, text)),
    startedAt: moment(),
    endedAt: Type.Optional(moment()),
    outcome: Type.Optional(Type.Enum([...OUTCOMES])),
    reason: Type.Optional(text),
    settings: Type.Optional(Type.Record(text, text)),
  }),
  steps: Type.Array(step),
  document: Type.Object({}),
  ticks: Type.Array(
    Type.Object({
      step: Type.Integer({ minimum: 0 }),
      at: moment(),
      tick,
      judgement: Type.Optional(judgement),
    }),
  ),
  events: Type.Optional(
    Type.Array(Type.Object({ at: moment(), type: text, message: text, by: Type.Optional(author) })),
  ),
  kept: Type.Optional(
    Type.Object({
      served,
      judgement: Type.Optional(judgement),
      differences: Type.Optional(Type.Array(difference)),
      experiment: Type.Optional(experiment),
    }),
  ),
});

/** Milliseconds since 1970, as far as a date goes. */
function moment() {
  return Type.Number({ minimum: -8.64e15, maximum: 8.64e15 });
}
