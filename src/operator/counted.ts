import type { KubeClient } from '../kube/client.ts';

/** A client that counts into `requests` what is asked through it, by verb. A list counts once, however many pages it has. */
export function counted(client: KubeClient, requests: Map<string, number>): KubeClient {
  const count = (verb: string): void => {
    requests.set(verb, (requests.get(verb) ?? 0) + 1);
  };
  return {
    get: (...asked) => (count('get'), client.get(...asked)),
    pages: (...asked) => (count('list'), client.pages(...asked)),
    list: (...asked) => (count('list'), client.list(...asked)),
    watch: (...asked) => (count('watch'), client.watch(...asked)),
    create: (...asked) => (count('create'), client.create(...asked)),
    replace: (...asked) => (count('replace'), client.replace(...asked)),
    patch: (...asked) => (count('patch'), client.patch(...asked)),
    apply: (...asked) => (count('apply'), client.apply(...asked)),
    delete: (...asked) => (count('delete'), client.delete(...asked)),
    served: (...asked) => (count('discover'), client.served(...asked)),
    version: (...asked) => (count('discover'), client.version(...asked)),
    close: () => client.close(),
  };
}
