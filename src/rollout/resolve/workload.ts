import { DEFAULTS } from '../defaults.ts';
import { parseMemorySize } from '../memory-size.ts';
import type {
  ContainerWorkload,
  DeploymentWorkload,
  Probe,
  ProcessWorkload,
  RevisionId,
  RestartPolicy,
  RunningWorkload,
} from '../model.ts';
import { field, readDuration, SHORT, SHORT_OR_NONE, tell, type Place } from '../place.ts';
import type { RolloutSpec } from '../schema/document.ts';

type WrittenProcess = NonNullable<RolloutSpec['workload']['process']>;
type WrittenContainer = NonNullable<RolloutSpec['workload']['container']>;
type WrittenDeployment = NonNullable<RolloutSpec['workload']['deployment']>;
type WrittenProbe = NonNullable<WrittenProcess['ready']>;

/** A pod that says nothing of it is given so long to end. */
const POD_GRACE_MS = 30_000;

/** `spec.workload.deployment` with its defaults. */
export function resolveDeployment({ name, hold = DEFAULTS.hold }: WrittenDeployment): DeploymentWorkload {
  return { kind: 'deployment', name, hold, replicas: DEFAULTS.replicas, stop: { drainMs: POD_GRACE_MS } };
}

/** A limit on memory below which nothing runs. */
interface Least {
  readonly bytes: number;
  readonly written: string;
}

/** No machine serves a process that may use less. */
const LEAST_OF_PROCESS: Least = { bytes: 1_048_576, written: '1Mi' };
/** No engine starts a container that may use less. */
const LEAST_OF_CONTAINER: Least = { bytes: 6 * 1_048_576, written: '6Mi' };

/** `spec.workload.process` with its defaults. Without traffic nobody expects an open port. */
export function resolveProcess(written: WrittenProcess, place: Place, hasTraffic: boolean): ProcessWorkload {
  const { build, command, from } = written;
  refuseReserved(written, place, 'every process is given a port of its own');
  return {
    kind: 'process',
    from: resolveSource(from, field(place, 'from')),
    ...(build === undefined ? {} : { build }),
    command,
    ...resolveRunning(written, place, { hasTraffic, least: LEAST_OF_PROCESS }),
  };
}

function resolveSource(written: WrittenProcess['from'], place: Place): ProcessWorkload['from'] {
  if (typeof written === 'string') return { path: written };
  const { live, rollout, revision } = written;
  if (live !== undefined) return { live };
  if (rollout === undefined) tell(field(place, 'rollout'), 'is required', 'the Rollout whose revision it is');
  return {
    rollout: rollout ?? '',
    ...(revision === undefined ? {} : { revision: revision as RevisionId }),
  };
}

/** `spec.workload.container` with its defaults. */
export function resolveContainer(
  written: WrittenContainer,
  place: Place,
  hasTraffic: boolean,
): ContainerWorkload {
  const { image, pull = DEFAULTS.pull, command, port } = written;
  refuseReserved(written, place, 'a container is told its port');
  refuseBadImage(image, field(place, 'image'));
  if (port === undefined && isPortNeeded(written, hasTraffic)) {
    tell(field(place, 'port'), 'is required', 'the port the program listens on in the container, as in 8080');
  }
  return {
    kind: 'container',
    image,
    pull,
    ...(command === undefined ? {} : { command }),
    ...(port === undefined ? {} : { port }),
    ...resolveRunning(written, place, { hasTraffic, least: LEAST_OF_CONTAINER }),
  };
}

function isPortNeeded({ ready, live }: Running, hasTraffic: boolean): boolean {
  return hasTraffic || [ready, live].some((probe) => probe?.http !== undefined || probe?.tcp !== undefined);
}

/** As the engines read them: registry and path in lower case, then a tag, a digest or both. */
const IMAGE =
  /^(?:[\w.-]+(?::\d+)?\/)?[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*)*(?::\w[\w.-]{0,127})?(?:@sha256:[0-9a-f]{64})?$/;

function refuseBadImage(image: string, place: Place): void {
  if (image.length <= 512 && IMAGE.test(image)) return;
  tell(place, `${image.slice(0, 80)} is not the name of an image`, 'as in registry.example.com/shop:1.2');
}

