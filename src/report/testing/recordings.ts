import { FAILING, GOOD, recordedRelease } from '../../../test/cli/recorded.ts';
import { FULL_SHARE } from '../../base/share.ts';
import type { JsonObject } from '../../base/json.ts';
import { countersTogether } from '../../analysis/measurement.ts';
import type { RevisionId } from '../../rollout/model.ts';
import { takesTime, type Step } from '../../strategy/plan.ts';
import type { KeptOfRelease, Recording, RecordedTick } from '../recording.ts';

/** Checks of several kinds. */
export const ANALYSIS: JsonObject = {
  warmUp: '5s',
  checks: [
    { name: 'errors', errors: {}, worseBy: '50%', safe: '2x', floor: '0.2%' },
    { name: 'latency', latency: {}, worseBy: '3%' },
    { name: 'limit', latency: { quantile: 0.9 }, max: '2s', every: '10s', failures: { limit: 2 } },
  ],
};

/** 2026-01-02 03:04:05 UTC. */
const THEN = Date.UTC(2026, 0, 2, 3, 4, 5);

/** A release that the real engine and the real judges have made in virtual time, as it would be recorded. */
export function aRecording(candidate: 'good' | 'failing' = 'good'): Recording {
  const { document, ticks, ended, events } = recordedRelease(ANALYSIS, candidate === 'good' ? GOOD : FAILING);
  const at = (ms: number): number => THEN + ms - ended.startedAt;
  const { number, from, to, outcome, reason, served, judgement } = ended;
  return {
    rollout: 'shop',
    release: {
      number,
      ...(from === undefined ? {} : { from }),
      to,
      by: { kind: 'user', name: 'ada' },
      startedAt: THEN,
      endedAt: at(ended.endedAt),
      outcome,
      reason,
    },
    steps: ended.plan.steps.map((step) => ({
      title: step.title,
      waits: takesTime(step),
      weights: mapped(step.weights),
    })),
    document,
    ticks: ticks.map(({ step, at: then, tick, judgement: said }) => ({
      step,
      at: at(then),
      tick,
      judgement: said,
    })),
    events: events.map((one) => ({ ...one, at: at(one.at) })),
    kept: { served, ...(judgement === undefined ? {} : { judgement }) },
  };
}

function mapped(weights: Step['weights']): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(weights).map(([track, share = 0]) => [track, share / FULL_SHARE]));
}

/** A release of two variants beside what runs, one of which fails some of its users. */
export function aRecordingOfVariants(): Recording {
  const recording = aRecording('failing');
  const { release, ticks, steps } = recording;
  const variants = { 'variant:green': release.to as RevisionId, 'variant:red': 'r1-red' as RevisionId };
  return {
    ...recording,
    release: { ...release, variants },
    steps: steps.map((step, index) =>
      index < steps.length - 1
        ? { ...step, weights: { stable: 0.5, 'variant:green': 0.3, 'variant:red': 0.2 } }
        : step,
    ),
    ticks: ticks.map((one) => {
      // One does as what runs, the other as the version that fails.
      const [green, red] = [one.tick.control, one.tick.candidate];
      return {
        ...one,
        tick: {
          ...one.tick,
          candidate: countersTogether([green, red]),
          variants: { 'variant:green': green, 'variant:red': red },
        },
      };
    }),
  };
}

/** A release with everything that a report may tell of, in which somebody has written `text` wherever somebody can. */
export function aRecordingWith(text: string): Recording {
  const recording = aRecording('failing');
  const { release, ticks, events = [], kept } = recording;
  const judgement = kept?.judgement;
  return {
    ...recording,
    rollout: text,
    release: {
      ...release,
      from: text,
      to: text,
      by: { kind: 'token', name: text },
      variants: { [text]: text as RevisionId },
      reason: text,
    },
    steps: recording.steps.map((step) => ({
      ...step,
      title: text,
      experiment: { whenBetter: text, otherwise: text, minimumEffect: 0.05, users: 100, atMostMs: 60_000 },
    })),
    ticks: ticks.map((one, index) => spoken(one, index, text)),
    events: events.map((one) => ({ ...one, message: text, by: { kind: 'account', name: text } })),
    kept: { ...keptWith(text), ...(judgement === undefined ? {} : { judgement }) },
  };
}

function keptWith(text: string): KeptOfRelease {
  return {
    served: { requests: 10, errors: 1 },
    differences: [{ method: text, path: text, field: text, count: 3 }],
    experiment: {
      verdict: 'good',
      reason: text,
      isDecided: true,
      goal: { what: text, better: 'more' },
      control: { name: text, trials: 100, events: 10 },
      candidates: [
        {
          name: text,
          verdict: 'good',
          isDecided: true,
          trials: 100,
          events: 20,
          effect: 1,
          interval: [0.1, 2],
        },
      ],
      leader: text,
    },
  };
}

function spoken(one: RecordedTick, index: number, text: string): RecordedTick {
  const counts = { trials: 10, events: 1 };
  const sample =
    index % 2 === 0
      ? { kind: 'missing' as const, reason: text }
      : { kind: 'counts' as const, candidate: counts, control: counts, variants: { [text]: counts } };
  const { judgement } = one;
  return {
    ...one,
    tick: {
      ...one.tick,
      measured: { [text]: sample },
      variants: { [text]: one.tick.candidate, [`${text}2`]: one.tick.control },
    },
    ...(judgement === undefined
      ? {}
      : {
          judgement: {
            ...judgement,
            reason: text,
            checks: judgement.checks.map((check) => ({
              ...check,
              name: `${text}${check.name}`,
              reason: text,
            })),
          },
        }),
  };
}

/** The release for as long as `count` ticks of five seconds, its own ticks over and over. */
export function lasting(recording: Recording, count: number): Recording {
  const { ticks, release } = recording;
  const long = Array.from({ length: count }, (_, index) => {
    const one = ticks[index % ticks.length];
    if (one === undefined) throw new Error('there are no ticks');
    return { ...one, step: 0, at: release.startedAt + (index + 1) * 5_000, tick: { ...one.tick, ms: 5_000 } };
  });
  return { ...recording, release: { ...release, endedAt: release.startedAt + count * 5_000 }, ticks: long };
}
