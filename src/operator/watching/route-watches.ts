import { asError, Failure } from '../../base/failure.ts';
import { isApiError } from '../../kube/api-error.ts';
import { Informer } from '../../kube/informer.ts';
import type { KubeObject } from '../../kube/object.ts';
import { apiVersionOf, pathOf, type Resource } from '../../kube/resource.ts';
import { deadlineIn, orAborted } from '../../system/waiting.ts';
import type { ReadObject } from '../../traffic/cluster/steering.ts';
import { isSameKept, keptWhole } from './kept.ts';
import type { WatchesOptions } from './watches.ts';

/** How long is waited for the first list of a kind, in milliseconds. */
const REQUEST_MS = 5_000;

interface Followed {
  readonly informer: Informer<KubeObject, KubeObject>;
  /** Settles once it is known whether they can be listed. */
  readonly answered: Promise<void>;
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
      const followed = this.#follow(of);
      const { informer, answered } = followed;
      if (!informer.hasSynced) await orAborted(answered, deadlineIn(REQUEST_MS));
      // It was listed as this kind.
      if (informer.hasSynced) return informer.get({ namespace, name }) as T | undefined;
      throw notInSight(of, followed.trouble);
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
    let answer = (): void => undefined;
    const failed = new Promise<void>((resolve) => {
      answer = resolve;
    });
    const { signal } = this.#ending;
    const informer = this.#informerOf(of, (cause) => {
      this.#note(followed, of, asError(cause));
      answer();
    });
    const answered = Promise.race([failed, informer.synced(signal).then(() => undefined)]);
    const followed: Followed = { informer, answered };
    this.#followed.set(kind, followed);
    this.#running.push(informer.run(signal));
    return followed;
  }

  /** What goes on going wrong is told once. */
  #note(followed: Followed, { plural }: Resource, trouble: Error): void {
    const isKnown = followed.trouble?.message === trouble.message;
    followed.trouble = trouble;
    if (!isKnown) this.#options.log.warn(`${plural} cannot be watched: ${trouble.message}`);
  }

  #informerOf(of: Resource, onTrouble: (cause: unknown) => void): Followed['informer'] {
    const { client, namespace, onChange } = this.#options;
    return new Informer<KubeObject, KubeObject>({
      client,
      of,
      keep: keptWhole,
      selection: namespace === undefined ? {} : { namespace },
      onChange: ({ now, before }) => {
        if (now !== undefined && before !== undefined && isSameKept(now, before)) return;
        const route = now ?? before;
        if (route !== undefined) onChange({ route });
      },
      onTrouble,
    });
  }
}

/** Why nothing is known of a kind, and what to do about it. */
function notInSight(of: Resource, trouble: Error | undefined): Error {
  const { plural } = of;
  if (trouble === undefined) return new Failure('unreachable', `${plural} are not listed yet`);
  if (!isApiError(trouble, 'notFound')) return trouble;
  return new Failure('notFound', `the cluster does not know ${plural} of ${apiVersionOf(of)}`, {
    hint: 'install their definitions: it goes on by itself then',
  });
}
