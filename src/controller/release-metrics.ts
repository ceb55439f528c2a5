import type { CheckJudgement, Strength } from '../analysis/judgement.ts';
import type { Observation } from '../engine/observation.ts';
import type { ReleaseState } from '../engine/status.ts';
import { fractionOf } from '../base/share.ts';
import type { Outcome } from '../rollout/model.ts';
import { Counter, Histogram, type Family, type Labels, type Sample } from '../telemetry/metrics.ts';
import type { ControllerOptions } from './controller.ts';
import type { RolloutRecord } from './ports.ts';

/** How long releases take, seconds: a minute to two weeks. */
const RELEASE_BOUNDS = [60, 300, 900, 1_800, 3_600, 7_200, 21_600, 86_400, 1_209_600];
/** How long looks take, seconds. */
const LOOK_BOUNDS = [0.001, 0.005, 0.025, 0.1, 0.5, 1, 5];

const OUTCOMES: readonly Outcome[] = ['promoted', 'rolledBack', 'aborted', 'failed', 'completed'];

/** A Rollout as it was last looked at. */
interface Looked {
  readonly record: RolloutRecord;
  readonly seen: Observation;
}

/** What one controller has seen and done, as Prometheus reads it. It lives in memory: counters begin anew with the process. */
export class ReleaseMetrics {
  readonly #now: () => number;
  readonly #looked = new Map<string, Looked>();
  readonly #outcomes = new Counter();
  readonly #notices = new Counter();
  readonly #durations = new Histogram(RELEASE_BOUNDS);
  readonly #looks = new Histogram(LOOK_BOUNDS);
  #troubles = 0;

  /** `now`: wall clock, milliseconds. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** The same options of a controller, which is watched from now on. */
  watching(options: ControllerOptions): ControllerOptions {
    return {
      ...options,
      onTrouble: (...trouble) => {
        this.#troubles += 1;
        options.onTrouble(...trouble);
      },
      onLook: (key, record, seen) => {
        this.#look(key, record, seen);
        options.onLook?.(key, record, seen);
      },
      onLookOver: (tookMs) => {
        this.#looks.observe({}, tookMs / 1_000);
        options.onLookOver?.(tookMs);
      },
    };
  }

