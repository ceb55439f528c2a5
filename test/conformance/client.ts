import type { KubeClient } from '../../src/kube/client.ts';

const WRITES = ['create', 'patch', 'delete', 'replace', 'apply'] as const;

/** The client, with something done just before its first change of an object: whoever was told of that knows too little. */
export function interrupted(client: KubeClient, meddle: () => Promise<void>): KubeClient {
  let isDone = false;
  const patch: KubeClient['patch'] = async (of, change, signal) => {
    if (!isDone) {
      isDone = true;
      await meddle();
    }
    return client.patch(of, change, signal);
  };
  return { ...bound(client), patch };
}

/** The client, which does nothing any more after so many writes, as if its process had been killed. */
export function failingAfter(client: KubeClient, writes: number): KubeClient {
  let left = writes;
  const dying = Object.fromEntries(
    WRITES.map((name) => [
      name,
      (...args: unknown[]) => {
        left -= 1;
        if (left < 0) return Promise.reject(new Error('killed'));
        return (client[name] as (...all: unknown[]) => Promise<unknown>).apply(client, args);
      },
    ]),
  );
  return { ...bound(client), ...dying };
}

function bound(client: KubeClient): KubeClient {
  return {
    get: client.get.bind(client),
    pages: client.pages.bind(client),
    list: client.list.bind(client),
    watch: client.watch.bind(client),
    create: client.create.bind(client),
    replace: client.replace.bind(client),
    patch: client.patch.bind(client),
    apply: client.apply.bind(client),
    delete: client.delete.bind(client),
    served: client.served.bind(client),
    version: client.version.bind(client),
    close: client.close.bind(client),
  };
}
