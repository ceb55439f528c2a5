import { DEFAULTS } from './defaults.ts';
import { parseMemorySize } from './memory-size.ts';
import type { Probe, ProcessWorkload, RestartPolicy } from './model.ts';
import { field, readDuration, SHORT, SHORT_OR_NONE, tell, type Place } from './place.ts';
import type { RolloutSpec } from './schema/document.ts';

type WrittenProcess = NonNullable<RolloutSpec['workload']['process']>;
type WrittenProbe = NonNullable<WrittenProcess['ready']>;

/** No machine serves a process that may use less. */
const LEAST_MEMORY_BYTES = 1_048_576;

/** `spec.workload.process` with its defaults. Without traffic nobody expects an open port. */
export function resolveProcess(written: WrittenProcess, place: Place, hasTraffic: boolean): ProcessWorkload {
  const { build, command, replicas = DEFAULTS.replicas, env = {}, envFiles = [] } = written;
  refuseReserved(env, field(place, 'env'));
  return {
    kind: 'process',
    from: typeof written.from === 'string' ? { path: written.from } : written.from,
    ...(build === undefined ? {} : { build }),
    command,
    replicas,
    env,
    envFiles,
    ...resolveProbes(written, place, hasTraffic),
    stop: resolveStop(written.stop ?? {}, field(place, 'stop')),
    limits: resolveLimits(written.limits ?? {}, field(place, 'limits')),
    restart: resolveRestart(written.restart ?? {}, field(place, 'restart')),
  };
}

function refuseReserved(env: Readonly<Record<string, string>>, place: Place): void {
  if (!Object.hasOwn(env, 'PORT')) return;
  tell(field(place, 'PORT'), 'every process is given a port of its own', 'remove it, and listen on $PORT');
}

function resolveProbes(
  written: WrittenProcess,
  place: Place,
  hasTraffic: boolean,
): Pick<ProcessWorkload, 'ready' | 'live'> {
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

function resolveStop(written: NonNullable<WrittenProcess['stop']>, place: Place): ProcessWorkload['stop'] {
  return {
    signal: written.signal ?? DEFAULTS.stop.signal,
    drainMs: readDuration(field(place, 'drain'), written.drain ?? DEFAULTS.stop.drain, SHORT_OR_NONE),
  };
}

function resolveLimits(
  { memory }: NonNullable<WrittenProcess['limits']>,
  place: Place,
): ProcessWorkload['limits'] {
  if (memory === undefined) return {};
  const memoryBytes = parseMemorySize(memory) ?? Infinity;
  if (memoryBytes < LEAST_MEMORY_BYTES)
    tell(field(place, 'memory'), `${memory} is too little`, 'at least 1Mi');
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
