import type { Gate, Hook } from '../../rollout/model-outside.ts';
import type { Rollout } from '../../rollout/model.ts';
import { withoutHurdles, type IsKept } from '../../strategy/hurdles.ts';
import { measurable } from './measurable.ts';

/** What a simulation knows that Rollouts may depend on. */
export interface KnownAround {
  /** Gates and hooks that something is answered to. */
  readonly answered: readonly string[];
  /** Checks that something is measured for. */
  readonly measured: readonly string[];
  /** True: clocks show a time, so that windows and freezes mean something. */
  readonly isDated: boolean;
  /** The Rollouts there are. */
  readonly rollouts: readonly string[];
}

/** Where nothing is said of all that. */
export const NOTHING_KNOWN: KnownAround = { answered: [], measured: [], isDated: false, rollouts: [] };

/** A Rollout as far as it can be simulated, and what became of the rest, in words. */
export interface Playable {
  readonly rollout: Rollout;
  readonly notes: readonly string[];
}

/** The Rollout without what nobody would answer or measure, and without listeners: nothing that is played is so. */
export function playable(declared: Rollout, known: KnownAround): Playable {
  const { rollout, notes } = withoutUnanswered(declared, known);
  const judged = measurable(rollout, known.measured);
  return { rollout: judged.rollout, notes: [...notes, ...judged.notes] };
}

function withoutUnanswered(rollout: Rollout, known: KnownAround): Playable {
  const { name, strategy } = rollout;
  const reasons = new Map<Gate | Hook, string>();
  for (const gate of rollout.gates) {
    const reason = whyOpen(gate, known);
    if (reason !== undefined) reasons.set(gate, `${name}: the gate ${gate.name} is left out: ${reason}`);
  }
  for (const hook of rollout.hooks) {
    if (known.answered.includes(hook.name)) continue;
    reasons.set(hook, `${name}: the hook ${hook.name} is left out: ${UNTOLD}`);
  }
  const gates = rollout.gates.filter((gate) => !reasons.has(gate));
  const hooks = rollout.hooks.filter((hook) => !reasons.has(hook));
  const isKept: IsKept = ({ kind, name: wanted }) =>
    (kind === 'gate' ? gates : hooks).some((one) => one.name === wanted);
  return {
    rollout: { ...rollout, gates, hooks, notify: [], strategy: withoutHurdles(strategy, isKept) },
    notes: [...reasons.values()],
  };
}

const UNTOLD = 'nothing is said of it (answers, in a scenario)';

/** Why a gate holds up nobody; undefined for one that is played. */
function whyOpen(gate: Gate, { answered, isDated, rollouts }: KnownAround): string | undefined {
  switch (gate.kind) {
    case 'approval':
    case 'webhook':
      return answered.includes(gate.name) ? undefined : UNTOLD;
    case 'window':
    case 'freeze':
      return isDated ? undefined : 'nothing tells what time it is (starts, in a scenario)';
    case 'rollout':
      return rollouts.includes(gate.rollout) ? undefined : `${gate.rollout} is not simulated`;
  }
}