type Running = Pick<WrittenProcess, RunningField>;
type RunningField = 'replicas' | 'env' | 'envFiles' | 'ready' | 'live' | 'stop' | 'limits' | 'restart';

/** What else decides about the fields that all kinds share. */
interface Kind {
  readonly hasTraffic: boolean;
  readonly least: Least;
}

function resolveRunning(written: Running, place: Place, { hasTraffic, least }: Kind): RunningWorkload {
  const { replicas = DEFAULTS.replicas, env = {}, envFiles = [] } = written;
  return {
    replicas,
    env,
    envFiles,
    ...resolveProbes(written, place, hasTraffic),
    stop: resolveStop(written.stop ?? {}, field(place, 'stop')),
    limits: resolveLimits(written.limits ?? {}, field(place, 'limits'), least),
    restart: resolveRestart(written.restart ?? {}, field(place, 'restart')),
  };
}

function refuseReserved({ env = {} }: Running, place: Place, why: string): void {
  if (!Object.hasOwn(env, 'PORT')) return;
  tell(field(field(place, 'env'), 'PORT'), why, 'remove it, and listen on $PORT');
}

function resolveProbes(
  written: Running,
  place: Place,
  hasTraffic: boolean,
): Pick<RunningWorkload, 'ready' | 'live'> {
  const ready = written.ready ?? (hasTraffic ? { tcp: {} } : undefined);
  const { live } = written;
  return {
    ...(ready && { ready: resolveProbe(ready, field(place, 'ready'), DEFAULTS.ready) }),
    ...(live && { live: resolveProbe(live, field(place, 'live'), DEFAULTS.live) }),
  };
}

function resolveProbe(
  written: WrittenProbe,
  place: Place,
  defaults: (typeof DEFAULTS)['ready' | 'live'],
): Probe {
  const read = (key: 'every' | 'timeout' | 'within') =>
    readDuration(field(place, key), written[key] ?? defaults[key], SHORT);
  return {
    check: probeCheck(written),
    everyMs: read('every'),
    timeoutMs: read('timeout'),
    withinMs: read('within'),
    failures: written.failures ?? defaults.failures,
  };
}

function probeCheck({ http, command }: WrittenProbe): Probe['check'] {
  if (http !== undefined) return { kind: 'http', path: http };
  return command === undefined ? { kind: 'tcp' } : { kind: 'command', command };
}

function resolveStop(written: NonNullable<WrittenProcess['stop']>, place: Place): RunningWorkload['stop'] {
  return {
    signal: written.signal ?? DEFAULTS.stop.signal,
    drainMs: readDuration(field(place, 'drain'), written.drain ?? DEFAULTS.stop.drain, SHORT_OR_NONE),
  };
}

function resolveLimits(
  { memory }: NonNullable<WrittenProcess['limits']>,
  place: Place,
  least: Least,
): RunningWorkload['limits'] {
  if (memory === undefined) return {};
  const memoryBytes = parseMemorySize(memory) ?? Infinity;
  if (memoryBytes < least.bytes)
    tell(field(place, 'memory'), `${memory} is too little`, `at least ${least.written}`);
  if (memoryBytes === Infinity) tell(field(place, 'memory'), `${memory} is too much`);
  return { memoryBytes };
}

function resolveRestart(written: NonNullable<WrittenProcess['restart']>, place: Place): RestartPolicy {
  const defaults = DEFAULTS.restart;
  const read = (key: 'firstDelay' | 'maxDelay' | 'stableAfter') =>
    readDuration(field(place, key), written[key] ?? defaults[key], SHORT);
  const firstDelayMs = read('firstDelay');
  const longest =
    written.maxDelay === undefined ? Math.max(read('maxDelay'), firstDelayMs) : read('maxDelay');
  if (firstDelayMs > longest) {
    tell(field(place, 'firstDelay'), `is longer than maxDelay (${written.maxDelay ?? defaults.maxDelay})`);
  }
  return {
    firstDelayMs,
    maxDelayMs: longest,
    crashLoopAfter: written.crashLoopAfter ?? defaults.crashLoopAfter,
    stableAfterMs: read('stableAfter'),
  };
}