  /** Everything, as it is now. */
  families(): readonly Family[] {
    const all = [...this.#looked.values()];
    return [
      ...phaseFamilies(all),
      counter('coalmine_releases_total', 'Releases that have ended, by outcome.', this.#outcomes.samples()),
      {
        name: 'coalmine_release_duration_seconds',
        type: 'histogram',
        help: 'How long releases took that have ended, by outcome.',
        samples: this.#durations.samples(),
      },
      ...releaseFamilies(all, this.#now()),
      ...evidenceFamilies(all),
      counter(
        'coalmine_notifications_total',
        'What listeners were told of releases, by what became of it.',
        this.#notices.samples(),
      ),
      {
        name: 'coalmine_look_duration_seconds',
        type: 'histogram',
        help: 'How long looks at one Rollout took.',
        samples: this.#looks.samples(),
      },
      counter('coalmine_look_troubles_total', 'What went wrong in looks, which are repeated.', [
        { labels: {}, value: this.#troubles },
      ]),
    ];
  }

  #look(key: string, record: RolloutRecord | undefined, seen: Observation): void {
    const before = this.#looked.get(key);
    if (record === undefined) {
      this.#looked.delete(key);
      if (before !== undefined) this.#outcomes.forget(labelsOf(before.record));
      return;
    }
    this.#looked.set(key, { record, seen });
    this.#heard(before?.seen.deliveries, seen.deliveries);
    if (before !== undefined) this.#ended(before.record.status.release, record);
    // From 0 on, so that the first of its kind is seen as an increase.
    else for (const outcome of OUTCOMES) this.#outcomes.add({ ...labelsOf(record), outcome }, 0);
  }

  /** A delivery is seen until it is saved: it counts when it is news. */
  #heard(before: Observation['deliveries'] = {}, now: Observation['deliveries'] = {}): void {
    for (const [key, { kind }] of Object.entries(now))
      if (before[key]?.kind !== kind) this.#notices.add({ result: kind });
  }

  #ended(before: ReleaseState | undefined, { rollout, status }: RolloutRecord): void {
    const { lastOutcome } = status;
    if (before === undefined || status.release?.number === before.number) return;
    if (lastOutcome?.release !== before.number) return;
    const { outcome } = lastOutcome;
    this.#outcomes.add({ ...labelsOf({ rollout }), outcome });
    this.#durations.observe({ outcome }, Math.max(0, this.#now() - before.startedAt) / 1_000);
  }
}

function labelsOf({ rollout: { name, namespace } }: Pick<RolloutRecord, 'rollout'>): Labels {
  return namespace === undefined ? { rollout: name } : { namespace, rollout: name };
}

function counter(name: string, help: string, samples: readonly Sample[]): Family {
  return { name, type: 'counter', help, samples };
}

function gauge(name: string, help: string, samples: readonly Sample[]): Family {
  return { name, type: 'gauge', help, samples };
}

function phaseFamilies(all: readonly Looked[]): readonly Family[] {
  const counts = new Map<string, number>();
  for (const { record } of all) counts.set(record.status.phase, (counts.get(record.status.phase) ?? 0) + 1);
  return [
    gauge(
      'coalmine_rollouts',
      'Rollouts in each phase.',
      [...counts].map(([phase, value]) => ({ labels: { phase }, value })),
    ),
    gauge(
      'coalmine_rollout_phase',
      'The phase of a Rollout: 1 for the one it is in.',
      all.map(({ record }) => ({ labels: { ...labelsOf(record), phase: record.status.phase }, value: 1 })),
    ),
    gauge(
      'coalmine_track_weight_ratio',
      'What a track gets of the traffic, 0 to 1, as the data plane confirms it.',
      all.flatMap(({ record, seen }) =>
        (seen.route?.parts ?? []).map(({ track, weight }) => ({
          labels: { ...labelsOf(record), track },
          value: fractionOf(weight),
        })),
      ),
    ),
  ];
}

function releaseFamilies(all: readonly Looked[], now: number): readonly Family[] {
  const each = (valueOf: (release: ReleaseState, record: RolloutRecord) => number): readonly Sample[] =>
    all.flatMap(({ record }) => {
      const { release } = record.status;
      return release === undefined ? [] : [{ labels: labelsOf(record), value: valueOf(release, record) }];
    });
  return [
    gauge(
      'coalmine_release_number',
      'The number of the release under way.',
      each(({ number }) => number),
    ),
    gauge(
      'coalmine_release_step',
      'The step at hand, from 1.',
      each(({ step }) => step + 1),
    ),
    gauge(
      'coalmine_release_steps',
      'How many steps the plan has.',
      each(({ plan }) => plan.steps.length),
    ),
    gauge(
      'coalmine_release_age_seconds',
      'How long the release has been under way.',
      each(({ startedAt }) => Math.max(0, now - startedAt) / 1_000),
    ),
    gauge(
      'coalmine_release_deadline_seconds',
      'How old the release may become.',
      each((_, { rollout }) => rollout.deadlineMs / 1_000),
    ),
    gauge(
      'coalmine_release_candidate_requests',
      'Requests that the candidate has served in this release.',
      each(({ served }) => served.requests),
    ),
  ];
}

function evidenceFamilies(all: readonly Looked[]): readonly Family[] {
  const judged = all.flatMap(({ record }) => {
    const { judgement } = record.status.release ?? {};
    return judgement === undefined ? [] : [{ labels: labelsOf(record), judgement }];
  });
  return [
    gauge(
      'coalmine_release_verdict',
      'What the analysis says now: 1 for the verdict it gives.',
      judged.map(({ labels, judgement: { verdict } }) => ({ labels: { ...labels, verdict }, value: 1 })),
    ),
    gauge(
      'coalmine_check_evidence_ratio',
      'Evidence of harm or safety over the limit at which a check decides: from 1 on it is decided.',
      judged.flatMap(({ labels, judgement: { checks } }) =>
        checks.flatMap((check) => evidenceOf(check, labels)),
      ),
    ),
  ];
}

function evidenceOf({ name, harm, safe }: CheckJudgement, labels: Labels): readonly Sample[] {
  const sample = (of: 'harm' | 'safety', strength: Strength | undefined): readonly Sample[] =>
    strength === undefined || strength.logLimit <= 0
      ? []
      : [{ labels: { ...labels, check: name, of }, value: Math.max(0, strength.logE / strength.logLimit) }];
  return [...sample('harm', harm), ...sample('safety', safe)];
}
