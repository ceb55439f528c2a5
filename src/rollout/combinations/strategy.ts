import { parseDuration } from '../../base/duration.ts';
import { countFor, FULL_SHARE, parseShare } from '../../base/share.ts';
import { DEFAULTS } from '../defaults.ts';
import type { Report } from '../finding.ts';
import type { BlueGreenStrategy, CountOrShare, Strategy, Workload } from '../model.ts';
import { itemPath } from '../path.ts';
import type { WrittenCheck } from '../resolve/analysis.ts';
import type { RolloutSpec } from '../schema/document.ts';
import type { WrittenMatch } from '../schema/traffic.ts';

/** What the sections have become, as far as they could be resolved. */
export interface Resolved {
  readonly name: string;
  readonly workload?: Workload;
  readonly strategy?: Strategy;
  /** Whether the document has traffic at all, well-formed or not. */
  readonly trafficGiven: boolean;
  /** The sections that are written, and not as they must be: what they hold is not known. */
  readonly malformed: readonly string[];
}

type Spec = Partial<RolloutSpec>;
type WrittenCanary = NonNullable<RolloutSpec['strategy']['canary']>;
type WrittenStep = NonNullable<WrittenCanary['steps']>[number];

/** Reports what a strategy needs of the other sections and does not find there. */
export function strategyFindings(spec: Spec, resolved: Resolved, report: Report): void {
  refuseLive(resolved, report);
  if (resolved.trafficGiven) refuseReplicasOfTraffic(spec, report);
  else refuseWithoutTraffic(spec, report);
  refuseManySteps(resolved, report);
  refuseUnknownAudience(spec, report);
  const canary = canaryIn(spec);
  refuseBaseline(spec, { ...canary, hasTraffic: resolved.trafficGiven }, report);
  refuseLateMirror(canary, report);
  if (spec.strategy?.recreate !== undefined) refuseJudgedRecreate(spec, report);
  if (resolved.strategy?.kind === 'blueGreen') {
    refuseUncomparable(spec, report, resolved.strategy);
    refuseShortBake(spec, report, resolved.strategy);
  }
}

function refuseLive({ workload, strategy }: Resolved, report: Report): void {
  if (workload?.kind !== 'process' || !('live' in workload.from)) return;
  if (strategy === undefined || strategy.kind === 'recreate') return;
  const reason = `${strategy.kind} keeps two versions alive, and a live directory holds only one`;
  report('spec.workload.process.from', reason, 'write from: <path> to have it copied, or use recreate');
}

/** A canary as it is written, by itself or after a shadow. */
interface WrittenAt {
  readonly canary: WrittenCanary | undefined;
  readonly at: string;
}

function canaryIn({ strategy }: Spec): WrittenAt {
  const then = strategy?.shadow?.then?.canary;
  if (then !== undefined) return { canary: then, at: 'spec.strategy.shadow.then.canary' };
  return { canary: strategy?.canary, at: 'spec.strategy.canary' };
}

/** Canary and baseline have one size and one weight, which leave the rest to stable. */
function refuseBaseline(
  { analysis }: Spec,
  { canary, at, hasTraffic }: WrittenAt & { readonly hasTraffic: boolean },
  report: Report,
): void {
  if (canary?.baseline !== true) {
    if (analysis?.compareTo !== 'baseline') return;
    const hint = 'add baseline: true to the strategy canary';
    report('spec.analysis.compareTo', 'there is no baseline to compare with', hint);
    return;
  }
  if (analysis?.compareTo === 'stable') {
    const reason = 'there is a baseline, and nothing would be compared with it';
    report('spec.analysis.compareTo', reason, 'leave it out, or leave out the baseline');
  }
  if (!hasTraffic) report(`${at}.baseline`, 'a baseline gets traffic, and there is none', 'add traffic');
  if (canary.capacity === 'fixed') {
    report(`${at}.capacity`, 'a baseline is as large as its weight needs, and so is the canary', 'use match');
  }
  refuseLargeBaseline(canary, at, report);
}

