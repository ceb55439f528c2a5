import { asError, messageOf } from '../base/failure.ts';
import { isApiError } from '../kube/api-error.ts';
import { Informer } from '../kube/informer.ts';
import type { KubeObject } from '../kube/object.ts';
import { pathOf, type Resource } from '../kube/resource.ts';
import { deadlineIn } from '../system/waiting.ts';
import type { ReadObject } from '../traffic/cluster/steering.ts';
import type { WatchesOptions } from './watches.ts';

/** How long the API server may take to answer for what is not watched yet, in milliseconds. */
const REQUEST_MS = 5_000;

interface Followed {
  readonly informer: Informer<KubeObject, KubeObject>;
  /** Why there is no list of them, as it was said last. */
  trouble?: Error;
}

/**
 * What routers look at. A kind is watched from when it is first asked for: what no Rollout uses is not, and a kind that the
 * cluster does not know is asked for ever more rarely, in case it is installed later.
 */
export class RouteWatches {
  readonly #options: WatchesOptions;
  readonly #followed = new Map<string, Followed>();
  readonly #ending = new AbortController();
  readonly #running: Promise<void>[] = [];

  constructor(options: WatchesOptions) {
    this.#options = options;
  }

  /** Reads the objects of a namespace without asking anybody, once their kind is in sight. */
  readIn(namespace: string): ReadObject {
    return async <T extends KubeObject>(of: Resource<T>, name: string) => {
      const { informer, trouble } = this.#follow(of);
      // It was listed as this kind.
      if (informer.hasSynced) return informer.get({ namespace, name }) as T | undefined;
      if (isApiError(trouble, 'notFound')) return undefined;
      if (trouble !== undefined) throw trouble;
      return this.#options.client.get(of, { namespace, name }, deadlineIn(REQUEST_MS));
    };
  }

  /** Ends all of it. */
  async end(): Promise<void> {
    this.#ending.abort();
    await Promise.all(this.#running);
  }

  #follow(of: Resource): Followed {
    const kind = pathOf(of);
    const known = this.#followed.get(kind);
    if (known !== undefined) return known;
    const followed: Followed = {
      informer: this.#informerOf(of, (cause) => {
        followed.trouble = asError(cause);
      }),
    };
    this.#followed.set(kind, followed);
    this.#running.push(followed.informer.run(this.#ending.signal));
    return followed;
  }

  #informerOf(of: Resource, onTrouble: (cause: unknown) => void): Followed['informer'] {
    const { client, namespace, log, onChange } = this.#options;
    return new Informer<KubeObject, KubeObject>({
      client,
      of,
      keep: withoutManagers,
      selection: namespace === undefined ? {} : { namespace },
      onChange: ({ now, before }) => {
        const object = now ?? before;
        if (object !== undefined) onChange(object);
      },
      onTrouble: (cause) => {
        onTrouble(cause);
        log.warn(`${of.plural} cannot be watched: ${messageOf(cause)}`);
      },
    });
  }
}

function withoutManagers({ metadata: { managedFields: _, ...metadata }, ...object }: KubeObject): KubeObject {
  return { ...object, metadata };
}
