import type { KubeClient } from '../../src/kube/client.ts';
import { deadlineIn } from '../../src/system/waiting.ts';
import { PODS, type Pod } from '../../src/workloads/deployment/objects.ts';
import { startExporter, type Exporter } from '../../src/metrics/prometheus/testing/exporter.ts';

/** How pods of an image answer. */
export interface Behaviour {
  /** The share of requests that fail. */
  readonly failing: number;
  readonly seconds: number;
}

/** What requests are made, and by what they are counted. */
export interface Metering {
  readonly client: KubeClient;
  readonly namespace: string;
  /** How the pods of each image answer. */
  readonly images: Readonly<Record<string, Behaviour>>;
  /** Who is sent requests now, of the pods that are ready; absent: all alike. */
  readonly divide?: (pods: readonly Pod[]) => Promise<readonly Part[]>;
  /** Counts requests that a pod was sent. */
  readonly count: (exporter: Exporter, part: Part, requests: Requests) => void;
}

/** What a pod is sent. */
export interface Part {
  readonly pod: Pod;
  /** Of all requests. */
  readonly share: number;
  /** The Service by which it is sent. */
  readonly service: string;
}

/** Requests to one pod. */
export interface Requests {
  readonly all: number;
  readonly failed: number;
  readonly seconds: number;
}

/** Users of pods that do not run, metered: who is sent requests, and so what is counted, is asked of the cluster each time. */
export interface MeteredPods {
  readonly exporter: Exporter;
  stop(): Promise<void>;
}

const EVERY_MS = 100;
const REQUESTS = 400;
const LOOK_MS = 5_000;

/** Begins to send requests to whatever pods are ready. */
export async function meterPods(metering: Metering): Promise<MeteredPods> {
  const exporter = await startExporter();
  const over = new AbortController();
  const running = (async () => {
    while (!over.signal.aborted) {
      await send(metering, exporter);
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    }
  })();
  return {
    exporter,
    stop: async () => {
      over.abort();
      await running;
      await exporter.stop();
    },
  };
}

async function send(metering: Metering, exporter: Exporter): Promise<void> {
  const { client, namespace, images, divide = equally, count } = metering;
  const { items } = await client.list(PODS, { namespace }, deadlineIn(LOOK_MS));
  for (const part of await divide(items.filter(isReady))) {
    const { failing, seconds } = images[imageOf(part.pod)] ?? { failing: 1, seconds: 1 };
    const all = Math.round(REQUESTS * part.share);
    count(exporter, part, { all, failed: Math.round(all * failing), seconds });
  }
}

function equally(pods: readonly Pod[]): Promise<readonly Part[]> {
  return Promise.resolve(pods.map((pod) => ({ pod, share: 1 / pods.length, service: '' })));
}

function isReady({ status, metadata }: Pod): boolean {
  const isUp = (status?.conditions ?? []).some(({ type, status: is }) => type === 'Ready' && is === 'True');
  return isUp && metadata.deletionTimestamp === undefined;
}

/** The image of a pod's container. */
export function imageOf(pod: Pod): string {
  const { spec } = pod as Pod & { readonly spec?: { readonly containers?: readonly { image?: string }[] } };
  return spec?.containers?.[0]?.image ?? '';
}
