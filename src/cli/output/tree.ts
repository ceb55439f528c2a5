import { formatShare } from '../../base/share.ts';
import type { PodLeaf, RolloutTree, SetBranch, TrackBranch } from '../../operator/tree.ts';
import { weightOf } from '../../strategy/capacity.ts';
import { evidenceLines } from './evidence.ts';
import { createPaint, type Paint } from './paint.ts';
import { fit } from './text.ts';
import { phaseWord } from './words.ts';

/** How to show trees. */
export interface TreeLook {
  readonly width: number;
  readonly color: boolean;
  /** True: Rollouts are named with their namespace. */
  readonly isEverywhere: boolean;
}

/** Rollouts as trees: tracks with what they serve, ReplicaSets, pods; and below each the evidence of its checks. */
export function treeLines(trees: readonly RolloutTree[], look: TreeLook): readonly string[] {
  if (trees.length === 0) return ['no Rollouts'];
  const paint = createPaint(look.color);
  return trees.flatMap((tree) => rolloutLines(tree, { ...look, paint })).map((line) => fit(line, look.width));
}

interface Drawing extends TreeLook {
  readonly paint: Paint;
}

/** A line, and what hangs on it. */
interface Branch {
  readonly text: string;
  readonly below?: readonly Branch[];
}

function rolloutLines(tree: RolloutTree, { paint, width, isEverywhere }: Drawing): readonly string[] {
  const { view, namespace, tracks } = tree;
  const { release } = view;
  const title = isEverywhere ? `${namespace}/${view.name}` : view.name;
  const step = release?.plan.steps[release.step];
  const where =
    release === undefined || step === undefined
      ? ''
      : `  release ${release.number}, step ${release.step + 1}/${release.plan.steps.length} ${step.title}`;
  return [
    `${paint.bold(title)}  ${phaseWord(view.phase, paint)}${where}`,
    paint.dim(`  ${view.message}`),
    ...branchLines(
      tracks.map((track) => trackBranch(track, tree, paint)),
      '',
    ),
    ...(release?.judgement === undefined ? [] : evidenceLines(release.judgement, width, paint)),
  ];
}

function trackBranch(branch: TrackBranch, tree: RolloutTree, paint: Paint): Branch {
  const { track, revision, sets } = branch;
  return {
    text: `${paint.bold(track)}  ${revision}${shareWords(branch, tree)}`,
    below: sets.map((set) => setBranch(set, paint)),
  };
}

/** What the step gives it, where traffic is divided; where it is not, replicas are all there is. */
function shareWords({ track }: TrackBranch, { view }: RolloutTree): string {
  const { release } = view;
  const step = release?.plan.steps[release.step];
  if (step === undefined || track === 'previous') return '';
  return `  ${formatShare(weightOf(step, track))}`;
}

function setBranch({ name, wanted, ready, pods }: SetBranch, paint: Paint): Branch {
  const count = `${ready}/${wanted} ready`;
  return {
    text: `${name}  ${ready < wanted ? paint.yellow(count) : paint.green(count)}`,
    below: pods.map((pod) => ({ text: podWords(pod, paint) })),
  };
}

function podWords({ name, ready, restarts, trouble }: PodLeaf, paint: Paint): string {
  const state = ready ? paint.green('ready') : paint.yellow('not ready');
  const again = restarts === 0 ? '' : `  restarted ${restarts}×`;
  return `${name}  ${state}${again}${trouble === undefined ? '' : `  ${paint.red(trouble)}`}`;
}

function branchLines(branches: readonly Branch[], indent: string): readonly string[] {
  return branches.flatMap(({ text, below = [] }, i) => {
    const isLast = i === branches.length - 1;
    return [
      `${indent}${isLast ? '└─' : '├─'} ${text}`,
      ...branchLines(below, `${indent}${isLast ? '   ' : '│  '}`),
    ];
  });
}
