import { createHash } from 'node:crypto';
import { isJsonObject, type Json, type JsonObject } from '../base/json.ts';
import { Failure, messageOf } from '../base/failure.ts';
import type { Errand } from '../engine/errand.ts';
import type { GateAnswer } from '../engine/gates/answer.ts';
import { LEAVE, marksOf, type HookErrand } from '../errands/errands.ts';
import { isApiError } from '../kube/api-error.ts';
import type { KubeClient } from '../kube/client.ts';
import { FIELD_MANAGER, LABELS } from '../kube/names.ts';
import type { KubeObject, ObjectKey, OwnerReference } from '../kube/object.ts';
import type { AccessRule } from '../kube/rbac.ts';
import { resource } from '../kube/resource.ts';
import { deadlineIn, waitFor } from '../system/waiting.ts';
import { PODS, type Condition, type ContainerState, type Pod } from '../workloads/deployment/objects.ts';

/** What runs once. */
export interface Job extends KubeObject {
  readonly spec: JsonObject;
  readonly status?: { readonly conditions?: readonly Condition[] };
}

/** What Jobs are made from, by the clock or by us. */
export interface CronJob extends KubeObject {
  readonly spec: {
    readonly jobTemplate: {
      readonly metadata?: { readonly labels?: Readonly<Record<string, string>> };
      readonly spec: JsonObject;
    };
  };
}

/** Where Jobs are in the API. */
export const JOBS = resource<Job>('batch/v1', 'Job', { plural: 'jobs' });
/** Where CronJobs are in the API. */
export const CRON_JOBS = resource<CronJob>('batch/v1', 'CronJob', { plural: 'cronjobs' });

/** What hooks as Jobs take. Whoever may make Jobs may run anything in the namespace: so it is enabled by name. */
export const JOB_ACCESS: readonly AccessRule[] = [
  { group: 'batch', resources: ['cronjobs'], verbs: ['get'] },
  { group: 'batch', resources: ['jobs'], verbs: ['get', 'create', 'delete'] },
];

const REQUEST_MS = 15_000;
/** A Job is asked for its end so often. */
const LOOK_MS = 1_000;
/** A Job that has ended is kept for a day, unless its template says otherwise. */
const KEPT_SECONDS = 86_400;
/** So much of what a pod said last is told. */
const QUOTED_CHARACTERS = 300;
const QUOTED_LINES = 3;
/** Names of Jobs are names of their pods, with what tells those apart. */
const LONGEST_NAME = 63;
const HASH_DIGITS = 10;

/** What a Job is run with. */
export interface JobParts {
  readonly client: KubeClient;
  readonly owner: OwnerReference;
}

/**
 * Runs the Job of a hook to its end, once however often it is asked: its name is a hash of the errand's key. Nobody wanting it any more
 * deletes it with its pods. Throws Failure where it cannot be made.
 */
export async function runJob({ client, owner }: JobParts, order: HookErrand): Promise<void> {
  const { rollout, errand, onAnswer, signal } = order;
  const key = { namespace: rollout.namespace ?? 'default', name: jobName(rollout.name, errand) };
  await orForbidden(ensure(key, { client, owner }, order));
  while (!signal.aborted) {
    const answer = await answerNow(client, key);
    onAnswer(answer);
    if (answer.kind !== 'notYet') return;
    await waitFor(LOOK_MS, signal);
  }
  if (signal.reason !== LEAVE) await client.delete(JOBS, key, deadlineIn(REQUEST_MS));
}

/** Throws Failure `notFound` when somebody has deleted the Job. */
async function answerNow(client: KubeClient, key: ObjectKey): Promise<GateAnswer> {
  const { name } = key;
  let job: Job | undefined;
  try {
    job = await client.get(JOBS, key, deadlineIn(REQUEST_MS));
  } catch (cause) {
    return { kind: 'notYet', why: messageOf(cause) };
  }
  if (job === undefined) throw new Failure('notFound', `the Job ${name} was deleted`);
  const end = endOf(job);
  if (end === undefined) return { kind: 'notYet', why: `the Job ${name} runs` };
  if (end.type === 'Complete') return { kind: 'yes', why: `the Job ${name} has done its work` };
  const why = [`the Job ${name} failed`, end.message ?? end.reason, await lastWords(client, key)];
  return { kind: 'no', why: why.filter((one) => one !== undefined).join(': ') };
}

function endOf({ status }: Job): Condition | undefined {
  return status?.conditions?.find(
    ({ type, status: is }) => is === 'True' && (type === 'Complete' || type === 'Failed'),
  );
}

