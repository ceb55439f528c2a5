import type { JsonObject } from '../base/json.ts';
import { API_GROUP, API_VERSION } from '../kube/names.ts';
import type { KubeObject, Metadata, OwnerReference } from '../kube/object.ts';
import { resource } from '../kube/resource.ts';
import type { CheckTemplate } from '../rollout/check-templates.ts';
import type { ReleaseSpec, ReleaseStatus } from './crd/release.ts';
import type { ReleaseTicksSpec } from './crd/release-ticks.ts';
import type { RolloutObjectStatus } from './crd/rollout-status.ts';

/** A Rollout in a cluster. */
export interface RolloutObject extends KubeObject {
  readonly spec: JsonObject;
  readonly status?: RolloutObjectStatus;
}

/** A release in a cluster, running or ended. */
export interface ReleaseObject extends KubeObject {
  readonly spec: ReleaseSpec;
  readonly status?: ReleaseStatus;
}

/** The evidence of a release in a cluster, tick by tick. */
export interface ReleaseTicksObject extends KubeObject {
  readonly spec: ReleaseTicksSpec;
}

/** Checks that many Rollouts share. */
export interface TemplateObject extends KubeObject {
  readonly spec: CheckTemplate;
}

/** Something that happened, as Kubernetes tells it. */
export interface EventObject extends KubeObject {
  readonly involvedObject: Reference;
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
  readonly firstTimestamp: string;
  readonly lastTimestamp: string;
  readonly count: number;
  readonly source: { readonly component: string };
  readonly reportingComponent: string;
}

/** Which object something is about. */
export interface Reference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
}

const OWN = `${API_GROUP}/${API_VERSION}`;

/** Rollouts, as their users write them. */
export const ROLLOUTS = resource<RolloutObject>(OWN, 'Rollout', { plural: 'rollouts' });
/** Their releases. */
export const RELEASES = resource<ReleaseObject>(OWN, 'Release', { plural: 'releases' });
/** What was counted in them. */
export const RELEASE_TICKS = resource<ReleaseTicksObject>(OWN, 'ReleaseTicks', { plural: 'releaseticks' });
/** Checks for the Rollouts of a namespace. */
export const ANALYSIS_TEMPLATES = resource<TemplateObject>(OWN, 'AnalysisTemplate', {
  plural: 'analysistemplates',
});
/** Checks for all Rollouts of a cluster. */
export const CLUSTER_ANALYSIS_TEMPLATES = resource<TemplateObject>(OWN, 'ClusterAnalysisTemplate', {
  plural: 'clusteranalysistemplates',
  clusterWide: true,
});
/** What has happened. */
export const EVENTS = resource<EventObject>('v1', 'Event', { plural: 'events' });

/** The name of the Deployment that a Rollout adopts, as far as it says one. */
export function deploymentOf({ spec }: Pick<RolloutObject, 'spec'>): string | undefined {
  const { workload } = spec as { readonly workload?: { readonly deployment?: { readonly name?: unknown } } };
  const name = workload?.deployment?.name;
  return typeof name === 'string' ? name : undefined;
}

/** True for a Rollout that leaves it open how its Deployment is held. */
export function leavesHoldOpen(rollout: Pick<RolloutObject, 'spec'>): boolean {
  return holdIn(rollout) === undefined;
}

/** True for a Rollout that says that a webhook is to hold its Deployment. */
export function asksForWebhook(rollout: Pick<RolloutObject, 'spec'>): boolean {
  return holdIn(rollout) === 'webhook';
}

function holdIn({ spec }: Pick<RolloutObject, 'spec'>): unknown {
  const { workload } = spec as { readonly workload?: { readonly deployment?: { readonly hold?: unknown } } };
  return workload?.deployment?.hold;
}

/** True for a Rollout that is judged by this template. */
export function namesTemplate({ spec }: Pick<RolloutObject, 'spec'>, name: string): boolean {
  const { analysis } = spec as {
    readonly analysis?: { readonly templates?: readonly { readonly name?: unknown }[] };
  };
  return (analysis?.templates ?? []).some((one) => one.name === name);
}

/** What owns and what is told of: a Rollout. */
export function referenceTo({ name, namespace, uid }: Metadata): Reference {
  return {
    apiVersion: OWN,
    kind: ROLLOUTS.kind,
    name,
    ...(namespace === undefined ? {} : { namespace }),
    ...(uid === undefined ? {} : { uid }),
  };
}

/** What says in an object that a Rollout is its controller. */
export function ownerOf(metadata: Metadata): OwnerReference {
  const { apiVersion, kind, name, uid = '' } = referenceTo(metadata);
  return { apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true };
}

/** What says in an object that it goes with a Release. */
export function ownedByRelease({ name, uid = '' }: Metadata): OwnerReference {
  return { apiVersion: OWN, kind: RELEASES.kind, name, uid };
}
