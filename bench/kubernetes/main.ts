// bench: the operator over a real API server: at rest, and with all releases at once
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { installKinds } from '../../src/operator/testing/cluster.ts';
import { startControlPlane } from '../../test/kubernetes/control-plane.ts';
import { controlPlanePrograms } from '../../test/kubernetes/programs.ts';
import { Fleet } from './fleet.ts';
import { look } from './looks.ts';
import { between, MeasuredOperator } from './operator.ts';
import { printed, type Measured } from './report.ts';

/**
 * `npm run bench -- kubernetes [--count 100] [--idle 60] [--profile DIRECTORY | --looks N]`: so many Deployments of two pods with a
 * Rollout each, on a control plane of its own (scripts/test-tools.sh builds its programs). Measures the built operator
 * (`npm run build`), started as its image does, while nothing happens for `--idle` seconds, and while all of them are
 * released at once by one replica for 30 seconds, as long as three measurements of others that are ten seconds apart.
 * Exits 1 when a target is missed. With `--profile` it writes there where the operator spends its time. With `--looks` it
 * measures what so many looks of an operator leave in its memory instead.
 */
const { values } = parseArgs({
  options: {
    count: { type: 'string' },
    idle: { type: 'string' },
    profile: { type: 'string' },
    looks: { type: 'string' },
  },
});
const count = Number(values.count ?? 100);
const idleSeconds = Number(values.idle ?? 60);
/** Until what is saved lazily has been saved, and memory has come to rest. */
const SETTLE_MS = 10_000;
const STRATEGY = { canary: { steps: [{ replicas: 1 }, { pause: '30s' }] } };

const PAUSING = { canary: { steps: [{ replicas: 1 }, { pause: {} }] } };

const programs = controlPlanePrograms();
if (programs === undefined) process.exit(2);
const plane = await startControlPlane({ programs });
const ending = new AbortController();
try {
  await installKinds(plane.client);
  const fleet = new Fleet(plane.client, count);
  await fleet.make(values.looks === undefined ? STRATEGY : PAUSING, ending.signal);
  console.log(`${count} Deployments of 2 pods run`);
  process.exitCode = (await (values.looks === undefined ? use(fleet) : keep(fleet, Number(values.looks))))
    ? 0
    : 1;
} finally {
  ending.abort();
  await plane.stop();
}

/** What the operator uses at rest and in a wave; answers whether the targets are reached. */
async function use(fleet: Fleet): Promise<boolean> {
  const operator = new MeasuredOperator(plane.kubeconfig, values.profile);
  const begun = await operator.usage();
  await operator.during(fleet.rest());
  const adopted = await operator.usage();
  console.log(`adopted in ${between(begun, adopted).seconds.toFixed(1)} s: ${between(begun, adopted).verbs}`);
  await pause(SETTLE_MS);
  const before = await operator.usage();
  await pause(idleSeconds * 1_000);
  const rested = await operator.usage();
  const promoted = await operator.during(fleet.release());
  const released = await operator.usage();
  await operator.end();
  const measured: Measured = {
    count,
    idle: between(before, rested),
    idleMiB: rested.rssMiB,
    wave: between(rested, released),
    waveMiB: released.rssMiB,
    promoted,
    noticedMs: fleet.noticedMs,
  };
  const { text, isReached } = printed(measured);
  console.log(text);
  return isReached;
}

/** What looks leave in memory; answers whether that is nothing. */
async function keep(fleet: Fleet, wanted: number): Promise<boolean> {
  const { looks, heapMb, isFlat } = await look(plane.client, fleet, wanted);
  console.log(`${looks} looks, MB in use after each fifth: ${heapMb.map((mb) => mb.toFixed(2)).join(', ')}`);
  return isFlat;
}
