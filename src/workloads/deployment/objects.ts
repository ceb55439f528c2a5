import type { JsonObject } from '../../base/json.ts';
import type { KubeObject } from '../../kube/object.ts';
import { resource } from '../../kube/resource.ts';

/** What pods are made from, as the API server stores it. */
export interface PodTemplate {
  readonly metadata?: {
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec?: JsonObject;
}

/** The pods that belong to something. */
export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: string;
    readonly values?: readonly string[];
  }[];
}

/** A Deployment, as far as it is read. */
export interface Deployment extends KubeObject {
  readonly spec: {
    readonly replicas?: number;
    readonly paused?: boolean;
    readonly selector: LabelSelector;
    readonly template: PodTemplate;
    readonly minReadySeconds?: number;
    readonly revisionHistoryLimit?: number;
    readonly strategy?: {
      readonly type?: string;
      readonly rollingUpdate?: {
        readonly maxSurge?: number | string;
        readonly maxUnavailable?: number | string;
      };
    };
  };
  readonly status?: { readonly observedGeneration?: number; readonly availableReplicas?: number };
}

/** A ReplicaSet, as far as it is read. */
export interface ReplicaSet extends KubeObject {
  readonly spec: {
    readonly replicas?: number;
    readonly selector: LabelSelector;
    readonly template: PodTemplate;
    readonly minReadySeconds?: number;
  };
  readonly status?: {
    readonly replicas?: number;
    readonly readyReplicas?: number;
    readonly availableReplicas?: number;
    readonly observedGeneration?: number;
    readonly conditions?: readonly Condition[];
  };
}

/** Something that is so of an object, or not. */
export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
}

/** How a container of a pod is. */
export interface ContainerStatus {
  readonly name: string;
  readonly restartCount?: number;
  readonly state?: ContainerState;
  readonly lastState?: ContainerState;
}

/** One moment in a container's life. */
export interface ContainerState {
  readonly waiting?: { readonly reason?: string; readonly message?: string };
  readonly terminated?: { readonly reason?: string; readonly exitCode?: number; readonly message?: string };
}

/** A pod, as far as it is read. */
export interface Pod extends KubeObject {
  readonly spec?: JsonObject;
  readonly status?: {
    readonly phase?: string;
    readonly conditions?: readonly Condition[];
    readonly containerStatuses?: readonly ContainerStatus[];
    readonly initContainerStatuses?: readonly ContainerStatus[];
  };
}

/** A ConfigMap or a Secret. */
export interface Config extends KubeObject {
  readonly type?: string;
  readonly immutable?: boolean;
  readonly data?: Readonly<Record<string, string>>;
  readonly binaryData?: Readonly<Record<string, string>>;
}

/** Kubernetes' own place for templates of earlier versions: its data never changes. */
export interface ControllerRevision extends KubeObject {
  readonly revision: number;
  readonly data?: JsonObject;
}

/** Where Deployments are in the API. */
export const DEPLOYMENTS = resource<Deployment>('apps/v1', 'Deployment', { plural: 'deployments' });
/** Where ReplicaSets are in the API. */
export const REPLICA_SETS = resource<ReplicaSet>('apps/v1', 'ReplicaSet', { plural: 'replicasets' });
/** Where pods are in the API. */
export const PODS = resource<Pod>('v1', 'Pod', { plural: 'pods' });
/** Where ControllerRevisions are in the API. */
export const CONTROLLER_REVISIONS = resource<ControllerRevision>('apps/v1', 'ControllerRevision', {
  plural: 'controllerrevisions',
});
/** Where ConfigMaps and Secrets are in the API. */
export const CONFIGS = {
  ConfigMap: resource<Config>('v1', 'ConfigMap', { plural: 'configmaps' }),
  Secret: resource<Config>('v1', 'Secret', { plural: 'secrets' }),
} as const;
