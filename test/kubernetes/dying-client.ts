import type { KubeClient } from '../../src/kube/client.ts';

const WRITES: readonly string[] = ['create', 'replace', 'patch', 'apply', 'delete'];

/** A client of somebody who is killed when he has written so often: nothing that he writes then arrives. */
export function dyingClient(
  client: KubeClient,
  writes: number,
): { readonly client: KubeClient; readonly died: Promise<void> } {
  let left = writes;
  let die = (): void => undefined;
  const died = new Promise<void>((resolve) => {
    die = resolve;
  });
  const dying = new Proxy(client, {
    get: (target, name): unknown => {
      const method: unknown = Reflect.get(target, name);
      if (typeof method !== 'function') return method;
      const isWrite = typeof name === 'string' && WRITES.includes(name);
      return (...asked: unknown[]): unknown => {
        if (!isWrite || (left -= 1) >= 0) return Reflect.apply(method, target, asked) as unknown;
        die();
        return Promise.reject(new Error('killed'));
      };
    },
  });
  return { client: dying, died };
}
