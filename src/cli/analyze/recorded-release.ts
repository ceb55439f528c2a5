import type { HistoryView, RolloutView } from '../../api/resources.ts';
import { Failure } from '../../base/failure.ts';
import { isJsonObject } from '../../base/json.ts';
import type { Plan } from '../../strategy/plan.ts';
import type { Session } from '../session.ts';
import { revived, type RecordedRelease, type Recording } from './recording.ts';

/** A release as the running coalmine has recorded it; the newest when no number is given. Throws Failure. */
export async function recordedRelease(session: Session, name: string, number?: string): Promise<Recording> {
  const client = await session.client();
  const [view, history] = await Promise.all([client.get(name), client.history(name)]);
  const { plan, release } = chosenRelease(view, history, number);
  const ticks = await client.ticks(name, release.number);
  if (ticks.length === 0) {
    throw new Failure('notFound', `nothing was judged in release ${release.number} of ${name}`, {
      hint: 'A first release has nothing to be compared with; without checks, or without traffic, nothing is counted.',
    });
  }
  return {
    rollout: name,
    release,
    steps: plan.steps.map(({ title, wait }) => ({ title, waits: wait.kind !== 'none' })),
    document: view.document,
    ticks: ticks.map(({ step, at, tick, judgement }) => ({ step, at, tick: revived(tick), judgement })),
  };
}

interface Chosen {
  readonly plan: Plan;
  readonly release: RecordedRelease;
}

function chosenRelease(
  view: RolloutView,
  history: readonly HistoryView[],
  written: string | undefined,
): Chosen {
  const number = written === undefined ? undefined : readNumber(written);
  const running = view.release;
  if (running !== undefined && (number === undefined || number === running.number)) {
    const { from, to, startedAt, plan } = running;
    return {
      plan,
      release: { number: running.number, ...(from === undefined ? {} : { from }), to, startedAt },
    };
  }
  const ended = number === undefined ? history[0] : history.find((one) => one.number === number);
  if (ended !== undefined) return endedRelease(ended);
  const known = history.map((one) => one.number).join(', ');
  throw new Failure('notFound', `${view.name} has no release ${written ?? 'yet'}`, {
    hint: known === '' ? 'Release something: coalmine release NAME' : `There are ${known}.`,
  });
}

function endedRelease({
  number,
  from,
  to,
  startedAt,
  endedAt,
  outcome,
  reason,
  ...ended
}: HistoryView): Chosen {
  const settings = settingsIn(ended.evidence);
  const release = { number, to, startedAt, endedAt, outcome, reason };
  return {
    plan: ended.plan,
    release: {
      ...release,
      ...(from === undefined ? {} : { from }),
      ...(settings === undefined ? {} : { settings }),
    },
  };
}

/** What each check was judged by at the end of a release, or would be now: its evidence says so. */
export function settingsIn(evidence: HistoryView['evidence']): Readonly<Record<string, string>> | undefined {
  if (evidence === undefined) return undefined;
  const entries = Object.entries(evidence.checks).flatMap(([name, kept]) => {
    const settings = isJsonObject(kept) ? kept['settings'] : undefined;
    return typeof settings === 'string' ? [[name, settings] as const] : [];
  });
  return Object.fromEntries(entries);
}

function readNumber(written: string): number {
  if (/^[1-9]\d{0,8}$/.test(written)) return Number(written);
  throw new Failure('usage', `"${written}" is not the number of a release`, {
    hint: 'coalmine history NAME lists them.',
  });
}
