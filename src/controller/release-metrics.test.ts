import { describe, expect, it } from 'vitest';
import { aReleaseState } from '../../test/engine/release-state.ts';
import { aRecord } from '../../test/store/records.ts';
import type { Status } from '../engine/status.ts';
import { parseShare } from '../base/share.ts';
import { textOf } from '../telemetry/metrics.ts';
import type { ControllerOptions } from './controller.ts';
import { ReleaseMetrics } from './release-metrics.ts';
import type { RolloutRecord } from './ports.ts';

const STARTED = 1_000_000;

/** A controller's ears, and what Prometheus would read. */
function watched() {
  let now = STARTED;
  const metrics = new ReleaseMetrics(() => now);
  const told: string[] = [];
  const options = metrics.watching({
    onTrouble: (rollout: string) => told.push(rollout),
    onLook: (name: string) => told.push(name),
  } as unknown as ControllerOptions);
  return {
    told,
    options,
    look: (record: RolloutRecord | undefined, key = 'shop') => options.onLook?.(key, record, {}),
    at: (ms: number) => (now = STARTED + ms),
    lines: (name: string) =>
      textOf(metrics.families())
        .split('\n')
        .filter((line) => line.startsWith(name)),
  };
}

function withStatus(status: Partial<Status>): RolloutRecord {
  const record = aRecord();
  return { ...record, status: { ...record.status, ...status } };
}

const releasing = (number = 2): RolloutRecord =>
  withStatus({ phase: 'Progressing', release: aReleaseState({ number, startedAt: STARTED }) });

const ended = (number = 2, outcome: 'promoted' | 'rolledBack' = 'promoted'): RolloutRecord =>
  withStatus({
    phase: 'Healthy',
    lastOutcome: { release: number, revision: aReleaseState().to, outcome, reason: 'so' },
  });

describe('the metrics of releases', () => {
  it('count each end once, with how long it took', () => {
    const { look, lines, at } = watched();
    look(ended(1));
    look(releasing());
    look(releasing());
    at(400_000);
    look(ended(2, 'rolledBack'));
    look(ended(2, 'rolledBack'));
    expect(lines('coalmine_releases_total')).toEqual([
      'coalmine_releases_total{rollout="shop",outcome="promoted"} 0',
      'coalmine_releases_total{rollout="shop",outcome="rolledBack"} 1',
      'coalmine_releases_total{rollout="shop",outcome="aborted"} 0',
      'coalmine_releases_total{rollout="shop",outcome="failed"} 0',
      'coalmine_releases_total{rollout="shop",outcome="completed"} 0',
    ]);
    expect(lines('coalmine_release_duration_seconds')).toEqual(
      expect.arrayContaining([
        'coalmine_release_duration_seconds_bucket{outcome="rolledBack",le="300"} 0',
        'coalmine_release_duration_seconds_bucket{outcome="rolledBack",le="900"} 1',
        'coalmine_release_duration_seconds_bucket{outcome="rolledBack",le="+Inf"} 1',
        'coalmine_release_duration_seconds_sum{outcome="rolledBack"} 400',
        'coalmine_release_duration_seconds_count{outcome="rolledBack"} 1',
      ]),
    );
  });

  it('count a release that the next one follows at once', () => {
    const { look, lines } = watched();
    look(releasing(2));
    look({ ...releasing(3), status: { ...ended(2).status, ...releasing(3).status } });
    expect(lines('coalmine_releases_total')).toContain(
      'coalmine_releases_total{rollout="shop",outcome="promoted"} 1',
    );
  });

  it('say where a release stands, and nothing of it once it is over', () => {
    const { look, lines, at } = watched();
    at(30_000);
    look(releasing());
    expect(lines('coalmine_rollout_phase')).toEqual([
      'coalmine_rollout_phase{rollout="shop",phase="Progressing"} 1',
    ]);
    expect(lines('coalmine_release_step{')).toEqual(['coalmine_release_step{rollout="shop"} 1']);
    expect(lines('coalmine_release_age_seconds')).toEqual([
      'coalmine_release_age_seconds{rollout="shop"} 30',
    ]);
    look(ended());
    expect(lines('coalmine_release_step{')).toEqual([]);
    look(undefined);
    expect([
      ...lines('coalmine_rollout_phase'),
      ...lines('coalmine_rollouts{'),
      ...lines('coalmine_releases_'),
    ]).toEqual([]);
  });

  it('say how near each check is to its limit, and what the data plane confirms', () => {
    const { options, lines } = watched();
    const check = { name: 'errors', verdict: 'undecided', reason: '', samples: 9 } as const;
    const judgement = {
      verdict: 'undecided',
      reason: '',
      checks: [{ ...check, harm: { logE: 2.3, logLimit: 4.6 }, safe: { logE: -1, logLimit: 4.6 } }],
    } as const;
    const record = withStatus({ release: aReleaseState({ judgement }) });
    const parts = [{ track: 'canary', revision: aReleaseState().to, weight: parseShare('5%')! }] as const;
    options.onLook?.('shop', record, { route: { parts } });
    expect(lines('coalmine_check_evidence_ratio')).toEqual([
      'coalmine_check_evidence_ratio{rollout="shop",check="errors",of="harm"} 0.5',
      'coalmine_check_evidence_ratio{rollout="shop",check="errors",of="safety"} 0',
    ]);
    expect(lines('coalmine_release_verdict')).toEqual([
      'coalmine_release_verdict{rollout="shop",verdict="undecided"} 1',
    ]);
    expect(lines('coalmine_track_weight_ratio')).toEqual([
      'coalmine_track_weight_ratio{rollout="shop",track="canary"} 0.05',
    ]);
  });

  it('count what became of each notice once', () => {
    const { options, lines } = watched();
    const late = { kind: 'delayed', why: 'answered 503' } as const;
    const taken = { kind: 'taken' } as const;
    for (const deliveries of [{ a: late }, { a: late }, { a: taken, b: taken }, { a: taken, b: taken }, {}])
      options.onLook?.('shop', aRecord(), { deliveries });
    expect(lines('coalmine_notifications_total')).toEqual([
      'coalmine_notifications_total{result="delayed"} 1',
      'coalmine_notifications_total{result="taken"} 2',
    ]);
  });

  it('tell Rollouts of namespaces apart', () => {
    const { look, lines } = watched();
    const record = aRecord();
    for (const namespace of ['a', 'b'])
      look({ ...record, rollout: { ...record.rollout, namespace } }, `${namespace}/shop`);
    expect(lines('coalmine_rollout_phase')).toEqual([
      'coalmine_rollout_phase{namespace="a",rollout="shop",phase="Pending"} 1',
      'coalmine_rollout_phase{namespace="b",rollout="shop",phase="Pending"} 1',
    ]);
  });

  it('count looks and their troubles, and let who listened before hear all of it', () => {
    const { options, lines, look, told } = watched();
    look(aRecord());
    options.onTrouble('shop', 'a look failed', new Error('no'));
    options.onLookOver?.(20);
    expect(lines('coalmine_look_troubles_total')).toEqual(['coalmine_look_troubles_total 1']);
    expect(lines('coalmine_look_duration_seconds_count')).toEqual(['coalmine_look_duration_seconds_count 1']);
    expect(lines('coalmine_look_duration_seconds_bucket{le="0.025"}')).toEqual([
      'coalmine_look_duration_seconds_bucket{le="0.025"} 1',
    ]);
    expect(told).toEqual(['shop', 'shop']);
  });
});
