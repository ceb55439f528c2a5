import type { CheckReading, Exposure, UnitValues } from '../analysis/measurement.ts';
import { messageOf } from '../base/failure.ts';
import type { MetricsQuestion } from '../controller/ports.ts';
import { copyOf, type Copy } from '../engine/observation.ts';
import type { Metric, RevisionId } from '../rollout/model.ts';
import type { ProcessOwner } from '../supervisor/settings.ts';
import type { Supervisor } from '../supervisor/supervisor.ts';
import type { InstanceUsage, RolloutUsage } from '../supervisor/usage.ts';
import { onArm, subjectsOf, type Arm } from './checks/targets.ts';
import type { MeasureChecks } from './joined.ts';

type Usage = Extract<Metric, { readonly kind: 'usage' }>['of'];

/**
 * What a Rollout's local processes use, for its `usage` checks: processor and memory as a gauge of each process,
 * restarts as counts beside the time that processes have run. Without such a check nothing is measured.
 */
export function usageReadings(rollout: string, supervisor: Pick<Supervisor, 'usage'>): MeasureChecks {
  return async (question) => {
    const asked = question.checks.flatMap(({ name, metric }) =>
      metric.kind === 'usage' ? [{ name, of: metric.of }] : [],
    );
    if (asked.length === 0) return {};
    const usage = await supervisor.usage(rollout).catch((error: unknown) => messageOf(error));
    return Object.fromEntries(asked.map(({ name, of }) => [name, readingOf(of, usage, question)]));
  };
}

/** `usage`: a text when it cannot be read, and why. */
function readingOf(of: Usage, usage: RolloutUsage | string, question: MetricsQuestion): CheckReading {
  if (typeof usage === 'string') {
    return { kind: 'missing', reason: `what the processes use cannot be read: ${usage}` };
  }
  const candidate = ownersOn('candidate', question);
  const control = ownersOn('control', question);
  if (of !== 'restarts') {
    const values = (owners: readonly Owner[]): UnitValues => valuesOf(of, usage, owners);
    return { kind: 'gauge', candidate: values(candidate), control: values(control) };
  }
  const counts = (owners: readonly Owner[]): Exposure => restartsOf(usage, owners);
  const arms = { candidate: counts(candidate), control: counts(control) };
  return { kind: 'counts', epoch: usage.epoch, toMs: question.at, ...arms };
}

/** Whose processes. */
interface Owner {
  readonly revision: RevisionId;
  readonly copy: Copy | undefined;
}

/** Several variants are judged together. */
function ownersOn(arm: Arm, question: MetricsQuestion): readonly Owner[] {
  return onArm(subjectsOf(question), arm).map(({ revision, track }) => ({ revision, copy: copyOf(track) }));
}

function isOf(owners: readonly Owner[]): (one: ProcessOwner) => boolean {
  return ({ revision, copy }) => owners.some((owner) => revision === owner.revision && copy === owner.copy);
}

function valuesOf(of: 'cpu' | 'memory', { instances }: RolloutUsage, owners: readonly Owner[]): UnitValues {
  const value = ({ cores, rssBytes }: InstanceUsage): number | undefined => (of === 'cpu' ? cores : rssBytes);
  return Object.fromEntries(
    instances.filter(isOf(owners)).flatMap((one) => {
      const number = value(one);
      return number === undefined ? [] : [[one.instance, number]];
    }),
  );
}

function restartsOf({ counts }: RolloutUsage, owners: readonly Owner[]): Exposure {
  const own = counts.filter(isOf(owners));
  return {
    trials: own.reduce((sum, { processMs }) => sum + processMs, 0),
    events: own.reduce((sum, { restarts }) => sum + restarts, 0),
  };
}
