import { Failure } from '../base/failure.ts';
import { isJsonObject } from '../base/json.ts';
import { changedSince } from '../api/conditions.ts';
import type { ApproveRequest, SteerRequest } from '../api/resources.ts';
import { decidedOf, stateTag } from '../api/state-tag.ts';
import type { Consequences, RolloutRecord } from '../controller/ports.ts';
import { attributed, type Author } from '../engine/author.ts';
import type { Voter } from '../engine/gates/approval.ts';
import { vote } from '../engine/gates/approve.ts';
import { steer } from '../engine/steer.ts';
import type { RevisionId } from '../rollout/model.ts';
import type { CommandAnswer } from './crd/rollout-status.ts';
import type { RolloutObject } from './objects.ts';
import type { Seal } from './seal.ts';

/**
 * The annotation in which users say what is to become of a release: a list of commands as JSON, the newest last. Each is
 * done once, by its id, and answered in `status.answers`. Whoever may change a Rollout may command it; who approves is known where the
 * webhook has sealed that.
 */
export const COMMANDS = 'coalmine.dev/commands';

/** What a user asks for; at a gate by a name that he gives himself, where nobody knows better. */
export type Command = SteerRequest | ({ readonly verb: 'approve'; readonly as?: string } & ApproveRequest);

/** A command, with the name it is answered under, and who gave it as far as the webhook has seen that. */
export type Ordered = Command & {
  readonly id: string;
  readonly by?: Seal;
  /** The Rollout as it must still be, by its state tag; absent: it is done whatever has changed. */
  readonly seen?: string;
};

/** So many commands wait at most; older ones were answered long ago. */
const MOST = 20;

/** The commands in an object. What is not understood is none. */
export function commandsIn({ metadata }: Pick<RolloutObject, 'metadata'>): readonly Ordered[] {
  try {
    const list: unknown = JSON.parse(metadata.annotations?.[COMMANDS] ?? '[]');
    return Array.isArray(list) ? list.filter(isOrdered).slice(-MOST) : [];
  } catch {
    return [];
  }
}

/** The annotation with a command added. */
export function withCommand(object: Pick<RolloutObject, 'metadata'>, command: Ordered): string {
  return JSON.stringify([...commandsIn(object), command].slice(-MOST));
}

const VERBS = ['promote', 'pause', 'resume', 'abort', 'retry', 'undo', 'approve'];

function isOrdered(value: unknown): value is Ordered {
  return (
    isJsonObject(value) && typeof value['id'] === 'string' && VERBS.some((verb) => verb === value['verb'])
  );
}

/** What a command makes of a record. Throws Failure when it cannot be. */
export function obeyed(
  record: RolloutRecord,
  command: Command,
  { at, voter }: { readonly at: number; readonly voter?: Voter | undefined },
): { readonly record: RolloutRecord; readonly consequences: Consequences } {
  if (command.verb === 'approve') {
    const { reject = false, gate, comment } = command;
    if (voter === undefined)
      throw new Failure('usage', 'it is not known who says it', {
        hint: 'name yourself: --as NAME, without spaces and colons',
      });
    const said = { ...(gate === undefined ? {} : { gate }), ...(comment === undefined ? {} : { comment }) };
    const { status, events } = vote(record.rollout, record.status, { ...said, voter, reject, at });
    return { record: { ...record, status }, consequences: { events: attributed(events, voter.author) } };
  }
  return steered(record, command, voter?.author);
}

function steered(
  record: RolloutRecord,
  command: SteerRequest,
  by: Author | undefined,
): ReturnType<typeof obeyed> {
  const { status, wanted, events } = steer(record.status, steeringOf(command), by?.name);
  const next = wanted ?? record.wanted;
  return {
    record: { ...record, status, ...(next === undefined ? {} : { wanted: next }) },
    consequences: { events: by === undefined ? events : attributed(events, by) },
  };
}

function steeringOf(command: SteerRequest): Parameters<typeof steer>[1] {
  if (command.verb !== 'undo') return command;
  const { to } = command;
  return { verb: 'undo', ...(to === undefined ? {} : { to: to as RevisionId }) };
}

/** Throws Failure `preconditionFailed` where a Rollout is not any more what was seen when the command was given. */
export function requireSeen({ seen }: Ordered, record: RolloutRecord): void {
  if (seen !== undefined && seen !== stateTag(decidedOf(record))) throw changedSince();
}

/** What is written down of a command that was done, or could not be. */
export function answerTo({ id }: Ordered, refusal?: Failure): CommandAnswer {
  if (refusal === undefined) return { id };
  const { code, message, hint } = refusal;
  return { id, refused: code, message, ...(hint === undefined ? {} : { hint }) };
}
