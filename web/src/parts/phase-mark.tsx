import type { RolloutView } from '../../../src/client/index.ts';

type Phase = RolloutView['phase'];

/** One outline for each phase, told apart by shape, in a box of 16. */
const SHAPES: Readonly<Record<Phase, string>> = {
  Pending: 'M3 8h.01M8 8h.01M13 8h.01',
  Progressing: 'M3 13 13 3M6 3h7v7',
  Paused: 'M5 3v10M11 3v10',
  Waiting: 'M4 2h8M4 14h8M5 2c0 4 6 8 6 12M11 2c0 4-6 8-6 12',
  Promoting: 'M8 14V3M3 8l5-5 5 5',
  RollingBack: 'M3 7h7a3 3 0 0 1 0 6H6M6 4 3 7l3 3',
  Healthy: 'm3 8.5 3.5 3.5L13 4.5',
  Degraded: 'M8 2 15 14H1ZM8 7v3M8 12.2v.01',
};

/** A phase as people say it. */
export function phaseWords(phase: Phase): string {
  return phase === 'RollingBack' ? 'Rolling back' : phase;
}

/** How a Rollout is: a shape and a word; the colour says nothing more. */
export function PhaseMark({ phase }: { phase: Phase }) {
  return (
    <span class="phase" data-phase={phase}>
      <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
        <path d={SHAPES[phase]} />
      </svg>
      {phaseWords(phase)}
    </span>
  );
}
