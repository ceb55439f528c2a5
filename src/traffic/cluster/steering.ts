import type { Route } from '../../engine/observation.ts';
import type { RevisionId } from '../../rollout/model.ts';
import type { KubeObject } from '../../kube/object.ts';
import type { Resource } from '../../kube/resource.ts';
import type { RouterCapabilities } from '../../controller/ports.ts';
import type { Side } from './division.ts';
import type { Service } from './services.ts';

/** Reads one object of the namespace; undefined: there is none. */
export type ReadObject = <T extends KubeObject>(of: Resource<T>, name: string) => Promise<T | undefined>;

/** An object that is steered. */
export interface Steered {
  readonly of: Resource;
  readonly name: string;
}

/** How an object is and how it should be: absent before it is made, and after it is gone. */
export interface Wish<T extends KubeObject = KubeObject> {
  readonly of: Resource<T>;
  readonly current: T | undefined;
  readonly wanted: T | undefined;
}

/** The pods of one revision by their hash; `everyVersion`: whatever pods there are, which are not told apart. */
export type PodHash = string;

/** In place of a hash: all pods that the user's Service selects. */
export const EVERY_VERSION = 'everyVersion';

/** What is to be served. */
export interface Wanted {
  readonly route: Route;
  /** The Service whose pods are divided. */
  readonly service: Service;
  readonly hashes: ReadonlyMap<Side, PodHash>;
  /** The Rollout, which the objects we make belong to. */
  readonly owner: Owner;
}

/** Who our objects belong to. */
export interface Owner {
  readonly rollout: string;
  /** The object that they go with. */
  readonly reference?: NonNullable<KubeObject['metadata']['ownerReferences']>[number];
}

/** What is known of one way of steering traffic in a cluster; nothing in it reads or writes but by what it is given. */
export interface Steering<Picture> {
  readonly can: RouterCapabilities;
  /** The user's objects that it changes, as far as their names are known beforehand; nobody else may steer them. */
  readonly objects: readonly Steered[];
  /** Reads the objects it steers. Throws Failure `notFound` with what to do about it. */
  look(read: ReadObject): Promise<Picture>;
  /** The name of the Service whose pods are divided. */
  serviceIn(picture: Picture): string;
  /** True: each side gets a Service of its own. */
  readonly servicePerSide: boolean;
  /** The route that was written last; undefined: none. */
  recordIn(picture: Picture): Route | undefined;
  /** The objects as they should be, in the order in which they are written. Equal arguments, equal answer. */
  steer(picture: Picture, wanted: Wanted): readonly Wish[];
  /** The objects as they were before any of it; the first is what sends requests elsewhere. */
  release(picture: Picture, service: string, owner: Owner): readonly Wish[];
  /** Why what is written is not in force yet; undefined when it is, as far as anybody says. */
  unconfirmed(picture: Picture): string | undefined;
}

/** The pods of a revision. */
export interface RevisionPods {
  readonly hash: PodHash;
  /** True: there are no others, and none can come before somebody tells them apart. */
  readonly areAlone?: boolean;
}

/** Which pods are a revision's; undefined: nobody knows yet. A copy is a set of pods of its own. */
export type PodsOf = (revision: RevisionId, copy?: 'baseline') => Promise<RevisionPods | undefined>;
