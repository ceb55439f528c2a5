import { scoreResults, type GroupWeights } from '../../../src/analysis/score/scoring.ts';
import { STAGE_SECONDS } from '../scenarios/scenario.ts';
import { scrapingDecider, type Tool } from './decider.ts';
import type { Looked, Metric, Step } from './kayenta-record.ts';

/** A canary config and how often it is judged. */
export interface KayentaSettings {
  readonly step: Step;
  /** Between two judgements; whole minutes. The window grows. */
  readonly everySeconds: number;
  /** `critical`: one failing metric fails the canary. `groups`: errors and latency weigh half each. */
  readonly scoring: 'critical' | 'groups';
  /** The least ratio of means that counts as an effect. */
  readonly allowedIncrease: number;
}

/** The documented example's score thresholds. */
const THRESHOLDS = { pass: 75, marginal: 50 };
const GROUPS: Readonly<Record<Metric, string>> = { errors: 'errors', median: 'latency', p99: 'latency' };
const WEIGHTS: GroupWeights = { errors: 50, latency: 50 };

/** A metric with its label under the settings: an effect below the allowed increase passes. */
export function labelled(looked: Looked, { allowedIncrease, scoring }: KayentaSettings): Looked {
  const isTooSmall = looked.label === 'High' && looked.effect < allowedIncrease;
  const label = isTooSmall ? 'Pass' : looked.label;
  return { ...looked, label, critical: scoring === 'critical' && looked.critical && !isTooSmall };
}

/** The summary score, 0 to 100. */
export function scoreOf(looks: readonly Looked[], settings: KayentaSettings): number {
  const results = looks.map((looked) => {
    const { metric, label, critical } = labelled(looked, settings);
    return { groups: [GROUPS[metric]], label, critical, muted: false, reason: metric };
  });
  return scoreResults(results, WEIGHTS, THRESHOLDS).score.score;
}

/** Kayenta's standalone analysis against the fresh baseline, for the whole hour. */
export function kayenta(name: string, settings: KayentaSettings): Tool {
  const { step, everySeconds, scoring, allowedIncrease } = settings;
  const effect = allowedIncrease === 1 ? '' : `, increase ≥ ${allowedIncrease}`;
  return {
    name,
    family: 'kayenta',
    settings: `step ${step} s, judged every ${everySeconds / 60} min, ${scoring}${effect}`,
    start(run) {
      return scrapingDecider((scrapes, at) => {
        run.kayenta.see(scrapes, at);
        if (at % everySeconds !== 0) return undefined;
        const looks = run.kayenta.look(step);
        if (looks === undefined) return undefined;
        const score = scoreOf(looks, settings);
        if (score <= THRESHOLDS.marginal) return 'stopped';
        if (at < STAGE_SECONDS) return undefined;
        return score < THRESHOLDS.pass ? 'stopped' : 'promoted';
      });
    },
  };
}
