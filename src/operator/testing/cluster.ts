import type { DesiredGroup } from '../../engine/decision.ts';
import type { KubeClient } from '../../kube/client.ts';
import { Informer } from '../../kube/informer.ts';
import type { ObjectKey } from '../../kube/object.ts';
import { resource } from '../../kube/resource.ts';
import type { RevisionId } from '../../rollout/model.ts';
import { deadlineIn } from '../../system/waiting.ts';
import { CONFIGS, DEPLOYMENTS, type Config, type Deployment } from '../../workloads/deployment/objects.ts';
import { applyDefinitions } from '../install/definitions.ts';
import { ROLLOUTS, type RolloutObject } from '../objects.ts';
import type { Concern } from '../watching/concerns.ts';
import type { Providers } from '../runtime.ts';

const NAMESPACES = resource('v1', 'Namespace', { plural: 'namespaces', clusterWide: true });

/** Nothing in a test waits longer. */
export const PATIENCE_MS = 120_000;

/** Makes a cluster know our kinds, and waits until it serves them. */
export async function installKinds(client: KubeClient): Promise<void> {
  await applyDefinitions(client, deadlineIn(PATIENCE_MS));
}

/** Makes a namespace. */
export async function makeNamespace(client: KubeClient, name: string): Promise<void> {
  await client.create(NAMESPACES, { metadata: { name } }, deadlineIn(PATIENCE_MS));
}

/** Waits until something is so; throws when it is not before long, with what was thrown last. */
export async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + PATIENCE_MS;
  let last: unknown;
  while (performance.now() < end) {
    const so = await isSo().catch((cause: unknown) => {
      last = cause;
      return false;
    });
    if (so) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`not within ${PATIENCE_MS} ms: ${what}`, { cause: last });
}

/** A Deployment whose pods are of this image. */
export function aDeployment(namespace: string, name: string, image: string): Deployment {
  const labels = { app: name };
  const container = { name: 'main', image };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace },
    spec: {
      replicas: 2,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { containers: [container] },
      },
    },
  };
}

/** A Rollout of that Deployment, which stops until somebody resumes it. */
export function aRollout(namespace: string, name: string, deployment = name): RolloutObject {
  return {
    metadata: { name, namespace },
    spec: {
      workload: { deployment: { name: deployment } },
      strategy: { canary: { steps: [{ replicas: 1 }, { pause: {} }] } },
    },
  };
}

/** Pods that are ready at once, and outlive every operator; what they run is named by the image of the Deployment. */
export class PretendedPods implements Providers {
  readonly #groups = new Map<string, readonly DesiredGroup[]>();
  readonly #client: KubeClient;
  #deployments: Informer<Deployment, Deployment> | undefined;
  /** Set: Deployments are not taken over, for this reason. */
  refused: string | undefined;

  constructor(client: KubeClient) {
    this.#client = client;
  }

  /** What is wanted of a Rollout's pods now. */
  groups(key: string): readonly DesiredGroup[] {
    return this.#groups.get(key) ?? [];
  }

  get isComplete(): boolean {
    return this.#deployments?.hasSynced === true;
  }

  run(onChange: (concern: Concern) => void, signal: AbortSignal): Promise<void> {
    this.#deployments = new Informer<Deployment, Deployment>({
      client: this.#client,
      of: DEPLOYMENTS,
      keep: (object) => object,
      onChange: ({ key }) => {
        onChange({ deployment: key });
      },
    });
    return this.#deployments.run(signal);
  }

  deployment(key: ObjectKey): Deployment | undefined {
    return this.#deployments?.get(key);
  }

  secret(key: ObjectKey, signal: AbortSignal): Promise<Config | undefined> {
    return this.#client.get(CONFIGS.Secret, key, signal);
  }

  routerOf(): undefined {
    return undefined;
  }

  workloadOf({ metadata, spec }: RolloutObject): ReturnType<Providers['workloadOf']> {
    const { namespace = '', name } = metadata;
    const key = `${namespace}/${name}`;
    const { deployment } = (spec as { workload: { deployment: { name: string } } }).workload;
    const revision = async (signal: AbortSignal): Promise<RevisionId | undefined> => {
      const there = await this.#client.get(DEPLOYMENTS, { namespace, name: deployment.name }, signal);
      return there === undefined ? undefined : (`r1-${imageOf(there)}` as RevisionId);
    };
    return {
      adopt: async (signal) => {
        const stable = await revision(signal);
        if (this.refused === undefined && stable !== undefined) return { stable };
        return { problems: [{ path: 'spec.workload.deployment', reason: this.refused ?? 'gone' }] };
      },
      wantedRevision: revision,
      podNamesOf: ({ revision: of, copy }) => Promise.resolve(`${name}-${of}${copy ?? ''}-`),
      apply: (groups) => {
        this.#groups.set(key, groups);
        return Promise.resolve();
      },
      observe: async (signal) => {
        const groups = this.#groups.get(key);
        const stable = await revision(signal);
        const usual = stable === undefined ? [] : [{ revision: stable, running: 2, ready: 2 }];
        return (
          groups?.map(({ revision: of, replicas }) => ({
            revision: of,
            running: replicas,
            ready: replicas,
          })) ?? usual
        );
      },
    };
  }
}

function imageOf({ spec }: Deployment): string {
  const { containers } = spec.template.spec as {
    readonly containers?: readonly { readonly image?: string }[];
  };
  return containers?.[0]?.image ?? '';
}

/** Gives a Deployment another image. */
export async function push(
  client: KubeClient,
  at: { namespace: string; name: string },
  image: string,
): Promise<void> {
  const steps = [{ op: 'replace', path: '/spec/template/spec/containers/0/image', value: image }] as const;
  await client.patch(DEPLOYMENTS, { ...at, json: steps }, deadlineIn(PATIENCE_MS));
}

/** The Rollout as the API server has it. */
export async function rolloutAt(
  client: KubeClient,
  at: { namespace: string; name: string },
): Promise<RolloutObject | undefined> {
  return client.get(ROLLOUTS, at, deadlineIn(PATIENCE_MS));
}
