import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Environment } from '../../base/environment.ts';
import type { RevisionId } from '../../rollout/model.ts';
import { ownerOf } from '../../files/owner.ts';
import { thisMachine } from '../machine.ts';
import { findMarked, type MarkedProcess } from '../marks.ts';
import type { GroupKey, LeavingInstance, ProcessSettings } from '../settings.ts';
import { signalProcess } from '../../system/signals.ts';
import type { BeforeStop } from '../site.ts';
import { createSupervisor, type Supervisor, type SupervisorOptions } from '../supervisor.ts';

/** The program that tests supervise. */
export const SERVICE = fileURLToPath(new URL('service.mjs', import.meta.url));

/** A data directory, supervisors for it and what they did. */
export interface Workbench {
  readonly dataDir: string;
  readonly key: GroupKey;
  /** Instances the supervisor has asked to be drained. */
  readonly drained: LeavingInstance[];
  readonly warnings: string[];
  open(options?: Partial<SupervisorOptions>): Promise<Supervisor>;
  /** Living processes that carry this directory's marks. */
  marked(): Promise<readonly MarkedProcess[]>;
  /** Ends all of them and removes the directory. */
  tidy(): Promise<void>;
}

/** Makes an empty one. */
export async function createWorkbench(): Promise<Workbench> {
  const home = await mkdtemp(join(tmpdir(), 'supervisor-'));
  const dataDir = join(home, 'data');
  await mkdir(dataDir);
  const opened: Supervisor[] = [];
  const drained: LeavingInstance[] = [];
  const warnings: string[] = [];
  const beforeStop: BeforeStop = (instance) => Promise.resolve(void drained.push(instance));
  const marked = async (): Promise<readonly MarkedProcess[]> =>
    findMarked(thisMachine(), await ownerOf(dataDir));
  return {
    dataDir,
    key: { rollout: 'shop', revision: 'r1-a' as RevisionId },
    drained,
    warnings,
    marked,
    open: async (options) => {
      const log = {
        info: () => undefined,
        warn: (_: unknown, message: string) => void warnings.push(message),
      };
      const supervisor = await createSupervisor({
        dataDir,
        log,
        beforeStop,
        onChange: () => undefined,
        ...options,
      });
      opened.push(supervisor);
      return supervisor;
    },
    tidy: async () => {
      for (const supervisor of opened) await supervisor.close();
      for (const { facts } of await marked()) signalProcess(facts.pid, 'SIGKILL');
      await rm(home, { recursive: true, force: true });
    },
  };
}

/** Settings of the service, quick to react. */
export function serviceSettings(env: Environment = {}, more: Partial<ProcessSettings> = {}): ProcessSettings {
  return {
    command: [process.execPath, SERVICE],
    cwd: tmpdir(),
    env,
    ready: {
      check: { kind: 'http', path: '/healthz' },
      everyMs: 100,
      timeoutMs: 2_000,
      withinMs: 20_000,
      failures: 2,
    },
    stop: { signal: 'SIGTERM', drainMs: 2_000 },
    limits: {},
    restart: { firstDelayMs: 20, maxDelayMs: 200, crashLoopAfter: 3, stableAfterMs: 60_000 },
    ...more,
  };
}

/** Asks an instance for a path; the text it answers, or nothing when it does not. */
export async function ask(port: number | undefined, path: string): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port ?? 0}${path}`).catch(() => undefined);
  return (await response?.text().catch(() => '')) ?? '';
}
