import type { Hook, HookMoment } from '../rollout/model-outside.ts';
import type { Outcome, RevisionId, Rollout } from '../rollout/model.ts';
import type { GateAnswer } from './gates/answer.ts';
import { nextHurdle, stepOf, type Look } from './look.ts';
import type { EngineEvent } from './decision.ts';
import type { PendingHook, ReleaseState } from './status.ts';

/** Something to be asked or run outside, until it has answered. The same key is the same errand, however often it is sent. */
export interface Errand {
  readonly key: string;
  readonly kind: 'gate' | 'hook';
  readonly name: string;
  readonly release: number;
  readonly revision: RevisionId;
  readonly stable?: RevisionId;
  /** Where the release stands, in words, or how it ended. */
  readonly at: string;
}

/** The errand of the hurdle a release stands at, once that is saved; undefined where nobody outside is asked. */
export function errandOf(rollout: Rollout, release: ReleaseState): Errand | undefined {
  const hurdle = nextHurdle(release);
  if (hurdle === undefined || release.held === undefined || release.direction.kind === 'back')
    return undefined;
  const { kind, name } = hurdle;
  if (kind === 'gate' && !isOutside(rollout, name)) return undefined;
  const { step, passed = 0 } = release;
  return { kind, name, ...placeOf(rollout, release, `${step}-${passed}-${name}`), at: stepOf(release).title };
}

/** Which release an errand is of, and a key that no other has. */
function placeOf(
  { name }: Rollout,
  { number, to, from, startedAt }: ReleaseState,
  which: string,
): Pick<Errand, 'key' | 'release' | 'revision' | 'stable'> {
  return {
    key: `${name}-${number}-${startedAt.toString(36)}-${which}`,
    release: number,
    revision: to,
    ...(from === undefined ? {} : { stable: from }),
  };
}

/** Which release a key is of, and the name of its gate or hook; undefined for what is no key of the Rollout. */
export function placeInKey(
  rollout: string,
  key: string,
): { readonly release: number; readonly name: string } | undefined {
  if (!key.startsWith(`${rollout}-`)) return undefined;
  const parts = /^(\d+)-[0-9a-z]+-(?:\d+-\d+|end)-(.+)$/.exec(key.slice(rollout.length + 1));
  const [, release, name] = parts ?? [];
  return release === undefined || name === undefined ? undefined : { release: Number(release), name };
}

/** People, clocks, calendars and other Rollouts are not asked in its name. */
function isOutside({ gates }: Rollout, name: string): boolean {
  return gates.some((one) => one.name === name && one.kind === 'webhook');
}

/** The hooks that run once a release has ended: they hold nothing up, and what comes of them is only told. */
export function hooksAfter(
  rollout: Rollout,
  release: ReleaseState,
  outcome: Outcome,
): readonly PendingHook[] {
  const moment: HookMoment = outcome === 'promoted' ? 'afterPromotion' : 'onRollback';
  if (outcome === 'completed') return [];
  return rollout.hooks
    .filter(({ at }) => at === moment)
    .map(({ name }) => ({
      kind: 'hook',
      name,
      ...placeOf(rollout, release, `end-${name}`),
      at: outcome,
      forMs: 0,
      seenAt: 0,
    }));
}

/** The errand alone, without what is remembered of it. */
export function errandIn({ forMs: _forMs, seenAt: _seenAt, ...errand }: PendingHook): Errand {
  return errand;
}

/** More is not remembered: a new release is not held up by hooks of older ones. */
const MOST_PENDING = 20;

/** What is left of hooks that run after releases, and what came of the others. */
export function withAnswers(look: Look): {
  readonly pending: readonly PendingHook[];
  readonly events: readonly EngineEvent[];
} {
  const events: EngineEvent[] = [];
  const pending: PendingHook[] = [];
  for (const one of look.status.pendingHooks ?? []) {
    const hook = look.rollout.hooks.find(({ name }) => name === one.name);
    if (hook === undefined) continue;
    const next = older(one, look.now);
    const end = endOf(next, hook, look.seen.answers?.[one.key]);
    if (end === undefined) pending.push(next);
    else events.push(end);
  }
  return { pending: pending.slice(-MOST_PENDING), events };
}

/** More than this between two looks is the controller's absence. */
const LONGEST_LOOK_MS = 60_000;

function older(one: PendingHook, now: number): PendingHook {
  const passedMs = one.seenAt === 0 ? 0 : Math.min(LONGEST_LOOK_MS, Math.max(0, now - one.seenAt));
  return { ...one, forMs: one.forMs + passedMs, seenAt: now };
}

/** What is told of a hook that is over. */
function endOf(
  { name, release, revision, forMs }: PendingHook,
  { timeoutMs }: Hook,
  answer: GateAnswer | undefined,
): EngineEvent | undefined {
  const told = { release, revision };
  if (answer?.kind === 'yes') return { type: 'HookDone', message: `hook ${name}: ${answer.why}`, ...told };
  if (answer?.kind === 'no') return { type: 'HookFailed', message: `hook ${name}: ${answer.why}`, ...told };
  if (forMs < timeoutMs) return undefined;
  return { type: 'HookFailed', message: `hook ${name}: it did not end in time`, ...told };
}
