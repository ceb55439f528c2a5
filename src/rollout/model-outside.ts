import type { Phase } from './model.ts';
import type { SecretPlace } from './secret-place.ts';

/** What is outside and has a say in a release: gates, which must open, and hooks, which must have run. */

/** The moments that a gate may guard. */
export const GATE_MOMENTS = ['start', 'step', 'switch', 'promote'] as const;

/** One of GATE_MOMENTS. */
export type GateMoment = (typeof GATE_MOMENTS)[number];

/** The moments at which a hook may run. */
export const HOOK_MOMENTS = [
  'beforeCandidate',
  'beforeTraffic',
  'eachStep',
  'afterPromotion',
  'onRollback',
] as const;

/** One of HOOK_MOMENTS. */
export type HookMoment = (typeof HOOK_MOMENTS)[number];

/** The days of a week, as they are written and as they follow each other. */
export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

/** One of WEEKDAYS. */
export type Weekday = (typeof WEEKDAYS)[number];

/** Something outside that must say yes before a release goes on. */
export type Gate = { readonly name: string; readonly at?: GateMoment } & GateQuestion;

/** What a gate depends on. One member per kind of gate. */
export type GateQuestion = ApprovalGate | WindowGate | FreezeGate | WebhookGate | RolloutGate;

/** People must say yes. */
export interface ApprovalGate {
  readonly kind: 'approval';
  /** Each a name, `group:<name>`, `user:<name>` or `token:<name>`. */
  readonly by: readonly string[];
  /** So many different people. */
  readonly count: number;
  /** Absent: until the deadline of the release. */
  readonly withinMs?: number;
  readonly otherwise: 'abort' | 'advance' | 'hold';
}

/** Open at certain hours of certain days, by the clocks of a time zone. */
export interface WindowGate {
  readonly kind: 'window';
  /** The days on which it opens; absent: all. */
  readonly days?: readonly Weekday[];
  /** Minutes since midnight. `to` at or before `from` is on the next day. */
  readonly from: number;
  readonly to: number;
  readonly timeZone: string;
}

/** Closed from one moment, in milliseconds since 1970, until another. */
export interface FreezeGate {
  readonly kind: 'freeze';
  readonly fromMs: number;
  readonly toMs: number;
}

/** Another system is asked until it answers with success. */
export interface WebhookGate extends WebhookSettings {
  readonly kind: 'webhook';
  readonly everyMs: number;
  readonly withinMs: number;
}

/** Another Rollout must be in a phase. */
export interface RolloutGate {
  readonly kind: 'rollout';
  readonly rollout: string;
  readonly phase: Phase;
  /** What its stable version and the candidate must have in common; absent: nothing. */
  readonly same?: (typeof SAMENESS)[number];
  /** All of that must have been so for so long without interruption; absent: now is enough. */
  readonly forMs?: number;
}

/** What two Rollouts may have in common: all that makes a revision, or what its code is made of. */
export const SAMENESS = ['revision', 'artefact'] as const;

/** How another system is reached. */
export interface WebhookSettings {
  readonly url: string;
  readonly auth?: LoginSettings;
  /** Where the key is that requests are signed with; absent: they are not. */
  readonly sign?: SecretPlace;
  readonly headers: Readonly<Record<string, string>>;
}

/** How to log in somewhere. */
export type LoginSettings =
  | { readonly bearer: SecretPlace }
  | { readonly basic: { readonly user: string; readonly password: SecretPlace } };

/** Something that runs at a certain moment of a release. */
export type Hook = { readonly name: string; readonly at?: HookMoment; readonly timeoutMs: number } & (
  | { readonly kind: 'command'; readonly command: readonly string[] }
  | ({ readonly kind: 'webhook' } & WebhookSettings)
  /** `template` is the name of a CronJob. */
  | { readonly kind: 'job'; readonly template: string }
);
