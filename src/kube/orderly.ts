import type { KubeClient } from './client.ts';
import type { Resource } from './resource.ts';
import { Turns } from './turns.ts';

/** How a client keeps order. */
export interface Order {
  /** How many requests are under way at once. */
  readonly atOnce: number;
  /** How much requests about a kind matter: 0 most. */
  readonly rankOf: (of: Resource) => number;
}

/** A client of whose requests those go first that matter most. Lists of many pages and watches do not wait. */
export function orderlyClient(client: KubeClient, { atOnce, rankOf }: Order): KubeClient {
  const turns = new Turns(atOnce);
  const inTurn = <T>(of: Resource, signal: AbortSignal, work: () => Promise<T>): Promise<T> =>
    turns.do(work, { rank: rankOf(of), signal });
  return {
    get: (of, key, signal) => inTurn(of, signal, () => client.get(of, key, signal)),
    pages: (...asked) => client.pages(...asked),
    list: (of, selection, signal) => inTurn(of, signal, () => client.list(of, selection, signal)),
    watch: (...asked) => client.watch(...asked),
    create: (of, object, signal) => inTurn(of, signal, () => client.create(of, object, signal)),
    replace: (of, object, signal) => inTurn(of, signal, () => client.replace(of, object, signal)),
    patch: (of, patch, signal) => inTurn(of, signal, () => client.patch(of, patch, signal)),
    apply: (of, wanted, signal) => inTurn(of, signal, () => client.apply(of, wanted, signal)),
    delete: (of, deletion, signal) => inTurn(of, signal, () => client.delete(of, deletion, signal)),
    served: (...asked) => client.served(...asked),
    version: (...asked) => client.version(...asked),
    close: () => client.close(),
  };
}
