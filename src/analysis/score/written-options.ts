import { Type, type Static } from 'typebox';

/** How a metric is judged, as written: the fields of Kayenta's `analysisConfigurations.canary`. */
export const SCORE_OPTIONS = Type.Object(
  {
    direction: Type.Optional(
      Type.String({
        description: 'which side fails: increase, decrease or either; any other text is either',
      }),
    ),
    nanStrategy: Type.Optional(
      Type.String({ description: 'what becomes of gaps: remove, or replace by 0; any other text is remove' }),
    ),
    critical: Type.Optional(Type.Boolean({ description: 'a failure makes the whole score 0' })),
    mustHaveData: Type.Optional(Type.Boolean({ description: 'without data the metric has failed' })),
    muted: Type.Optional(Type.Boolean({ description: 'judged and shown, but not counted' })),
    effectSize: Type.Optional(
      Type.Object({
        measure: Type.Optional(
          Type.String({ description: 'meanRatio, or cles: the chance that a canary value is the larger' }),
        ),
        allowedIncrease: Type.Optional(Type.Number({ description: 'an effect below this is not High' })),
        allowedDecrease: Type.Optional(Type.Number({ description: 'an effect above this is not Low' })),
        criticalIncrease: Type.Optional(Type.Number({ description: 'an effect below this is not critical' })),
        criticalDecrease: Type.Optional(Type.Number({ description: 'an effect above this is not critical' })),
      }),
    ),
    outliers: Type.Optional(
      Type.Object({
        strategy: Type.Optional(Type.String({ description: 'remove or keep; any other text is keep' })),
        outlierFactor: Type.Optional(
          Type.Number({ description: 'how many interquartile ranges from the quartiles a value may be' }),
        ),
      }),
    ),
  },
  { description: 'how a metric is judged' },
);

/** The written form of the options; every field may be absent. */
export type WrittenScoreOptions = Static<typeof SCORE_OPTIONS>;
