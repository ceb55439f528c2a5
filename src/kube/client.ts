import type { KubeObject, ObjectKey } from './object.ts';
import type { Resource } from './resource.ts';

/**
 * Talks to one Kubernetes API server. Whatever it says no to is thrown as `ApiError`, but that an object is not there is
 * an answer. Requests are bounded in time and repeated where that cannot do harm; an aborted signal ends them at once.
 */
export interface KubeClient {
  /** The object; undefined when there is none. */
  get<T extends KubeObject>(of: Resource<T>, key: ObjectKey, signal: AbortSignal): Promise<T | undefined>;
  /** All that are selected, page by page. Throws ApiError `gone` when the next page takes so long that it has expired. */
  pages<T extends KubeObject>(
    of: Resource<T>,
    selection: Selection,
    signal: AbortSignal,
  ): AsyncGenerator<Page<T>>;
  /** All that are selected, at once. For what is known to be little: of 10,000 pods it makes 100 MB. */
  list<T extends KubeObject>(of: Resource<T>, selection: Selection, signal: AbortSignal): Promise<Page<T>>;
  /**
   * Changes as they happen, after `from.resourceVersion`, until the server ends the connection, as it does every few
   * minutes. Throws ApiError `gone` when those changes are not known any more: list again. To stay in the picture use an
   * `Informer`.
   */
  watch<T extends KubeObject>(
    of: Resource<T>,
    from: WatchStart,
    signal: AbortSignal,
  ): AsyncGenerator<Change<T>>;
  /** Makes it. Throws ApiError `alreadyExists`. `apiVersion` and `kind` may be left out. */
  create<T extends KubeObject>(of: Resource<T>, object: NewObject<T>, signal: AbortSignal): Promise<T>;
  /** Writes all of it. With a `resourceVersion` in its metadata only over that one: throws ApiError `conflict` otherwise. */
  replace<T extends KubeObject>(of: Resource<T>, object: T, signal: AbortSignal): Promise<T>;
  /** Changes a part of it. Throws ApiError `notFound`; `conflict` or `invalid` when what it is bound to is not so. */
  patch<T extends KubeObject>(of: Resource<T>, patch: Patch<T>, signal: AbortSignal): Promise<T>;
  /** Server-side apply: makes it, or makes our fields of it be so. Throws ApiError `conflict` for fields of others. */
  apply<T extends KubeObject>(of: Resource<T>, applied: Applied<T>, signal: AbortSignal): Promise<T>;
  /** Deletes it; false when there is none. Answers before it is gone, where finalizers or graceful ends keep it. */
  delete(of: Resource, deletion: Deletion, signal: AbortSignal): Promise<boolean>;
  /** The plurals that are served in a version of a group (`gateway.networking.k8s.io/v1`); none when it is not known. */
  served(apiVersion: string, signal: AbortSignal): Promise<readonly string[]>;
  /** The version of the server, as in `v1.34.3`. */
  version(signal: AbortSignal): Promise<string>;
  /** Ends all connections. */
  close(): Promise<void>;
}

/** Which objects of a kind. */
export interface Selection {
  /** Absent: of all namespaces. */
  readonly namespace?: string;
  /** As in `app=web,tier!=cache`. */
  readonly labels?: string;
  /** As in `metadata.name=web`. */
  readonly fields?: string;
  /** How many on one page; 500 when absent. */
  readonly pageSize?: number;
}

/** Some of the selected objects. */
export interface Page<T> {
  /** Each with its `apiVersion` and `kind`. */
  readonly items: readonly T[];
  /** Of the whole list: where a watch goes on. */
  readonly resourceVersion: string;
}

/** Where a watch begins. */
export interface WatchStart extends Omit<Selection, 'pageSize'> {
  readonly resourceVersion: string;
}

/** What has happened to an object. A bookmark only says how far the watch has come. */
export type Change<T> =
  | { readonly kind: 'added' | 'modified' | 'deleted'; readonly object: T }
  | { readonly kind: 'bookmark'; readonly resourceVersion: string };

/** An object to be made: with a name, or the beginning of one. */
export type NewObject<T extends KubeObject> = Omit<T, 'metadata'> & {
  readonly metadata: Omit<T['metadata'], 'name'> &
    ({ readonly name: string } | { readonly generateName: string });
};

/** A change of an object, in one of the three forms that Kubernetes knows. */
export type Patch<T> = ObjectKey & { readonly fieldManager?: string; readonly dryRun?: boolean } & (
    | {
        /** RFC 7396: `null` takes away. Bound to a version by `metadata.resourceVersion`. */
        readonly merge: Partially<T>;
      }
    | {
        /** RFC 6902. Bound to what is there by `test`. */
        readonly json: readonly JsonPatchStep[];
      }
    | {
        /** Lists are merged by their keys; not for custom resources. */
        readonly strategic: Partially<T>;
      }
  );

/** One step of RFC 6902; paths are JSON pointers. */
export type JsonPatchStep =
  | { readonly op: 'add' | 'replace' | 'test'; readonly path: string; readonly value: unknown }
  | { readonly op: 'remove'; readonly path: string }
  | { readonly op: 'move' | 'copy'; readonly path: string; readonly from: string };

/** What we want of an object. Fields of ours that are missing here and that we wrote before are taken away. */
export interface Applied<T extends KubeObject> {
  readonly object: Partially<T> & { readonly metadata: ObjectKey };
  /** Takes over fields of others; else they are a conflict. */
  readonly force?: boolean;
  /** `coalmine` when absent. */
  readonly fieldManager?: string;
  /** Everything but the writing: to see how the server would default, and whether it would refuse. */
  readonly dryRun?: boolean;
}

/** What is to go. */
export interface Deletion extends ObjectKey {
  /** Only this very object, not one of the same name: throws ApiError `conflict` otherwise. */
  readonly uid?: string;
  /** Only when it has not changed: throws ApiError `conflict` otherwise. */
  readonly resourceVersion?: string;
  /** What becomes of what it owns; `Background` when absent. */
  readonly propagation?: 'Background' | 'Foreground' | 'Orphan';
  readonly graceSeconds?: number;
}

/** Any part of an object; `null` where a merge takes something away. */
export type Partially<T> = T extends readonly unknown[]
  ? T
  : T extends object
    ? { readonly [K in keyof T]?: Partially<T[K]> | null }
    : T;
