import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { KubeClient } from '../../src/kube/client.ts';
import { ClusterProviders } from '../../src/operator/providers.ts';
import { OperatorRuntime } from '../../src/operator/runtime.ts';
import { silentLog } from '../../src/telemetry/log.ts';
import { NAMESPACE, type Fleet } from './fleet.ts';

const ROUNDS = 5;
const KEY = 'key-of-the-bench';
/** Less than this a look is what collections of garbage leave by chance. */
const MOST_BYTES_A_LOOK = 100;

/** What many looks leave in memory. */
export interface Kept {
  readonly looks: number;
  /** What is in use after each round, once all garbage is collected, in MB; the first round is for what is made once. */
  readonly heapMb: readonly number[];
  readonly isFlat: boolean;
}

/**
 * An operator in this process looks at all Rollouts of a fleet so many times in all, in the middle of their releases, in
 * which each look asks, judges and decides.
 */
export async function look(client: KubeClient, fleet: Fleet, looks: number): Promise<Kept> {
  const providers = new ClusterProviders({ client, namespace: NAMESPACE, key: KEY, log: silentLog });
  const runtime = new OperatorRuntime({ client, namespace: NAMESPACE, providers, key: KEY, log: silentLog });
  await runtime.start(new AbortController().signal);
  try {
    await fleet.rest();
    await fleet.begin();
    const each = Math.ceil(looks / ROUNDS / fleet.names.length);
    const heapMb: number[] = [];
    for (let round = 0; round <= ROUNDS; round += 1) {
      await Promise.all(
        fleet.names.map(async (name) => {
          for (let n = 0; n < each; n += 1) await runtime.controller.look(`${NAMESPACE}/${name}`);
        }),
      );
      heapMb.push(usedMb());
    }
    const counted = ROUNDS * each * fleet.names.length;
    const grown = ((heapMb.at(-1) ?? NaN) - (heapMb[0] ?? NaN)) * 2 ** 20;
    return { looks: counted, heapMb, isFlat: grown / counted < MOST_BYTES_A_LOOK };
  } finally {
    await runtime.stop();
  }
}

function usedMb(): number {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  collectGarbage();
  return process.memoryUsage().heapUsed / 2 ** 20;
}
