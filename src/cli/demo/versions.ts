import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** How a version of the demo's shop behaves (`service.ts` reads it as version.json). */
export interface ShopVersion {
  readonly name: string;
  /** 0 to 1. */
  readonly errorRatio: number;
  /** 1 is as fast as the first version. */
  readonly slowness: number;
  /** What is told about it. */
  readonly story: string;
}

/** The first version, a good one after it, and a bad one. */
export const VERSIONS = {
  first: { name: 'v1', errorRatio: 0, slowness: 1, story: 'the version that serves' },
  good: { name: 'v2', errorRatio: 0, slowness: 1, story: 'a good version' },
  bad: { name: 'v3', errorRatio: 0.05, slowness: 1.3, story: 'a bad one: 5 % errors, and 30 % slower' },
} as const satisfies Readonly<Record<string, ShopVersion>>;

/** Makes the artefact of a version: the shop's program with its behaviour beside it. Answers its directory. */
export async function makeArtefact(dir: string, version: ShopVersion): Promise<string> {
  const target = join(dir, version.name);
  await mkdir(target, { recursive: true });
  // Bundled to lie beside the command.
  await cp(fileURLToPath(new URL('../demo/server.mjs', import.meta.url)), join(target, 'server.mjs'));
  await writeFile(join(target, 'version.json'), JSON.stringify(version));
  return target;
}

/** The Rollout that the demo declares. Its steps are short so that people can watch all of it. */
export function shopDocument(from: string): string {
  return `apiVersion: coalmine.dev/v1
kind: Rollout
metadata: { name: shop }
spec:
  workload:
    process:
      from: ${JSON.stringify(from)}
      command: [node, server.mjs]
      replicas: 2
      ready: { http: /healthz, every: 200ms }
      stop: { drain: 2s }
  traffic: { gateway: {} }
  strategy:
    canary:
      steps:
        - weight: 10%
        - analyze: { atLeast: 4s, atMost: 20s }
        - weight: 50%
        - analyze: { atLeast: 3s, atMost: 15s }
  analysis:
    warmUp: 2s
    checks:
      - { name: errors, errors: {}, worseBy: 50%, safe: "2%", floor: 0.5% }
      - { name: latency, latency: {}, worseBy: 10% }
`;
}
