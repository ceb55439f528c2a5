import type { Voter } from '../../src/engine/gates/approval.ts';
import type { GateAnswer } from '../../src/engine/gates/answer.ts';
import type { Command } from '../../src/engine/steer.ts';
import type { Wanted } from '../../src/engine/wanted.ts';
import type { Phase, RevisionId, Rollout } from '../../src/rollout/model.ts';

/** Between which two writes of a look the controller dies. */
export const DEATHS = ['beforeSave', 'afterSave', 'afterRoute', 'amidSizes'] as const;

/** One of DEATHS. */
export type Death = (typeof DEATHS)[number];

/** `lying`: takes routes and serves the old one. `boasting`: does so, and confirms what it was told. */
export const GATEWAY_STATES = ['up', 'down', 'lying', 'boasting'] as const;

/** One of GATEWAY_STATES. */
export type GatewayState = (typeof GATEWAY_STATES)[number];

/** One thing that happens in a history. */
export type Happening =
  | { readonly kind: 'look'; readonly afterMs: number }
  /** A look whose controller dies, or loses its connection to everything, between two of its writes. */
  | { readonly kind: 'crash'; readonly afterMs: number; readonly at: Death }
  /** A look at what was true some looks ago, in all or in a part. */
  | {
      readonly kind: 'staleLook';
      readonly afterMs: number;
      readonly looksAgo: number;
      readonly of: 'all' | 'groups' | 'route' | 'reading';
    }
  | { readonly kind: 'clockJump'; readonly byMs: number }
  | { readonly kind: 'metrics'; readonly up: boolean }
  | { readonly kind: 'gateway'; readonly state: GatewayState | 'restarted' }
  | { readonly kind: 'workload'; readonly up: boolean }
  | { readonly kind: 'kill'; readonly which: 'stable' | 'candidate' }
  | { readonly kind: 'drift' }
  | { readonly kind: 'want'; readonly revision: number; readonly together?: string }
  | { readonly kind: 'command'; readonly command: Command }
  /** From now on errands answer so. */
  | { readonly kind: 'answer'; readonly says: GateAnswer['kind'] | 'nothing' }
  | { readonly kind: 'maintenance'; readonly on: boolean }
  /** The Rollout that gates wait for is so from now on; `same`: with the artefact that is released here. */
  | { readonly kind: 'neighbour'; readonly is: 'none' | 'unknown' | Phase; readonly same: boolean }
  /** Somebody says something at a gate, whatever the release stands at. */
  | { readonly kind: 'vote'; readonly by: string; readonly reject: boolean };

/** What a user wants from now on: of an experiment with several variants a revision for each. */
export function wantedBy(
  { revision, together }: Extract<Happening, { kind: 'want' }>,
  { strategy }: Pick<Rollout, 'strategy'>,
): Wanted {
  const part = together === undefined ? {} : { together };
  const challengers = strategy.kind === 'ab' ? strategy.challengers : [];
  const variants = challengers.map(({ name }, i) => [`variant:${name}`, variantOf(revision, i)] as const);
  return {
    revision: variantOf(revision, 0),
    ...(variants.length < 2 ? {} : { variants: Object.fromEntries(variants) }),
    mode: 'strategy',
    ...part,
  };
}

/** The revision of the `i`th variant of those that are wanted as number `n`: each behaves in another way. */
export function variantOf(n: number, i: number): RevisionId {
  return `r1-${n + 11 * i}` as RevisionId;
}

/** Somebody who gives himself a name. */
export function voterNamed(name: string): Voter {
  return { author: { kind: 'user', name }, groups: [] };
}
