import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { push } from '../../src/operator/testing/cluster.ts';
import { LiveOperator } from './live-operator.ts';
import { sharedKubeconfig } from './shared-plane.ts';

/** One Rollout is looked at forty times a second at most. */
const LOOKS = 250;
const ROUNDS = 5;
/** A leak of a kilobyte a look would be more. */
const MOST_MB = 1;

describe.skipIf(sharedKubeconfig() === undefined)(
  `${ROUNDS * LOOKS} looks of an operator`,
  { timeout: 600_000 },
  () => {
    const live = LiveOperator.forTests();

    it('in the middle of a release leave nothing behind in its memory', async () => {
      await live.declare({ canary: { steps: [{ replicas: 1 }, { pause: {} }] } });
      await push(live.client, live.at, 'shop:v2');
      await live.phaseIs('Paused');
      const used: number[] = [];
      for (let round = 0; round <= ROUNDS; round += 1) {
        for (let look = 0; look < LOOKS; look += 1) await live.look('shop');
        used.push(heapMb());
      }
      // The first round is for what is made once.
      const [first = NaN, last = NaN] = [used[0], used.at(-1)];
      expect(last - first, `MB after each round: ${used.map((mb) => mb.toFixed(2)).join(', ')}`).toBeLessThan(
        MOST_MB,
      );
      expect((await live.status())?.phase).toBe('Paused');
    });
  },
);

/** What is in use once all garbage is collected, in MB. */
function heapMb(): number {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  collectGarbage();
  return process.memoryUsage().heapUsed / 2 ** 20;
}