const HALF = FULL_SHARE / 2;

function refuseLargeBaseline({ weights = [], steps = [] }: WrittenCanary, at: string, report: Report): void {
  const refuse = (weight: string, path: string): void => {
    if ((parseShare(weight) ?? 0) <= HALF) return;
    const reason = `${weight} leaves too little for a baseline of the same weight`;
    report(path, reason, 'at most 50%; all traffic moves after the last step');
  };
  weights.forEach((weight, i) => {
    refuse(weight, itemPath(`${at}.weights`, i));
  });
  steps.forEach(({ weight, replicas, match }, i) => {
    const path = itemPath(`${at}.steps`, i);
    if (weight !== undefined) refuse(weight, `${path}.weight`);
    if (match !== undefined)
      report(
        `${path}.match`,
        'an audience makes the canary busier than its baseline',
        'leave one of them out',
      );
    if (replicas === undefined) return;
    report(`${path}.replicas`, 'beside a baseline the sizes follow the weights', 'use weight');
  });
}

/** Who has users already is judged by them. */
function refuseLateMirror({ canary, at }: WrittenAt, report: Report): void {
  const { steps = [] } = canary ?? {};
  const first = steps.findIndex(({ weight, match }) => weight !== undefined || match !== undefined);
  steps.forEach(({ mirror }, i) => {
    if (mirror === undefined || first < 0 || i < first) return;
    const path = `${itemPath(`${at}.steps`, i)}.mirror`;
    report(
      path,
      'copies come too late: the canary has users already',
      'write it before the first weight or match',
    );
  });
}

/** A plan is kept with the status, and nobody reads one of thousands of steps. */
const MOST_BATCHES = 250;

function refuseManySteps({ workload, strategy }: Resolved, report: Report): void {
  if (workload === undefined || strategy?.kind !== 'ramped') return;
  const { replicas } = workload;
  const { maxSurge, maxUnavailable, pauseEvery } = strategy;
  const atOnce = Math.max(1, countIn(maxSurge, replicas) + countIn(maxUnavailable, replicas));
  const pace = Math.min(atOnce, pauseEvery === undefined ? Infinity : countIn(pauseEvery, replicas));
  if (replicas <= MOST_BATCHES * pace) return;
  const reason = `${replicas} replicas would be replaced in more than ${MOST_BATCHES} batches`;
  report('spec.strategy.ramped', reason, 'replace more at a time: raise maxSurge or pauseEvery');
}

function countIn(size: CountOrShare, replicas: number): number {
  return 'count' in size ? size.count : countFor(size.share, replicas);
}

function refuseReplicasOfTraffic(spec: Spec, report: Report): void {
  const { canary, at } = canaryIn(spec);
  if (canary?.replicas === undefined || spec.traffic?.service !== undefined) return;
  const reason = 'sizes send nobody to the canary where a gateway divides traffic';
  report(`${at}.replicas`, reason, 'use weights, or steps of weight and replicas');
}

function refuseWithoutTraffic({ strategy }: Spec, report: Report): void {
  const hint = 'add traffic, or use canary with replicas: [1, 25%, 50%]';
  const at = 'spec.strategy';
  if (strategy?.blueGreen !== undefined) {
    report(`${at}.blueGreen`, 'all traffic is to move at once, and there is none', hint);
  }
  if (strategy?.shadow !== undefined) {
    report(`${at}.shadow`, 'it copies requests, and there is no traffic', hint);
  }
  if (strategy?.ab !== undefined)
    report(`${at}.ab`, 'users are to be divided, and there is no traffic', 'add traffic.gateway');
  const divides = dividesAt(strategy?.canary);
  if (divides !== undefined) {
    report(`${at}.canary.${divides}`, 'this is of traffic, and there is none', hint);
  }
}

