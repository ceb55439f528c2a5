import { readFileSync } from 'node:fs';
import path from 'node:path';
import { startLoad } from '../../src/cli/demo/load.ts';
import { gatewayClient } from '../../src/gateway/client.ts';
import { Crowd } from './crowd.ts';
import { Site } from './site.ts';

/** How long it goes on. */
export interface SoakOptions {
  readonly releases: number;
  /** In each release. */
  readonly weightChanges: number;
  /** Every so many releases is aborted half way up. */
  readonly abortEvery: number;
  /** Requests a second of clients that do not wait for answers. */
  readonly perSecond: number;
  /** Users who each ask again when they are answered, on a kept connection. */
  readonly users: number;
  readonly onRelease?: (so: Soaked) => void;
}

/** What became of it so far. */
export interface Soaked {
  readonly releases: number;
  readonly outcomes: Readonly<Record<string, number>>;
  /** Configs that the gateway was given. */
  readonly configs: number;
  readonly requests: number;
  readonly failures: readonly string[];
  /** Resident memory after each release, in MiB. */
  readonly memory: { readonly control: readonly number[]; readonly gateway: readonly number[] };
}

/** Releases version after version through the built command while clients ask, and looks at memory. */
export async function soak(options: SoakOptions): Promise<Soaked> {
  const site = await Site.create();
  try {
    return await soakAt(site, options);
  } finally {
    await site.destroy();
  }
}

async function soakAt(site: Site, options: SoakOptions): Promise<Soaked> {
  const { releases, weightChanges, onRelease } = options;
  const weights = Array.from({ length: weightChanges }, (_, i) =>
    Math.round((100 * (i + 1)) / (weightChanges + 1)),
  );
  const steps = weights.map((weight) => `{ weight: ${weight}% }`).join(', ');
  const strategy = `{ canary: { steps: [${steps}] } }`;
  await site.declare({ version: 'v0' }, { strategy, analysis: '' });
  await site.up();
  await site.ok('apply', '--wait', '--timeout', '30s');
  const address = await site.address();
  const load = startLoad(address, options.perSecond);
  const crowd = new Crowd(address, options.users);
  crowd.arrive(10);
  const outcomes: Record<string, number> = {};
  const memory = { control: [] as number[], gateway: [] as number[] };
  let configs = 0;
  const soaked = (): Soaked => {
    const seen = [...load.seen.entries()];
    const errors = [...load.problems].map(([problem, count]) => `${count} times ${problem}`);
    const asked = seen.reduce((sum, [, { requests }]) => sum + requests, 0);
    const answered = crowd.users.reduce((sum, user) => sum + user.answered, 0);
    return {
      releases: memory.control.length,
      outcomes,
      configs,
      requests: asked + answered,
      failures: [...errors, ...crowd.failures()],
      memory,
    };
  };
  try {
    for (let i = 1; i <= releases; i += 1) {
      const outcome = await release(site, `v${i}`, i % options.abortEvery === 0);
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
      const state = await gatewayClient(path.join(site.dataDir, 'gateway')).state();
      configs = state.version;
      const { pid } = await site.api<{ pid: number }>('system');
      memory.control.push(residentMiB(pid));
      const serving = [state.pid, ...state.workers.map((worker) => worker.pid)];
      memory.gateway.push(serving.map(residentMiB).reduce((a, b) => a + b, 0));
      onRelease?.(soaked());
    }
    await crowd.round();
  } finally {
    await load.stop();
    await crowd.leave();
  }
  return soaked();
}

/** Answers how it ended. */
async function release(site: Site, version: string, isAborted: boolean): Promise<string> {
  const from = await site.artefact({ version });
  await site.ok('release', 'shop', '--from', from);
  if (isAborted) await site.run('abort', 'shop');
  await site.run('wait', 'shop', '--timeout', '120s');
  const [last] = await site.api<{ outcome?: string }[]>('rollouts/shop/releases');
  return last?.outcome ?? 'none';
}

/** Zero where the system does not tell. */
function residentMiB(pid: number): number {
  if (process.platform !== 'linux') return 0;
  const kib = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kib ?? 0) / 1_024;
}
