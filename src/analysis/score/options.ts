import type { Problem } from '../../base/failure.ts';
import { isJsonObject } from '../../base/json.ts';
import { problemOf, type Finding } from '../../rollout/finding.ts';
import { keyPath } from '../../rollout/path.ts';
import type { Shape } from '../../rollout/shape.ts';
import { structureFindings } from '../../rollout/structure.ts';
import type { EffectMeasure } from './effect-size.ts';
import { refused } from './refusal.ts';
import { SCORE_OPTIONS, type WrittenScoreOptions } from './written-options.ts';

const OPTIONS_SHAPE = SCORE_OPTIONS as unknown as Shape;

/** The options with nothing left open. */
export interface ScoreOptions {
  readonly direction: 'increase' | 'decrease' | 'either';
  readonly nanStrategy: 'remove' | 'replace';
  readonly critical: boolean;
  readonly mustHaveData: boolean;
  readonly muted: boolean;
  readonly effectSize: EffectLimits;
  /** Interquartile ranges from the quartiles at which a value is an outlier; undefined keeps them all. */
  readonly outlierFactor: number | undefined;
}

/** How large an effect must be. */
export interface EffectLimits {
  readonly measure: EffectMeasure;
  readonly allowedIncrease: number;
  readonly allowedDecrease: number;
  readonly criticalIncrease: number;
  readonly criticalDecrease: number;
}

/** Options that were read, and what in them had no effect. */
export interface ReadScoreOptions {
  readonly options: ScoreOptions;
  /** Sentences, one for each field that is not known and each word that fell back to the default. */
  readonly remarks: readonly string[];
}

/**
 * Reads options as Kayenta does: what is absent or null has its default, unknown words fall back, unknown
 * fields have no effect. Throws Failure `usage` where Kayenta fails too: for a boolean or a number of another
 * type, and for outliers to be removed with a factor that is not positive.
 */
export function readScoreOptions(written: unknown, path = 'options'): ReadScoreOptions {
  const { value, problems, remarks } = scoreOptionsAt(written, path);
  if (value === undefined) throw refused('options of the score judge', problems);
  return { options: value, remarks };
}

/** The same without throwing: the options, or the problems. */
export function scoreOptionsAt(
  written: unknown,
  path: string,
): {
  readonly value: ScoreOptions | undefined;
  readonly problems: readonly Problem[];
  readonly remarks: readonly string[];
} {
  const value = withoutNull(written ?? {});
  const findings = structureFindings(OPTIONS_SHAPE, value).map((finding) => below(path, finding));
  const problems = findings.filter(({ atKey }) => atKey !== true).map(problemOf);
  const unknown = findings.filter(({ atKey }) => atKey === true).map(unknownField);
  if (problems.length > 0) return { value: undefined, problems, remarks: unknown };
  const fields = value as WrittenScoreOptions;
  const factor = fields.outliers?.outlierFactor ?? 3;
  if (fields.outliers?.strategy === 'remove' && !(factor > 0)) {
    const at = keyPath(keyPath(path, 'outliers'), 'outlierFactor');
    const hint = 'leave it out for 3, or write strategy: keep';
    return { value: undefined, problems: [{ path: at, reason: 'must be more than 0', hint }], remarks: [] };
  }
  return { value: resolved(fields, factor), problems: [], remarks: [...unknown, ...fallbacks(fields, path)] };
}

function resolved(fields: WrittenScoreOptions, factor: number): ScoreOptions {
  const { direction, nanStrategy, critical = false, mustHaveData = false, muted = false } = fields;
  return {
    direction: direction === 'increase' || direction === 'decrease' ? direction : 'either',
    nanStrategy: nanStrategy === 'replace' ? 'replace' : 'remove',
    critical,
    mustHaveData,
    muted,
    effectSize: effectLimits(fields.effectSize ?? {}),
    outlierFactor: fields.outliers?.strategy === 'remove' ? factor : undefined,
  };
}

function effectLimits(written: NonNullable<WrittenScoreOptions['effectSize']>): EffectLimits {
  const isCles = written.measure === 'cles';
  const none = isCles ? 0.5 : 1;
  return {
    measure: isCles ? 'cles' : 'meanRatio',
    allowedIncrease: written.allowedIncrease ?? none,
    allowedDecrease: written.allowedDecrease ?? none,
    criticalIncrease: written.criticalIncrease ?? none,
    criticalDecrease: written.criticalDecrease ?? none,
  };
}

/** Words that were taken for another one. */
function fallbacks({ direction, nanStrategy, effectSize, outliers }: WrittenScoreOptions, path: string) {
  const effect = keyPath(path, 'effectSize');
  const words: readonly (readonly [string, string | undefined, readonly string[]])[] = [
    [keyPath(path, 'direction'), direction, ['either', 'increase', 'decrease']],
    [keyPath(path, 'nanStrategy'), nanStrategy, ['remove', 'replace']],
    [keyPath(effect, 'measure'), effectSize?.measure, ['meanRatio', 'cles']],
    [keyPath(keyPath(path, 'outliers'), 'strategy'), outliers?.strategy, ['keep', 'remove']],
  ];
  return words.flatMap(([at, word, known]) =>
    word === undefined || known.includes(word)
      ? []
      : [`${at}: ${JSON.stringify(word)} is not known and read as ${known[0] ?? ''}`],
  );
}

function unknownField({ path, hint }: Finding): string {
  return `${path} is not known and has no effect${hint?.startsWith('did you mean') === true ? `: ${hint}` : ''}`;
}

function below(path: string, finding: Finding): Finding {
  const inner = finding.path;
  const joint = inner === '' || inner.startsWith('[') || path === '' ? '' : '.';
  return { ...finding, path: `${path}${joint}${inner}` };
}

/** What is null counts as absent. */
function withoutNull(value: unknown): unknown {
  if (!isJsonObject(value)) return value;
  const kept = Object.entries(value).filter(([, inner]) => inner !== null);
  return Object.fromEntries(kept.map(([key, inner]) => [key, withoutNull(inner)]));
}
