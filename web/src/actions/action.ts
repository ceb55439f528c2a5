import { ENDPOINTS, type AnswerOf } from '../../../src/client/browser.ts';
import type { RolloutView, SteerRequest } from '../../../src/client/index.ts';
import type { Ask } from '../live/ask.ts';
import type { Named } from '../live/named.ts';

/** What is written into the fields of a dialog, by their names. */
export type Written = Readonly<Record<string, string>>;

/** What a dialog asks for. */
export type Field =
  | { readonly kind: 'text'; readonly name: string; readonly label: string }
  | { readonly kind: 'count'; readonly name: string; readonly label: string }
  | { readonly kind: 'revision'; readonly name: string; readonly label: string };

/** Something a person can have done to a Rollout, once he has confirmed it. */
export interface Action {
  readonly id: string;
  /** On the button that opens its dialog, and on that which confirms it. */
  readonly label: string;
  /** What will come of it, in a sentence. */
  readonly meaning: string;
  readonly isDangerous?: boolean;
  readonly field?: Field;
  /** False: it has no meaning as things are. The server has the last word. */
  readonly isOffered: (rollout: RolloutView) => boolean;
  readonly run: (ask: Ask, about: Named, written: Written) => AnswerOf<typeof ENDPOINTS.get>;
}

/** Everything that can be done, in the order of its buttons. */
export const ACTIONS: readonly Action[] = [
  {
    id: 'promote',
    label: 'Promote',
    meaning: 'The release leaves the step at hand, whatever it waits for, and goes on to the next.',
    isOffered: isPassable,
    run: steering({ verb: 'promote' }),
  },
  {
    id: 'promote-fully',
    label: 'Promote fully',
    meaning:
      'All steps that are left are skipped: the new version gets all traffic, and nothing judges it any more.',
    isDangerous: true,
    isOffered: isPassable,
    run: steering({ verb: 'promote', full: true }),
  },
  {
    id: 'pause',
    label: 'Pause',
    meaning: 'The release stays where it is. It still goes back by itself when it does harm.',
    isOffered: (rollout) =>
      isForward(rollout) && rollout.release?.paused === false && rollout.phase !== 'Promoting',
    run: steering({ verb: 'pause' }),
  },
  {
    id: 'resume',
    label: 'Resume',
    meaning: 'The release goes on.',
    isOffered: (rollout) => isForward(rollout) && rollout.phase === 'Paused',
    run: steering({ verb: 'resume' }),
  },
  {
    id: 'abort',
    label: 'Abort',
    meaning: 'The release ends, and all traffic goes back to the stable version.',
    isDangerous: true,
    field: { kind: 'text', name: 'reason', label: 'Why, for the history' },
    isOffered: isForward,
    run: (ask, about, { reason = '' }) =>
      steering({ verb: 'abort', ...(reason === '' ? {} : { reason }) })(ask, about),
  },
  {
    id: 'retry',
    label: 'Retry',
    meaning: 'What was rejected or aborted is released again.',
    isOffered: ({ release, lastOutcome }) =>
      release === undefined && lastOutcome !== undefined && RETRIED.includes(lastOutcome.outcome),
    run: steering({ verb: 'retry' }),
  },
  {
    id: 'undo',
    label: 'Undo',
    meaning: 'A version that served before gets all traffic, at once and without steps.',
    isDangerous: true,
    field: { kind: 'revision', name: 'to', label: 'Go back to' },
    isOffered: ({ release, stable }) => release === undefined && stable !== undefined,
    run: (ask, about, { to = '' }) => steering({ verb: 'undo', ...(to === '' ? {} : { to }) })(ask, about),
  },
  {
    id: 'restart',
    label: 'Restart',
    meaning: 'The stable processes are replaced one by one, of the same version.',
    isOffered: ({ stable }) => stable !== undefined,
    run: (ask, about) => ask(ENDPOINTS.restart, { about }),
  },
  {
    id: 'scale',
    label: 'Scale',
    meaning: 'So many processes serve from now on.',
    field: { kind: 'count', name: 'replicas', label: 'Replicas' },
    // In a cluster that is its Deployment's to say.
    isOffered: ({ stable, namespace }) => stable !== undefined && namespace === undefined,
    run: (ask, about, { replicas }) => ask(ENDPOINTS.scale, { about, body: { replicas: Number(replicas) } }),
  },
  {
    id: 'close',
    label: 'Close to users',
    meaning: 'Maintenance: every request is answered with 503 until it is opened again, and a release waits.',
    isDangerous: true,
    field: { kind: 'text', name: 'message', label: 'What users are told' },
    isOffered: ({ address, maintenance }) => address !== undefined && maintenance === undefined,
    run: (ask, about, { message = '' }) =>
      ask(ENDPOINTS.maintain, {
        about,
        body: { on: true, ...(message === '' ? {} : { message }) },
      }),
  },
  {
    id: 'open',
    label: 'Open to users',
    meaning: 'Maintenance is over: requests are served again, and a release goes on.',
    isOffered: ({ maintenance }) => maintenance !== undefined,
    run: (ask, about) => ask(ENDPOINTS.maintain, { about, body: { on: false } }),
  },
];

const RETRIED: readonly string[] = ['rolledBack', 'aborted', 'failed'];

function steering(request: SteerRequest): (ask: Ask, about: Named) => AnswerOf<typeof ENDPOINTS.steer> {
  return (ask, about) => ask(ENDPOINTS.steer, { about, body: request });
}

function isForward({ release }: RolloutView): boolean {
  return release !== undefined && release.goingBack === undefined;
}

function isPassable(rollout: RolloutView): boolean {
  return isForward(rollout) && rollout.release?.held === undefined && rollout.phase !== 'Promoting';
}
