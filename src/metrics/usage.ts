import type { CheckReading, Exposure, UnitValues } from '../analysis/measurement.ts';
import { messageOf } from '../base/failure.ts';
import type { MetricsQuestion } from '../controller/ports.ts';
import { copyOf, type Copy } from '../engine/observation.ts';
import type { Metric, RevisionId } from '../rollout/model.ts';
import type { ProcessOwner } from '../supervisor/settings.ts';
import type { Supervisor } from '../supervisor/supervisor.ts';
import type { InstanceUsage, RolloutUsage } from '../supervisor/usage.ts';
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
  const { candidate, at } = question;
  const control = controlOf(question);
  if (of !== 'restarts') {
    const values = (owner: Owner): UnitValues => valuesOf(of, usage, owner);
    return { kind: 'gauge', candidate: values({ revision: candidate }), control: values(control) };
  }
  const counts = (owner: Owner): Exposure => restartsOf(usage, owner);
  const arms = { candidate: counts({ revision: candidate }), control: counts(control) };
  return { kind: 'counts', epoch: usage.epoch, toMs: at, ...arms };
}

/** Whose processes; without a revision nobody's. */
interface Owner {
  readonly revision: RevisionId | undefined;
  readonly copy?: Copy | undefined;
}

function controlOf({ control, controlTrack = 'stable' }: MetricsQuestion): Owner {
  return { revision: control, copy: copyOf(controlTrack) };
}

function isOf(owner: Owner): (one: ProcessOwner) => boolean {
  return ({ revision, copy }) => revision === owner.revision && copy === owner.copy;
}

function valuesOf(of: 'cpu' | 'memory', { instances }: RolloutUsage, owner: Owner): UnitValues {
  const value = ({ cores, rssBytes }: InstanceUsage): number | undefined => (of === 'cpu' ? cores : rssBytes);
  return Object.fromEntries(
    instances.filter(isOf(owner)).flatMap((one) => {
      const number = value(one);
      return number === undefined ? [] : [[one.instance, number]];
    }),
  );
}

function restartsOf({ counts }: RolloutUsage, owner: Owner): Exposure {
  const own = counts.find(isOf(owner));
  return { trials: own?.processMs ?? 0, events: own?.restarts ?? 0 };
}
