import type { Environment } from '../base/environment.ts';
import { carried, encodeOrder, type ContainerOrder } from '../containers/container-order.ts';
import type { Probe } from '../rollout/model.ts';
import type { ContainerTemplate, RevisionSettings } from '../rollout/revision.ts';
import type { ProcessSettings } from '../supervisor/settings.ts';

/** What is pinned of a revision of containers, and what they are started by. */
export interface ContainerParts {
  readonly template: ContainerTemplate;
  readonly settings: RevisionSettings;
  readonly env: Environment;
  /** A directory for the processes that stand for the containers. */
  readonly cwd: string;
  /** The built program that stands for one container. */
  readonly entry: string;
  /** The engine's socket. */
  readonly socketPath: string;
}

/** So long a process outlives the time in which its container has to end. */
const MARGIN_MS = 2_000;
/** The engine may accept connections for a program that does not listen yet, and closes them then. */
const HELD_MS = 200;

/**
 * Containers as processes: one small process stands for each, creates it, passes its output on, ends and removes it.
 * So they are started, probed, drained, counted, adopted and stopped as local processes are
 * (docs/decisions/0007-a-process-for-each-container.md).
 */
export function containerProcesses(parts: ContainerParts): ProcessSettings {
  const { settings, cwd, entry, socketPath, env } = parts;
  const { ready, live, stop, restart } = settings;
  return {
    command: [process.execPath, entry, 'run', socketPath, encodeOrder(orderOf(parts))],
    cwd,
    env: carried(env),
    ...(ready === undefined ? {} : { ready: probeOf(ready, parts) }),
    ...(live === undefined ? {} : { live: probeOf(live, parts) }),
    stop: { signal: 'SIGTERM', drainMs: stop.drainMs + MARGIN_MS },
    // The engine holds the container to its limits; its process needs none.
    limits: {},
    restart,
  };
}

function orderOf({ template, settings }: ContainerParts): ContainerOrder {
  const { image, command, port } = template;
  const { stop, limits } = settings;
  return {
    image,
    ...(command === undefined ? {} : { command }),
    ...(port === undefined ? {} : { port }),
    signal: stop.signal,
    drainMs: stop.drainMs,
    ...(limits.memoryBytes === undefined ? {} : { memoryBytes: limits.memoryBytes }),
  };
}

function probeOf(probe: Probe, { entry, socketPath }: ContainerParts): Probe {
  const { check } = probe;
  switch (check.kind) {
    case 'http':
      return probe;
    case 'tcp':
      return { ...probe, check: { kind: 'tcp', heldMs: HELD_MS } };
    case 'command': {
      const words = Buffer.from(JSON.stringify(check.command)).toString('base64url');
      return {
        ...probe,
        check: { kind: 'command', command: [process.execPath, entry, 'exec', socketPath, words] },
      };
    }
  }
}
