import { explanationOf, Failure, messageOf, problemText, withHint, type Problem } from '../base/failure.ts';
import { NEW_STATUS, type Status } from '../engine/status.ts';
import type { KubeClient } from '../kube/client.ts';
import { FINALIZER } from '../kube/names.ts';
import type { ObjectKey } from '../kube/object.ts';
import type { DeploymentWorkload, RevisionId, Rollout } from '../rollout/model.ts';
import {
  templatedChecks,
  withTemplatedChecks,
  writtenPath,
  type CheckTemplate,
  type TemplatedCheck,
} from '../rollout/check-templates.ts';
import { resolveRollout } from '../rollout/resolve/rollout.ts';
import type { ClusterRouter } from '../traffic/cluster/router.ts';
import type { Deployment } from '../workloads/deployment/objects.ts';
import type { SetKey } from '../workloads/deployment/world.ts';
import { lackOf } from './lacks.ts';
import { deploymentOf, ROLLOUTS, type RolloutObject } from './objects.ts';
import { beyondRouter, obstacleOf, sharedRoute } from './routing/routing.ts';
import type { Obstacle } from './status/conditions.ts';
import type { Entry, Resolved } from './store/entry.ts';
import { routedIn, specNow } from './store/routed.ts';
import type { Facts } from './store/store.ts';

/** What is asked of the Deployment that a Rollout adopts. */
export interface Adoption {
  /** Takes the Deployment over as it runs. Safe to repeat. */
  adopt(
    signal: AbortSignal,
  ): Promise<{ readonly stable: RevisionId } | { readonly problems: readonly Problem[] }>;
  /** The revision of its template; undefined when it is gone. */
  wantedRevision(signal: AbortSignal): Promise<RevisionId | undefined>;
  /** How the names of a revision's pods begin; undefined while nobody knows. */
  podNamesOf(key: SetKey, signal: AbortSignal): Promise<string | undefined>;
}

/** What facts are found in. */
export interface FactParts {
  readonly client: KubeClient;
  /** The template of a name for a namespace; undefined: there is none. */
  readonly template: (namespace: string, name: string) => CheckTemplate | undefined;
  /** Others for the same Deployment, or by the same route. */
  readonly rivalsOf: (object: RolloutObject) => readonly RolloutObject[];
  readonly deployment: (key: ObjectKey) => Deployment | undefined;
  readonly adoptionOf: (object: RolloutObject, rollout: Rollout) => Adoption;
  /** What divides its traffic; undefined for workers. */
  readonly routerOf: (
    object: RolloutObject,
    rollout: Rollout,
  ) => Pick<ClusterRouter, 'check' | 'forget'> | undefined;
  readonly deadline: () => AbortSignal;
}

/** A pod that says nothing of it is given so long to end, in seconds. */
const USUAL_GRACE_SECONDS = 30;

/**
 * What there is to know of a Rollout, or why nothing can be done about it, with what to do. A release that runs goes on by
 * what counted last, when what is declared now cannot be.
 */
export async function factsOf(
  written: RolloutObject,
  before: Pick<Entry, 'resolved' | 'memory'>,
  parts: FactParts,
): Promise<Facts | Obstacle> {
  const facts = await factsIn(written, before, parts);
  const { spec } = before.memory ?? {};
  if (!('reason' in facts) || spec === undefined) return facts;
  const counting = await factsIn({ ...written, spec }, before, parts);
  return 'reason' in counting ? facts : { ...counting, refused: facts };
}

async function factsIn(
  written: RolloutObject,
  before: Pick<Entry, 'resolved' | 'memory'>,
  parts: FactParts,
): Promise<Facts | Obstacle> {
  const object = { ...written, spec: specNow(written, before.memory) };
  const templated = templatedIn(object, before, parts);
  if ('reason' in templated) return templated;
  const read = readIn(object, before.resolved, templated);
  if ('reason' in read) return read;
  const declared = read.rollout;
  const { workload } = declared;
  if (workload.kind !== 'deployment') return { reason: 'InvalidSpec', message: 'it is not for a cluster' };
  const { namespace = 'default' } = object.metadata;
  const deployment = parts.deployment({ namespace, name: workload.name });
  if (deployment === undefined) return withoutDeployment(object, declared, parts);
  const rollout: Rollout = { ...declared, workload: { ...workload, ...seenIn(deployment) } };
  const obstacle = refusal(object, rollout, parts);
  if (obstacle !== undefined) return obstacle;
  const adoption = parts.adoptionOf(object, rollout);
  const revision = await adoption.wantedRevision(parts.deadline());
  if (revision === undefined) return missing(workload.name);
  return {
    resolved: { ...read, rollout },
    template: revision,
    begin: () => begin({ object, rollout, adoption }, parts),
  };
}

/** Nothing is left to go on; but whoever deletes it gets back what the route was. */
async function withoutDeployment(
  object: RolloutObject,
  rollout: Rollout,
  parts: FactParts,
): Promise<Obstacle> {
  const router =
    object.metadata.deletionTimestamp === undefined ? undefined : parts.routerOf(object, rollout);
  await router?.forget(parts.deadline());
  return missing(rollout.workload.kind === 'deployment' ? rollout.workload.name : rollout.name);
}

