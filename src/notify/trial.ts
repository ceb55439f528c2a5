import { Failure } from '../base/failure.ts';
import type { Notice } from '../engine/notices.ts';
import type { Status } from '../engine/status.ts';
import type { ChannelSettings, Listener, NoticeMoment } from '../rollout/model-notify.ts';
import type { RevisionId, Rollout } from '../rollout/model.ts';
import { attempt, type AttemptContext } from './attempt.ts';
import type { Sent } from './channel.ts';

/** What a listener said to a message that tells of nothing. */
export interface Tried {
  readonly listener: string;
  readonly channel: ChannelSettings['kind'];
  readonly came: Sent['kind'];
  /** What was answered, in words. */
  readonly answer: string;
}

/** What is tried, and on whom. */
export interface Trial {
  readonly rollout: Rollout;
  readonly status: Pick<Status, 'stable' | 'releases'>;
  /** The name of a listener; absent: all of them. */
  readonly listener?: string;
}

/** Sends each listener one message that tells of nothing. Throws Failure `notFound` where there is nobody to tell. */
export function tryListeners(trial: Trial, context: AttemptContext): Promise<readonly Tried[]> {
  return Promise.all(listenersIn(trial).map((listener) => tryOne(trial, listener, context)));
}

function listenersIn({ rollout: { name, notify }, listener }: Trial): readonly Listener[] {
  const asked = listener === undefined ? notify : notify.filter((one) => one.name === listener);
  if (asked.length > 0) return asked;
  const known = notify.map((one) => one.name).join(', ');
  throw new Failure(
    'notFound',
    `${name} has no ${listener === undefined ? 'listeners' : `listener ${listener}`}`,
    {
      hint: known === '' ? 'add them to spec.notify, and apply it' : `there are: ${known}`,
    },
  );
}

/** An alert that is raised is closed at once. */
async function tryOne(trial: Trial, listener: Listener, context: AttemptContext): Promise<Tried> {
  const { kind } = listener.channel;
  const isAlert = kind === 'pagerDuty' || kind === 'opsgenie';
  let sent = await send(trial, { listener, moment: isAlert ? 'aborted' : 'completed' }, context);
  if (isAlert && sent.kind === 'taken') sent = await send(trial, { listener, moment: 'promoted' }, context);
  return { listener: listener.name, channel: kind, came: sent.kind, answer: sent.why };
}

function send(
  { rollout, status: { stable, releases } }: Trial,
  { listener, moment }: { readonly listener: Listener; readonly moment: NoticeMoment },
  context: AttemptContext,
): Promise<Sent> {
  const at = context.now();
  const notice: Notice = {
    key: `${rollout.name}-test-${at.toString(36)}-${moment}-${listener.name}`,
    to: listener.name,
    moment,
    release: releases,
    revision: stable ?? ('r1-000000000000' as RevisionId),
    at,
    startedAt: at,
    reason: 'this is a test; nothing has happened',
    findings: [],
    served: { requests: 0, errors: 0 },
  };
  return attempt({ rollout, listener, notice, title: `${rollout.name}: a test` }, context);
}
