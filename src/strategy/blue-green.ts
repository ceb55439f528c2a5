import { formatDuration } from '../base/duration.ts';
import { formatShare, FULL_SHARE } from '../base/share.ts';
import { DEFAULTS } from '../rollout/defaults.ts';
import type { BlueGreenStrategy } from '../rollout/model.ts';
import type { Plan, Step, Wait } from './plan.ts';

/**
 * Blue/green: a complete second set of replicas gets all traffic in one change of the route. The first set stays
 * complete while the second is judged, and for a while after, so that the way back is one change as well.
 */
export function compileBlueGreen({ bakeMs, keepStableMs, preview }: BlueGreenStrategy): Plan {
  const all = { share: FULL_SHARE };
  const common = { exclusive: false, promoting: false } as const;
  const both = { stable: all, canary: all };
  const bake: Wait =
    bakeMs === 0 ? { kind: 'none' } : { kind: 'analyze', atLeastMs: bakeMs, atMostMs: bakeMs, early: false };
  const steps: readonly Step[] = [
    {
      ...common,
      size: { stable: all, preview: all },
      weights: { stable: FULL_SHARE },
      ...previewed(preview),
    },
    {
      ...common,
      title: 'switch all traffic to the new version',
      size: both,
      weights: { canary: FULL_SHARE },
      wait: bake,
    },
    {
      ...common,
      title: keepStableMs === 0 ? 'retire the old version' : 'promote, and keep the old version ready',
      size: keepStableMs === 0 ? { canary: all } : both,
      weights: { canary: FULL_SHARE },
      wait: { kind: 'none' },
      promoting: true,
    },
  ];
  const back = `way back: at once until it is promoted${keepStableMs === 0 ? '' : `, and by \`undo\` for ${formatDuration(keepStableMs)} after`}, since the old version keeps all its replicas`;
  return { steps, notes: [back], ...(keepStableMs === 0 ? {} : { keepStableMs }) };
}

/** What goes to the new version before the switch, and what that waits for. */
function previewed(
  preview: BlueGreenStrategy['preview'],
): Pick<Step, 'title' | 'mirrors' | 'matches' | 'wait'> {
  const title = 'start the new version beside the old one';
  if (preview === undefined) return { title, wait: { kind: 'none' } };
  if ('match' in preview) {
    const { match } = preview;
    return { title: `${title}, for an audience`, matches: { preview: match }, wait: { kind: 'pause' } };
  }
  return {
    title: `${title}, with copies of ${formatShare(preview.mirror)}`,
    mirrors: [{ track: 'preview', share: preview.mirror, methods: DEFAULTS.mirror.methods }],
    wait: { kind: 'analyze', ...preview.analyze, early: true },
  };
}
