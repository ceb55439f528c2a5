import { closest } from '../../base/closest.ts';
import { parseDuration } from '../../base/duration.ts';
import { DEFAULTS } from '../defaults.ts';
import type { Report } from '../finding.ts';
import { itemPath } from '../path.ts';
import type { RolloutSpec } from '../schema/document.ts';
import type { Resolved } from './strategy.ts';

type Spec = Partial<RolloutSpec>;
type Kind = 'gate' | 'hook';
type WrittenStep = NonNullable<NonNullable<RolloutSpec['strategy']['canary']>['steps']>[number];

/** Reports steps that name no gate or hook, gates and hooks that nothing names, and waits that cannot end well. */
export function outsideFindings(spec: Spec, resolved: Resolved, report: Report): void {
  for (const kind of ['gate', 'hook'] as const) {
    if (!resolved.malformed.includes(`${kind}s`)) refuseUnknown(spec, kind, report);
    if (!resolved.malformed.includes('strategy')) refuseUnused(spec, kind, report);
  }
  refuseLateWaits(spec, report);
  refuseOwnArtefact(resolved, report);
  refuseHopelessNeighbours(spec, resolved, report);
  refuseForeignHooks(spec, report);
}

/** Programs run on a machine, and Jobs in a cluster. */
function refuseForeignHooks({ workload, hooks = [] }: Spec, report: Report): void {
  const isInCluster = workload?.deployment !== undefined;
  hooks.forEach(({ command, job }, i) => {
    const path = itemPath('spec.hooks', i);
    if (isInCluster && command !== undefined) {
      const reason = 'a command would run where the operator does, which has nothing of yours';
      report(`${path}.command`, reason, 'write job: { template: NAME }, of a CronJob that runs it');
    }
    if (!isInCluster && workload !== undefined && job !== undefined)
      report(`${path}.job`, 'there are Jobs in a cluster only', 'write command: [ … ]');
  });
}

function namesOf(spec: Spec, kind: Kind): readonly string[] {
  return (spec[`${kind}s`] ?? []).map(({ name }) => name);
}

/** Every written step of a canary, also of one that follows a shadow, with its path. */
function stepsOf({ strategy }: Spec): readonly (readonly [WrittenStep, string])[] {
  const canaries = [
    [strategy?.canary, 'spec.strategy.canary.steps'],
    [strategy?.shadow?.then?.canary, 'spec.strategy.shadow.then.canary.steps'],
  ] as const;
  return canaries.flatMap(([canary, path]) =>
    (canary?.steps ?? []).map((step, i) => [step, itemPath(path, i)] as const),
  );
}

function refuseUnknown(spec: Spec, kind: Kind, report: Report): void {
  const names = namesOf(spec, kind);
  for (const [step, path] of stepsOf(spec)) {
    const name = step[kind];
    if (name === undefined || names.includes(name)) continue;
    const near = closest(name, names);
    const known = names.length === 0 ? `there are none: add ${kind}s` : `there are: ${names.join(', ')}`;
    const hint = near === undefined ? known : `did you mean ${near}?`;
    report(`${path}.${kind}`, `no ${kind} is named ${name}`, hint);
  }
}

function refuseUnused(spec: Spec, kind: Kind, report: Report): void {
  const names = namesOf(spec, kind);
  // What a step names wrongly has been said: the one that was meant is not unused besides.
  const meant = stepsOf(spec).map(([{ [kind]: name }]) => name !== undefined && closest(name, names));
  (spec[`${kind}s`] ?? []).forEach(({ name, at }, i) => {
    if (at !== undefined || meant.includes(name)) return;
    const hint = `write at, or name it in a step of the strategy canary: { ${kind}: ${name} }`;
    report(itemPath(`spec.${kind}s`, i), `nothing says when ${name} has its moment`, hint);
  });
}

/** Whoever is waited for longer than the release may take is never waited for so long. */
function refuseLateWaits(spec: Spec, report: Report): void {
  const deadline = spec.deadline ?? DEFAULTS.deadline;
  if (spec.onDeadline === 'hold') return;
  (spec.gates ?? []).forEach(({ approval, webhook }, i) => {
    for (const [key, written] of [
      ['approval', approval],
      ['webhook', webhook],
    ] as const) {
      const within = written?.within;
      if (within === undefined || (parseDuration(within) ?? 0) < (parseDuration(deadline) ?? 0)) continue;
      const path = `${itemPath('spec.gates', i)}.${key}.within`;
      report(
        path,
        `${within} is no shorter than the deadline of the release (${deadline})`,
        'raise deadline',
      );
    }
  });
}

/** What a Rollout takes from itself is never anything new. */
function refuseOwnArtefact({ name, workload }: Resolved, report: Report): void {
  if (workload?.kind !== 'process' || !('rollout' in workload.from)) return;
  if (workload.from.rollout !== name) return;
  const hint = 'name the Rollout that is to run it first, or give a directory or tar';
  report('spec.workload.process.from.rollout', `${name} would take its artefact from itself`, hint);
}

/** A Rollout that is being released is not at rest, and what is not copied cannot be told to be the same. */
function refuseHopelessNeighbours(spec: Spec, { name, workload }: Resolved, report: Report): void {
  const isLive = workload?.kind === 'process' && 'live' in workload.from;
  (spec.gates ?? []).forEach(({ rollout }, i) => {
    const path = `${itemPath('spec.gates', i)}.rollout`;
    if (rollout?.name === name)
      report(`${path}.name`, `${name} would wait for itself`, 'name the Rollout that is to come first');
    if (rollout?.same === 'artefact' && isLive)
      report(
        `${path}.same`,
        'a live directory is no artefact that another Rollout could run',
        'write from: <path>',
      );
  });
}