/** What cannot be done is refused before anything moves; a route that moves already ends as it was begun. */
function refusal(object: RolloutObject, rollout: Rollout, { rivalsOf }: FactParts): Obstacle | undefined {
  // What is deleted is left as it was taken over.
  if (object.metadata.deletionTimestamp !== undefined) return undefined;
  const isMoving = object.status?.candidate !== undefined;
  const beyond = isMoving ? undefined : beyondRouter(rollout);
  return lackOf(rollout) ?? beyond ?? takenBefore(rollout, object, rivalsOf(object));
}

/** What the Deployment itself says. */
function seenIn({ spec }: Deployment): Pick<DeploymentWorkload, 'replicas' | 'scaledToZero' | 'stop'> {
  const { replicas = 1, template } = spec;
  const written = template.spec?.['terminationGracePeriodSeconds'];
  const graceSeconds = typeof written === 'number' ? written : USUAL_GRACE_SECONDS;
  return {
    replicas: Math.max(1, replicas),
    ...(replicas === 0 ? { scaledToZero: true } : {}),
    stop: { drainMs: graceSeconds * 1_000 },
  };
}

/** The checks of its templates. A release that runs is judged by those that it began with. */
function templatedIn(
  { metadata: { namespace = 'default' }, spec }: RolloutObject,
  { memory }: Pick<Entry, 'memory'>,
  { template }: FactParts,
): readonly TemplatedCheck[] | Obstacle {
  if (memory?.status.release !== undefined) return memory.templated ?? [];
  const { checks, findings } = templatedChecks(spec, (name) => template(namespace, name));
  if (checks !== undefined) return checks;
  return { reason: 'InvalidTemplate', message: findings.map(remediedText).join('; ') };
}

function readIn(
  { metadata, spec }: RolloutObject,
  before: Entry['resolved'],
  templated: readonly TemplatedCheck[],
): Resolved | Obstacle {
  const { name, namespace = 'default' } = metadata;
  const whole = withTemplatedChecks(spec, templated);
  const text = JSON.stringify(whole);
  if (before?.text === text) return before;
  try {
    const rollout = resolveRollout({ metadata: { name, namespace }, spec: whole }, 'operator');
    return { text, spec, rollout, templated, routed: routedIn(spec) };
  } catch (cause) {
    if (!(cause instanceof Failure)) throw cause;
    const problems = cause.problems.map((problem) =>
      remediedText({ ...problem, path: writtenPath(problem.path, spec, templated) }),
    );
    const message = problems.length === 0 ? explanationOf(cause) : problems.join('; ');
    return { reason: cause.code === 'notBuilt' ? 'NotBuilt' : 'InvalidSpec', message };
  }
}

function remediedText(problem: Problem): string {
  return withHint(problemText(problem), problem.hint);
}

function missing(deployment: string): Obstacle {
  return {
    reason: 'DeploymentMissing',
    message: `there is no Deployment ${deployment}: create it, or correct spec.workload.deployment.name`,
  };
}

/** Another Rollout may have adopted the same Deployment before this one, or steer the same route. */
function takenBefore(
  { workload }: Rollout,
  object: RolloutObject,
  rivals: readonly RolloutObject[],
): Obstacle | undefined {
  for (const rival of rivals.filter(({ metadata }) => isBefore(metadata, object.metadata))) {
    const owner = rival.metadata.name;
    if (workload.kind === 'deployment' && deploymentOf(rival) === workload.name)
      return { reason: 'DeploymentTaken', message: taken(`adopted the Deployment ${workload.name}`, owner) };
    const route = sharedRoute(object, rival);
    if (route !== undefined)
      return { reason: 'RouteTaken', message: taken(`taken the route ${route}`, owner) };
  }
  return undefined;
}

function taken(what: string, owner: string): string {
  return `the Rollout ${owner} has ${what} already: delete one of the two`;
}

function isBefore(a: RolloutObject['metadata'], b: RolloutObject['metadata']): boolean {
  const [first = '', second = ''] = [a.creationTimestamp, b.creationTimestamp];
  return first === second ? a.name < b.name : first < second;
}

interface Beginning {
  readonly object: RolloutObject;
  readonly rollout: Rollout;
  readonly adoption: Adoption;
}

/** What runs is trusted. The Rollout is kept from going unseen before anything is taken over. */
async function begin({ object, rollout, adoption }: Beginning, parts: FactParts): Promise<Status | Obstacle> {
  const { client, deadline } = parts;
  try {
    await parts.routerOf(object, rollout)?.check(deadline());
  } catch (cause) {
    return obstacleOf(cause);
  }
  await keep(object, client, deadline());
  try {
    const adopted = await adoption.adopt(deadline());
    if ('stable' in adopted) return { ...NEW_STATUS, stable: adopted.stable };
    return { reason: 'NotAdopted', message: adopted.problems.map(remediedText).join('; ') };
  } catch (cause) {
    if (cause instanceof Failure && cause.code === 'notPermitted')
      return { reason: 'Forbidden', message: messageOf(cause) };
    throw cause;
  }
}

async function keep({ metadata }: RolloutObject, client: KubeClient, signal: AbortSignal): Promise<void> {
  const { name, namespace, finalizers = [] } = metadata;
  if (finalizers.includes(FINALIZER) || metadata.deletionTimestamp !== undefined) return;
  const key = { name, ...(namespace === undefined ? {} : { namespace }) };
  const merge = { metadata: { finalizers: [...finalizers, FINALIZER] } };
  await client.patch(ROLLOUTS, { ...key, merge }, signal);
}