/** Makes the Job, unless an operator before has. */
async function ensure(key: ObjectKey, { client, owner }: JobParts, order: HookErrand): Promise<void> {
  const { rollout, errand, hook } = order;
  if (hook.kind !== 'job') throw new Failure('notBuilt', `a ${hook.kind} does not run in a cluster`);
  if ((await client.get(JOBS, key, deadlineIn(REQUEST_MS))) !== undefined) return;
  const from = { namespace: key.namespace ?? 'default', name: hook.template };
  const template = await client.get(CRON_JOBS, from, deadlineIn(REQUEST_MS));
  if (template === undefined)
    throw new Failure('notFound', `there is no CronJob ${from.name} in the namespace ${from.namespace}`);
  const { metadata = {}, spec } = template.spec.jobTemplate;
  const labels = {
    ...metadata.labels,
    [LABELS.managedBy]: FIELD_MANAGER,
    [LABELS.rollout]: rollout.name,
    [LABELS.revision]: errand.revision,
  };
  const job = {
    metadata: { ...key, labels, ownerReferences: [owner] },
    spec: jobSpec(spec, { marks: marksOf(rollout.name, errand), timeoutMs: hook.timeoutMs }),
  };
  try {
    await client.create(JOBS, job, deadlineIn(REQUEST_MS));
  } catch (cause) {
    if (!isApiError(cause, 'alreadyExists')) throw cause;
  }
}

async function orForbidden(work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (cause) {
    if (!isApiError(cause, 'forbidden')) throw cause;
    const words = `${messageOf(cause)}; coalmine install --enable jobs lets the operator make Jobs`;
    throw new Failure('notPermitted', words, { cause });
  }
}

function jobSpec(
  spec: JsonObject,
  { marks, timeoutMs }: { readonly marks: Readonly<Record<string, string>>; readonly timeoutMs: number },
): JsonObject {
  const template = isJsonObject(spec['template']) ? spec['template'] : {};
  const pod = isJsonObject(template['spec']) ? template['spec'] : {};
  return {
    activeDeadlineSeconds: Math.ceil(timeoutMs / 1_000),
    ttlSecondsAfterFinished: KEPT_SECONDS,
    ...spec,
    template: { ...template, spec: { ...pod, containers: containersOf(pod, marks) } },
  };
}

/** What they say last is told when they fail: so Kubernetes is asked to keep it. */
function containersOf(pod: JsonObject, marks: Readonly<Record<string, string>>): readonly JsonObject[] {
  const containers = Array.isArray(pod['containers']) ? pod['containers'].filter(isJsonObject) : [];
  const own = Object.entries(marks).map(([name, value]) => ({ name, value }));
  return containers.map((container) => ({
    ...container,
    terminationMessagePolicy: 'FallbackToLogsOnError',
    env: [...(Array.isArray(container['env']) ? (container['env'] as readonly Json[]) : []), ...own],
  }));
}

/** What the newest pod of a Job said when it failed. */
async function lastWords(
  client: KubeClient,
  { namespace = '', name }: ObjectKey,
): Promise<string | undefined> {
  const selection = { namespace, labels: `batch.kubernetes.io/job-name=${name}` };
  const found = await client.list(PODS, selection, deadlineIn(REQUEST_MS)).catch(() => undefined);
  const newest = [...(found?.items ?? [])].sort(byAge).at(-1);
  const ended = newest?.status?.containerStatuses?.map(({ state }) => state?.terminated) ?? [];
  const failed = ended.find((one) => one !== undefined && one.exitCode !== 0);
  return failed && endWords(failed);
}

function endWords({ exitCode, reason, message }: NonNullable<ContainerState['terminated']>): string {
  const lines = (message ?? '').trim().split('\n').slice(-QUOTED_LINES);
  const said = lines.join(' / ').slice(-QUOTED_CHARACTERS);
  return `exit status ${exitCode ?? '?'} (${reason ?? 'Error'})${said === '' ? '' : `: ${said}`}`;
}

function byAge({ metadata: a }: Pod, { metadata: b }: Pod): number {
  return (a.creationTimestamp ?? '').localeCompare(b.creationTimestamp ?? '');
}

/** The same for the same errand; a name of the API whatever hooks are called. */
function jobName(rollout: string, { name, key }: Errand): string {
  const hash = createHash('sha256').update(key).digest('hex').slice(0, HASH_DIGITS);
  const plain = `${rollout}-${name}`.toLowerCase().replace(/[^a-z0-9-]+/g, '-');
  return `${plain.slice(0, LONGEST_NAME - HASH_DIGITS - 1).replace(/-+$/, '')}-${hash}`;
}
