import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DemoStrategy } from './strategies.ts';

/** How a version of the demo's shop behaves (`service.ts` reads it as version.json). */
export interface ShopVersion {
  readonly name: string;
  /** 0 to 1. */
  readonly errorRatio: number;
  /** 1 is as fast as the first version. */
  readonly slowness: number;
  /** How many of its visitors order something, 0 to 1. */
  readonly orders: number;
  /** Set where it never gets ready. */
  readonly neverReady?: true;
  /** What is told about it. */
  readonly story: string;
}

/** The first version, a good one after it, and those that go wrong, each in its own way. */
export const VERSIONS = {
  first: { name: 'v1', errorRatio: 0, slowness: 1, orders: 0.2, story: 'the version that serves' },
  good: { name: 'v2', errorRatio: 0, slowness: 1, orders: 0.32, story: 'a good version' },
  bad: {
    name: 'v3',
    errorRatio: 0.05,
    slowness: 1.3,
    orders: 0.2,
    story: 'a bad one: 5 % errors, and 30 % slower',
  },
  unready: {
    name: 'v3',
    errorRatio: 0,
    slowness: 1,
    orders: 0.2,
    neverReady: true,
    story: 'a bad one: it never gets ready',
  },
  unloved: {
    name: 'v3',
    errorRatio: 0,
    slowness: 1,
    orders: 0.08,
    story: 'one that works well, and sells less',
  },
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

/** The Rollout that the demo declares. */
export function shopDocument(from: string, { replicas, strategy, analysis }: DemoStrategy): string {
  return `apiVersion: coalmine.dev/v1
kind: Rollout
metadata: { name: shop }
spec:
  workload:
    process:
      from: ${JSON.stringify(from)}
      command: [node, server.mjs]
      replicas: ${replicas}
      ready: { http: /healthz, every: 200ms, within: 4s }
      stop: { drain: 2s }
  traffic: { gateway: {} }
  strategy:
    ${strategy}
${analysis === undefined ? '' : `  analysis: ${analysis}\n`}`;
}
