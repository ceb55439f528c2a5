import { JUDGE_NAME } from './canary-config.ts';
import { tagsKey } from './tags.ts';
import type { NamedResult, WindowJudgement } from './window.ts';

/** A judgement in the form of Kayenta's own JSON (`CanaryJudgeResult`), for tools that read that. */
export function kayentaResult({ results, groupScores, score }: WindowJudgement) {
  return {
    judgeName: JUDGE_NAME,
    results: results.map(metricResult),
    groupScores: groupScores.map((group) => ({
      name: group.name,
      score: group.score,
      classification: '',
      classificationReason: '',
    })),
    score: {
      score: score.score,
      classification: score.classification,
      classificationReason: score.reason,
    },
  };
}

function metricResult(result: NamedResult) {
  const { name, tags, groups, label, reason, critical, muted, deviation } = result;
  return {
    name,
    // Kayenta draws a random one; only its being different matters.
    id: Object.keys(tags).length === 0 ? name : `${name} ${tagsKey(tags)}`,
    tags,
    classification: label,
    classificationReason: reason,
    groups,
    experimentMetadata: { stats: result.candidate },
    controlMetadata: { stats: result.control },
    resultMetadata: label === 'Error' ? {} : { ratio: Number.isNaN(deviation) ? 'NaN' : deviation },
    critical,
    muted,
  };
}
