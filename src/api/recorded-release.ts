import { fractionOf, type Share } from '../base/share.ts';
import { Failure } from '../base/failure.ts';
import { settingsIn } from '../report/policy.ts';
import {
  revived,
  type Circumstances,
  type KeptOfRelease,
  type RecordedEvent,
  type RecordedRelease,
  type RecordedRule,
  type RecordedStep,
  type RecordedTick,
  type Recording,
} from '../report/recording.ts';
import { takesTime, type Step } from '../strategy/plan.ts';
import type { Operations } from './operations.ts';
import type { EventView, HistoryView, ReleaseView, RolloutView, TickView } from './resources.ts';

/** Events that are read at once. */
const EVENTS = 1_000;

/** Ticks that are read at once: nobody waits long for what is done with them. */
const PAGE = 100;

/** Where a release can be read from. */
export type ReleaseSource = Pick<Operations, 'get' | 'history' | 'ticks' | 'events'>;

/** A release as coalmine has recorded it; the newest when no number is given. Throws Failure `notFound`. */
export async function recordedRelease(
  source: ReleaseSource,
  name: string,
  number?: number,
): Promise<Recording> {
  const { events, kept, ...first } = await recordedCircumstances(source, name, number);
  const ticks = await source.ticks(name, first.release.number);
  // In the order in which they are sent piece by piece.
  return {
    ...first,
    ticks: ticks.map(recordedTick),
    ...(events === undefined ? {} : { events }),
    ...(kept === undefined ? {} : { kept }),
  };
}

/** What is known of a release besides its ticks; of the newest when no number is given. Throws Failure `notFound`. */
export async function recordedCircumstances(
  source: Omit<ReleaseSource, 'ticks'>,
  name: string,
  number?: number,
): Promise<Circumstances> {
  const [view, history] = await Promise.all([source.get(name), source.history(name)]);
  const { steps, release, kept } = chosenRelease(view, history, number);
  const events = await eventsOf(source, name, release.number);
  const by = release.by ?? events.find(({ type }) => type === 'ReleaseStarted')?.by;
  return {
    rollout: name,
    release: { ...release, ...(by === undefined ? {} : { by }) },
    steps: steps.map(recordedStep),
    document: view.document,
    events,
    kept,
  };
}

/**
 * The ticks of a release page by page, as many as there are once the last one is read. Whatever else there is to do is
 * done between them: a day of ticks takes a second.
 */
export async function* recordedTicks(
  source: Pick<ReleaseSource, 'ticks'>,
  name: string,
  number: number,
): AsyncGenerator<readonly RecordedTick[]> {
  for (let after = 0; ; after += PAGE) {
    const page = await source.ticks(name, number, { after, limit: PAGE });
    yield page.map(recordedTick);
    if (page.length < PAGE) return;
    await afterOthers();
  }
}

function recordedTick({ step, at, tick, judgement }: TickView): RecordedTick {
  return { step, at, tick: revived(tick), judgement };
}

/** What is kept of a release, page by page as its ticks are. */
async function eventsOf(
  source: Pick<ReleaseSource, 'events'>,
  rollout: string,
  number: number,
): Promise<readonly RecordedEvent[]> {
  const found: RecordedEvent[] = [];
  for (let after: number | undefined = 0; after !== undefined;) {
    const page: readonly EventView[] = await source.events({ rollout, after, limit: EVENTS });
    for (const { at, type, message, by, release } of page) {
      if (release === number) found.push({ at, type, message, ...(by === undefined ? {} : { by }) });
    }
    after = page.length < EVENTS ? undefined : page.at(-1)?.id;
    if (after !== undefined) await afterOthers();
  }
  return found;
}

/** Lets whatever else there is to do be done. */
function afterOthers(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

interface Chosen {
  readonly steps: readonly Step[];
  readonly release: RecordedRelease;
  readonly kept: KeptOfRelease;
}

function chosenRelease(
  view: RolloutView,
  history: readonly HistoryView[],
  number: number | undefined,
): Chosen {
  const running = view.release;
  if (running !== undefined && (number === undefined || number === running.number)) {
    return { steps: running.plan.steps, release: commonOf(running), kept: keptOf(running) };
  }
  const ended = number === undefined ? history[0] : history.find((one) => one.number === number);
  if (ended !== undefined) {
    return { steps: ended.plan.steps, release: endedRelease(ended), kept: keptOf(ended) };
  }
  const known = history.map((one) => one.number).join(', ');
  throw new Failure('notFound', `${view.name} has no release ${number ?? 'yet'}`, {
    hint: known === '' ? 'Release something: coalmine release NAME' : `There are ${known}.`,
  });
}

function endedRelease(ended: HistoryView): RecordedRelease {
  const { endedAt, outcome, reason, by } = ended;
  const settings = settingsIn(ended.evidence);
  return {
    ...commonOf(ended),
    ...(by === undefined ? {} : { by }),
    endedAt,
    outcome,
    reason,
    ...(settings === undefined ? {} : { settings }),
  };
}

function commonOf({ number, from, to, variants, startedAt }: ReleaseView | HistoryView): RecordedRelease {
  return {
    number,
    ...(from === undefined ? {} : { from }),
    to,
    ...(variants === undefined ? {} : { variants }),
    startedAt,
  };
}

function keptOf({ served, judgement, differences, experiment }: ReleaseView | HistoryView): KeptOfRelease {
  return {
    served,
    ...(judgement === undefined ? {} : { judgement }),
    ...(differences === undefined ? {} : { differences }),
    ...(experiment === undefined ? {} : { experiment }),
  };
}

function recordedStep(step: Step): RecordedStep {
  const [mirror] = step.mirrors ?? [];
  const rule = ruleOf(step);
  const weights = Object.entries(step.weights).map(([track, share]) => [track, fractionOf(share as Share)]);
  return {
    title: step.title,
    waits: takesTime(step),
    weights: Object.fromEntries(weights) as Readonly<Record<string, number>>,
    ...(mirror === undefined ? {} : { copies: fractionOf(mirror.share) }),
    ...(rule === undefined ? {} : { experiment: rule }),
  };
}

function ruleOf({ wait }: Step): RecordedRule | undefined {
  if (wait.kind !== 'experiment') return undefined;
  const { whenBetter, otherwise, minimumEffect, users, atMostMs } = wait;
  return {
    whenBetter,
    otherwise,
    ...(minimumEffect === undefined ? {} : { minimumEffect }),
    ...(users === undefined ? {} : { users }),
    atMostMs,
  };
}
