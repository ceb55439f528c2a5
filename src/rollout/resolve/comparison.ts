import { fractionOf, NO_SHARE } from '../../base/share.ts';
import { DEFAULTS } from '../defaults.ts';
import type { AnswerComparison } from '../answer-comparison.ts';
import type { Analysis, Check } from '../model.ts';
import { field, item, readShare, tell, type Place } from '../place.ts';
import { resolveAnalysis } from './analysis.ts';
import { latencyOf, type Measuring } from './metric.ts';
import type { RolloutSpec } from '../schema/document.ts';

type Spec = Partial<RolloutSpec>;
type Written = NonNullable<NonNullable<RolloutSpec['strategy']['shadow']>['compare']>;

/** The checks that `compare` stands for. */
const ANSWERS = 'answers';
const ANSWER_TIMES = 'answer-times';

/** `compare` as far as answers are looked into; undefined when only their times are. */
export function resolveComparison(written: Written, place: Place): AnswerComparison | undefined {
  const { status, headers, body } = { ...DEFAULTS.shadow.compare, ...written };
  const pointers = field(field(place, 'body'), 'ignore');
  const ignore = body?.ignore ?? [];
  ignore.forEach((pointer, i) => {
    if (/^(\/([^~/]|~[01])*)+$/.test(pointer)) return;
    tell(item(pointers, i), `${pointer} is no JSON pointer`, 'as in /items/*/updatedAt');
  });
  if (!status && !headers && body === undefined) {
    if (written.latency !== true) tell(place, 'nothing is compared', 'leave it out, or compare something');
    return undefined;
  }
  return { status, headers, ...(body === undefined ? {} : { body: { ignore } }) };
}

/** The analysis with the checks that a comparison of answers stands for; undefined when there is nothing to judge. */
export function withComparison(
  spec: Spec,
  analysis: Analysis | undefined,
  { place, measuring }: { readonly place: Place; readonly measuring: Measuring },
): Analysis | undefined {
  const compare = spec.strategy?.shadow?.compare;
  if (compare === undefined) return analysis;
  const base = analysis ?? resolveAnalysis({}, place, measuring);
  const at = field(field(field(place, 'strategy'), 'shadow'), 'compare');
  const checks = checksOf(compare, at, measuring);
  for (const { name } of base.checks) {
    if (!checks.some((one) => one.name === name)) continue;
    tell(field(place, 'analysis'), `compare has a check of the name ${name} already`, 'name yours otherwise');
  }
  return { ...base, checks: [...checks, ...base.checks] };
}

function checksOf(compare: Written, at: Place, measuring: Measuring): readonly Check[] {
  const { status, headers, body, latency, differ } = { ...DEFAULTS.shadow.compare, ...compare };
  const floor = readShare(field(at, 'differ'), differ);
  if (floor === NO_SHARE) {
    tell(field(at, 'differ'), 'no version answers twice in the same way for ever', 'above 0%, as in 0.1%');
  }
  const isLookedInto = status || headers || body !== undefined;
  const answers: Check = {
    name: ANSWERS,
    metric: { kind: 'differences' },
    judge: { kind: 'sequential', worseBy: MORE_THAN_NOISE },
    floor: fractionOf(floor),
    weight: DEFAULTS.check.weight,
  };
  const times = (): Check => ({
    name: ANSWER_TIMES,
    metric: latencyOf({}, field(at, 'latency'), measuring),
    judge: { kind: 'sequential', worseBy: SLOWER },
    weight: DEFAULTS.check.weight,
  });
  return [...(isLookedInto ? [answers] : []), ...(latency === true ? [times()] : [])];
}

/** So much more often may answers differ than those of the old version differ from each other. */
const MORE_THAN_NOISE = 0.5;
/** So much slower may answers be. */
const SLOWER = 0.1;
