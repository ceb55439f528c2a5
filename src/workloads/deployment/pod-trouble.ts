import type { ContainerState, ContainerStatus, Pod } from './objects.ts';

/** Why a container waits for what does not come by itself. */
const HOPELESS = new Set([
  'CrashLoopBackOff',
  'ImagePullBackOff',
  'InvalidImageName',
  'ErrImageNeverPull',
  'CreateContainerConfigError',
  'CreateContainerError',
  'RunContainerError',
]);
/** Ends of a container that are a crash loop, whatever it is called yet. */
const CRASHES = 3;
/** A pod that fits on no Node waits so long for one: others may go, and clusters may grow. */
const PLACELESS_MS = 30_000;

/** Why a pod cannot stay up, in a few words; undefined while it may still get ready. */
export function troubleOf(pod: Pod, now: number): string | undefined {
  const { initContainerStatuses = [], containerStatuses = [] } = pod.status ?? {};
  for (const status of [...initContainerStatuses, ...containerStatuses]) {
    const trouble = containerTrouble(status);
    if (trouble !== undefined) return `${pod.metadata.name}: ${trouble}`;
  }
  return placeless(pod, now);
}

function containerTrouble(status: ContainerStatus): string | undefined {
  const { name, state = {}, restartCount = 0 } = status;
  const { reason = '', message } = state.waiting ?? {};
  const end = lastEnd(status);
  if (HOPELESS.has(reason))
    return `container ${name} is in ${reason}${end === undefined ? said(message) : ended(end)}`;
  const isCrashing = end !== undefined && end.exitCode !== 0 && restartCount >= CRASHES;
  return isCrashing ? `container ${name} has ended ${restartCount} times${ended(end)}` : undefined;
}

function lastEnd({ state, lastState }: ContainerStatus): ContainerState['terminated'] {
  return state?.terminated ?? lastState?.terminated;
}

function ended({ reason = 'Error', exitCode }: NonNullable<ContainerState['terminated']>): string {
  return ` (${reason}${exitCode === undefined ? '' : `, exit status ${exitCode}`})`;
}

function said(message = ''): string {
  return message === '' ? '' : `: ${message}`;
}

function placeless({ metadata, status }: Pod, now: number): string | undefined {
  const waits = status?.conditions?.find(({ type }) => type === 'PodScheduled');
  if (waits?.status !== 'False' || waits.reason !== 'Unschedulable') return undefined;
  if (now - Date.parse(metadata.creationTimestamp ?? '') < PLACELESS_MS) return undefined;
  return `${metadata.name}: no Node has room for it: ${waits.message ?? ''}`;
}
