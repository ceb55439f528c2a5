import { build } from 'esbuild';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** A gateway program for tests. */
export interface BuiltGateway {
  /** What `ensureGateway` takes as `entry`. */
  readonly entry: string;
  dispose(): Promise<void>;
}

/** Bundles the gateway's process into a temporary directory, everything it needs included. */
export async function buildGateway(): Promise<BuiltGateway> {
  const dir = await mkdtemp(join(tmpdir(), 'coalmine-gateway-'));
  const entry = join(dir, 'main.cjs');
  await build({
    entryPoints: [resolve(import.meta.dirname, '../src/gateway/main.ts')],
    outfile: entry,
    bundle: true,
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    logLevel: 'warning',
  });
  return { entry, dispose: () => rm(dir, { recursive: true, force: true }) };
}
