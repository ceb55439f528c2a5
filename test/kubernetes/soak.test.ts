import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { KubeClient } from '../../src/kube/client.ts';
import { Informer } from '../../src/kube/informer.ts';
import { startControlPlane, type ControlPlane } from './control-plane.ts';
import { CONFIG_MAPS, type ConfigMap } from './objects.ts';
import { controlPlanePrograms } from './programs.ts';
import { clientOf } from './shared-plane.ts';

const OBJECTS = 10_000;
const AT_ONCE = 16;
/** What 10,000 keys and numbers may take; the objects themselves would take 25 MB. */
const MOST_MB = 10;
const PADDING = 'x'.repeat(2_000);
const namespace = 'default';
const signal = new AbortController().signal;
const programs = controlPlanePrograms();

describe.skipIf(programs === undefined)(
  '10,000 objects',
  () => {
    let plane: ControlPlane;
    let client: KubeClient;
    const ending = new AbortController();
    let informer: Informer<ConfigMap, number>;
    let running: Promise<void>;
    let told = 0;
    let round = 0;

    beforeAll(async () => {
      if (programs === undefined) return;
      plane = await startControlPlane({ programs, bare: true });
      client = await clientOf(plane.kubeconfig);
      await each((n) => {
        const metadata = { namespace, name: nameOf(n), labels: { soak: 'yes' } };
        return client.create(
          CONFIG_MAPS,
          { metadata, data: { round: String(round), padding: PADDING } },
          signal,
        );
      });
      informer = new Informer({
        client,
        of: CONFIG_MAPS,
        selection: { namespace, labels: 'soak' },
        keep: ({ data }) => Number(data?.['round']),
        onChange: () => {
          told += 1;
        },
      });
    }, 600_000);
    afterAll(async () => {
      ending.abort();
      await running;
      await client.close();
      await plane.stop();
    });

    async function each(work: (n: number) => Promise<unknown>): Promise<void> {
      let next = 0;
      const worker = async (): Promise<void> => {
        while (next < OBJECTS) await work((next += 1) - 1);
      };
      await Promise.all(Array.from({ length: AT_ONCE }, worker));
    }
    const nameOf = (n: number): string => `soak-${n}`;
    // Through a restart of the server, whatever it answers meanwhile.
    const change = (n: number): Promise<ConfigMap> => {
      const merge = { data: { round: String(round) } };
      return vi.waitFor(() => client.patch(CONFIG_MAPS, { namespace, name: nameOf(n), merge }, signal), {
        timeout: 120_000,
        interval: 200,
      });
    };
    const rounds = (): readonly number[] => [...new Set(informer.all())];

    it('are listed page by page in little memory', async () => {
      const before = heapMb();
      running = informer.run(ending.signal);
      expect(await informer.synced(signal)).toBe(true);
      expect(informer.size).toBe(OBJECTS);
      expect(heapMb() - before).toBeLessThan(MOST_MB);
    });

    it('are followed through 10,000 changes and a restart of the API server, and none is lost', async () => {
      told = 0;
      round += 1;
      const changing = each(change);
      await vi.waitFor(
        () => {
          expect(told).toBeGreaterThan(OBJECTS / 4);
        },
        { timeout: 120_000, interval: 10 },
      );
      await plane.restartApiServer();
      await changing;
      await vi.waitFor(
        () => {
          expect(rounds()).toEqual([round]);
        },
        { timeout: 60_000, interval: 50 },
      );
      expect(informer.size).toBe(OBJECTS);
      expect(told).toBe(OBJECTS);
    });
  },
  600_000,
);

/** What is in use once all garbage is collected, in MB. */
function heapMb(): number {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  collectGarbage();
  return process.memoryUsage().heapUsed / 2 ** 20;
}
