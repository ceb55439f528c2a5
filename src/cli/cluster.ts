import type { RolloutView } from '../api/resources.ts';
import type { JsonObject } from '../base/json.ts';
import type { Client } from '../client/client.ts';
import type { DeclaredRollout } from '../config/read.ts';
import { kubeClient } from '../kube/api-client.ts';
import { loadKubeconfig, type KubeconfigChoice } from '../kube/kubeconfig.ts';
import {
  applyAdoption,
  proposeAdoption,
  type AdoptionChoice,
  type AdoptionPlan,
} from '../operator/adopting/adopt.ts';
import { clusterPlan, type ClusterPlan } from '../operator/adopting/foresee.ts';
import type { RolloutTree } from '../operator/tree.ts';
import { watchTrees, type TreeWatch } from '../operator/tree-watch.ts';
import { listViews } from '../operator/listing.ts';
import { ClusterOperations } from '../operator/cluster-operations.ts';
import { isSeen, rolloutOf } from '../operator/seen.ts';
import { resolveRollout } from '../rollout/resolve/rollout.ts';

/** A namespace of a cluster that commands work on. */
export interface Cluster {
  readonly namespace: string;
  readonly operations: Client;
  /** A Rollout that is there, as it is declared. Throws Failure `notFound`, and `invalidSpec` for what is not understood. */
  declared(name: string): Promise<DeclaredRollout>;
  /** What a release of this document would do to its Deployment. */
  plan(document: JsonObject): Promise<ClusterPlan>;
  /** A Rollout for a Deployment that has none. */
  proposal(choice: AdoptionChoice): Promise<AdoptionPlan>;
  /** Makes the Rollout that was proposed. */
  adopt(proposal: AdoptionPlan): Promise<void>;
  /** The name of the Rollout that has adopted a Deployment. Throws Failure `notFound`. */
  rolloutOf(deployment: string): Promise<string>;
  /** True once the operator knows what the Deployment of a Rollout asks for now. */
  isSeen(rollout: string): Promise<boolean>;
  /** The Rollouts of all namespaces. */
  listEverywhere(): Promise<readonly RolloutView[]>;
  /** Rollouts with what runs of them, whenever something changes. */
  trees(watching: TreesWatched, signal: AbortSignal): AsyncIterable<readonly RolloutTree[]>;
  close(): Promise<void>;
}

/** Which trees. */
export interface TreesWatched extends Pick<TreeWatch, 'name' | 'onTrouble'> {
  readonly isEverywhere: boolean;
}

/** The namespace of a cluster that the kubeconfig leads to; requests end with the signal. Throws Failure where it leads nowhere. */
export async function openCluster(choice: KubeconfigChoice, signal: AbortSignal): Promise<Cluster> {
  const access = await loadKubeconfig(choice);
  const { namespace } = access;
  const client = kubeClient(access);
  const place = { client, namespace };
  const user = choice.env?.['USER'];
  const operations = new ClusterOperations({ ...place, signal, ...(user === undefined ? {} : { user }) });
  return {
    namespace,
    operations,
    declared: async (name) => {
      const { document } = await operations.get(name);
      return { rollout: resolveRollout(document, 'operator'), document };
    },
    plan: (document) => clusterPlan(place, document, signal),
    proposal: (wanted) => proposeAdoption(place, wanted, signal),
    adopt: (proposal) => applyAdoption(place, proposal, signal),
    rolloutOf: (deployment) => rolloutOf(place, deployment, signal),
    isSeen: (rollout) => isSeen(place, rollout, signal),
    listEverywhere: () => listViews(client, {}, signal),
    trees: ({ isEverywhere, ...watching }, until) =>
      watchTrees({ client, ...(isEverywhere ? {} : { namespace }), ...watching }, until),
    close: () => client.close(),
  };
}
