import type { ReleaseState, Status } from '../engine/status.ts';
import type { ReleaseView, UntoldView } from './resources.ts';

/** A running release as it is shown. */
export function releaseView(release: ReleaseState, deadlineMs: number): ReleaseView {
  const { direction, held, passedTo } = release;
  return {
    number: release.number,
    ...(release.from === undefined ? {} : { from: release.from }),
    to: release.to,
    ...(release.variants === undefined ? {} : { variants: release.variants }),
    startedAt: release.startedAt,
    plan: release.plan,
    step: release.step,
    stage: release.stage,
    stageMs: release.stageMs,
    ageMs: release.ageMs,
    deadlineMs,
    paused: release.paused,
    ...(passedTo === undefined ? {} : { passedTo }),
    ...(held === undefined ? {} : { held: { kind: held.kind, name: held.name, forMs: held.forMs } }),
    ...(direction.kind === 'forward'
      ? {}
      : { goingBack: { outcome: direction.outcome, reason: direction.reason } }),
    ...(release.judgement === undefined ? {} : { judgement: release.judgement }),
    ...(release.differences === undefined ? {} : { differences: release.differences }),
    ...(release.experiment === undefined ? {} : { experiment: release.experiment.judgement }),
    served: release.served,
  };
}

/** What listeners have not taken so far, and why; nothing while they answer. */
export function untoldIn({ notices = [] }: Pick<Status, 'notices'> = {}): {
  readonly untold?: readonly UntoldView[];
} {
  const untold = notices.flatMap(({ to, moment, release, at, trouble }) =>
    trouble === undefined ? [] : [{ listener: to, moment, release, at, problem: trouble }],
  );
  return untold.length === 0 ? {} : { untold };
}
