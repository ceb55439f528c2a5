import { formatDuration } from '../base/duration.ts';
import type { Notice } from '../engine/notices.ts';
import type { Listener, NoticeMoment, NoticePlaceholder } from '../rollout/model-notify.ts';
import type { Rollout } from '../rollout/model.ts';
import { PLACEHOLDER } from '../rollout/query/placeholders.ts';
import type { Message, Tone } from './channel.ts';

/** How each moment is said, and how good the news is. */
const MOMENTS: Readonly<Record<NoticeMoment, { readonly words: string; readonly tone: Tone }>> = {
  started: { words: 'has started', tone: 'neutral' },
  paused: { words: 'is paused', tone: 'warning' },
  waiting: { words: 'is waiting', tone: 'warning' },
  promoted: { words: 'is promoted', tone: 'good' },
  rolledBack: { words: 'is rolled back', tone: 'bad' },
  aborted: { words: 'is aborted', tone: 'warning' },
  failed: { words: 'has failed', tone: 'bad' },
  completed: { words: 'is completed', tone: 'good' },
};

/** So long a URL is taken everywhere: Discord has 2,048 characters, and nobody fewer. */
const MOST_LINK = 2_048;

/** The message that a listener gets of a notice. */
export function messageOf(
  rollout: Pick<Rollout, 'name' | 'namespace'>,
  listener: Listener,
  notice: Notice,
): Message {
  const { name, namespace } = rollout;
  const { words, tone } = MOMENTS[notice.moment];
  const title = `${name}: release ${notice.release} ${words}`;
  const values = valuesOf(rollout, notice);
  const { message } = listener;
  const link = listener.link === undefined ? undefined : filled(listener.link, values, encodeURIComponent);
  return {
    notice,
    rollout: name,
    ...(namespace === undefined ? {} : { namespace }),
    title,
    text: message === undefined ? usualText(notice, values) : filled(message, values),
    // A message without a link is better than one that is refused for it.
    ...(link === undefined || link.length > MOST_LINK ? {} : { link }),
    tone,
    releaseKey: `${name}-${notice.release}-${notice.startedAt.toString(36)}`,
    fill: (template) => filled(template, values),
  };
}

type Values = Readonly<Record<NoticePlaceholder, string>>;

function valuesOf({ name, namespace }: Pick<Rollout, 'name' | 'namespace'>, notice: Notice): Values {
  const { moment, release, revision, stable, reason, verdict, by, at, startedAt } = notice;
  return {
    name,
    namespace: namespace ?? '',
    moment,
    release: String(release),
    revision,
    stable: stable ?? '',
    reason,
    verdict: verdict ?? '',
    numbers: numbersOf(notice).join('\n'),
    duration: formatDuration(Math.max(0, Math.round((at - startedAt) / 1_000) * 1_000)),
    who: by?.name ?? '',
  };
}

/** The checks, what decides first, and how many users were harmed. */
function numbersOf({ findings, served: { requests, errors } }: Notice): readonly string[] {
  if (requests === 0) return findings;
  const ratio = Number(((errors / requests) * 100).toPrecision(2));
  return [...findings, `the candidate served ${requests} requests, ${errors} of them failed (${ratio}%)`];
}

/** Verdict, numbers, duration, and who wanted it. */
function usualText({ moment }: Notice, values: Values): string {
  const { revision, stable, reason, verdict, numbers, duration, who } = values;
  const what = stable === '' ? revision : `${stable} → ${revision}`;
  const lines = [
    who === '' ? what : `${what}, asked for by ${who}`,
    reason,
    ...(verdict === '' ? [] : [`verdict: ${verdict}`]),
    numbers,
    ...(moment === 'started' ? [] : [`after ${duration}`]),
  ];
  return lines.filter((line) => line !== '').join('\n');
}

/** Each placeholder by its value: what a value holds is never a placeholder itself. */
function filled(template: string, values: Values, write: (value: string) => string = String): string {
  return template.replace(PLACEHOLDER, (written, name: string) =>
    Object.hasOwn(values, name) ? write(values[name as NoticePlaceholder]) : written,
  );
}

/** At most so many characters, with a sign that something is missing. No pair of halves is cut in two. */
export function cut(text: string, most: number): string {
  if (text.length <= most) return text;
  const kept = text.slice(0, most - 1);
  return `${/[\uD800-\uDBFF]$/.test(kept) ? kept.slice(0, -1) : kept}…`;
}

/** By which an alert is known until it is closed: there is one for each Rollout, whose names are short. */
export function alertKey({ rollout, namespace }: Pick<Message, 'rollout' | 'namespace'>): string {
  return namespace === undefined ? `coalmine/${rollout}` : `coalmine/${namespace}/${rollout}`;
}