/** A share of the users is known by the id that keeps each of them on a track. */
function refuseUnknownAudience(spec: Spec, report: Report): void {
  const { traffic } = spec;
  if (traffic?.gateway === undefined || traffic.gateway.sticky !== undefined) return;
  for (const [match, path] of matchesIn(spec)) {
    match?.forEach(({ user }, i) => {
      if (user !== undefined) report(`${itemPath(path, i)}.user`, 'users are not known', STICKY);
    });
  }
}

function matchesIn(spec: Spec): readonly (readonly [WrittenMatch | undefined, string])[] {
  const { canary, at } = canaryIn(spec);
  return [
    [spec.strategy?.blueGreen?.preview?.match, 'spec.strategy.blueGreen.preview.match'],
    ...(canary?.steps ?? []).map(({ match }, i) => [match, `${itemPath(`${at}.steps`, i)}.match`] as const),
  ];
}

/** Who their users are is known by this. */
export const STICKY = 'add traffic.gateway.sticky: { cookie: auto }';

/** Where a written canary divides traffic; undefined when it does not. */
function dividesAt(canary: RolloutSpec['strategy']['canary']): string | undefined {
  if (canary?.weights !== undefined) return 'weights';
  const needsTraffic = ({ weight, match, mirror }: WrittenStep): boolean =>
    weight !== undefined || match !== undefined || mirror !== undefined;
  const index = canary?.steps?.findIndex(needsTraffic) ?? -1;
  return index < 0 ? undefined : itemPath('steps', index);
}

function refuseJudgedRecreate(spec: Spec, report: Report): void {
  checksOf(spec).forEach(([check, path]) => {
    if (check.worseBy !== undefined) {
      const reason = 'recreate stops stable first, so there is nothing to compare with';
      report(`${path}.worseBy`, reason, 'use canary, or remove the check');
    } else {
      const reason = 'recreate has no step in which a check could be judged';
      report(path, reason, 'use canary, or remove the check');
    }
  });
}

/**
 * Before the switch the new version serves nobody, and after it the old one does not: nothing can be compared, but for
 * copies where nothing is judged after them.
 */
function refuseUncomparable(spec: Spec, report: Report, { bakeMs, preview }: BlueGreenStrategy): void {
  if (bakeMs === 0 && preview !== undefined && 'mirror' in preview) return;
  const reason = 'blueGreen moves all traffic at once, so there is nothing to compare with at the same time';
  const hint =
    preview === undefined
      ? 'use max, min, slo or condition, or the strategy canary'
      : 'write bake: 0s to judge it by copies alone, or use max, min, slo or condition';
  if (spec.analysis?.score !== undefined) report('spec.analysis.score', reason, hint);
  checksOf(spec).forEach(([check, path]) => {
    if (check.worseBy !== undefined) report(`${path}.worseBy`, reason, hint);
    else if (bakeMs === 0)
      report(path, 'bake: 0s leaves no time to judge it', 'let it bake, as in bake: 10m');
  });
}

/** What is over before anything counts would be promoted unjudged. */
function refuseShortBake(spec: Spec, report: Report, { bakeMs, preview }: BlueGreenStrategy): void {
  const warmUp = spec.analysis?.warmUp ?? DEFAULTS.analysis.warmUp;
  if (checksOf(spec).length === 0 || preview !== undefined || bakeMs === 0) return;
  if (bakeMs > (parseDuration(warmUp) ?? 0)) return;
  const reason = `it is over before anything counts, since analysis.warmUp is ${warmUp}`;
  report('spec.strategy.blueGreen.bake', reason, 'let it bake for longer, or give a shorter warmUp');
}

/** Every check, with its path. */
export function checksOf(spec: Spec): readonly (readonly [WrittenCheck, string])[] {
  return (spec.analysis?.checks ?? []).map((check, i) => [check, itemPath('spec.analysis.checks', i)]);
}
