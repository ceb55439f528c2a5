import { dyingClient } from '../../../test/kubernetes/dying-client.ts';
import type { KubeClient } from '../../kube/client.ts';
import { silentLog } from '../../telemetry/log.ts';
import { deadlineIn } from '../../system/waiting.ts';
import { ClusterProviders } from '../providers.ts';
import { OperatorRuntime } from '../runtime.ts';
import { PATIENCE_MS, until } from './cluster.ts';

/** In writes; some do nothing at all. */
const LONGEST_LIFE = 5;
/** Far more than a release takes. */
const MOST_LIVES = 100;

/**
 * Operators of a namespace, one after the other, each of which is killed when it has written a few times, until something
 * is so. Answers how many there were.
 */
export async function livesUntil(
  client: KubeClient,
  namespace: string,
  isSo: () => Promise<boolean>,
): Promise<number> {
  for (let lives = 1; lives <= MOST_LIVES; lives += 1) {
    const dying = dyingClient(client, lives % LONGEST_LIFE);
    const options = { client: dying.client, namespace, log: silentLog };
    const runtime = new OperatorRuntime({
      ...options,
      providers: new ClusterProviders({ ...options, key: 'key' }),
    });
    await runtime.start(deadlineIn(PATIENCE_MS));
    let isAlive = true;
    const isDone = until('it is so', async () => !isAlive || (await isSo())).then(() => true);
    const isOver = await Promise.race([dying.died.then(() => false), isDone]);
    // Whoever looked whether this one has done it asks no more.
    isAlive = false;
    await runtime.stop();
    if (isOver) return lives;
  }
  throw new Error(`not within ${MOST_LIVES} lives`);
}
