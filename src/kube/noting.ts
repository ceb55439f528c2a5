import type { KubeClient } from './client.ts';
import type { KubeObject } from './object.ts';
import type { Resource } from './resource.ts';

/**
 * A client that tells what it has written, as the API server answered it: whoever reads from a cache then sees his own
 * writes at once, and not only when the watch brings them.
 */
export function notingClient(
  client: KubeClient,
  note: (of: Resource, written: KubeObject) => void,
): KubeClient {
  const noted = async <T extends KubeObject>(of: Resource<T>, writing: Promise<T>): Promise<T> => {
    const written = await writing;
    if (of.subresource !== 'scale') note(of, written);
    return written;
  };
  return {
    get: (...asked) => client.get(...asked),
    pages: (...asked) => client.pages(...asked),
    list: (...asked) => client.list(...asked),
    watch: (...asked) => client.watch(...asked),
    create: (of, object, signal) => noted(of, client.create(of, object, signal)),
    replace: (of, object, signal) => noted(of, client.replace(of, object, signal)),
    patch: (of, patch, signal) => {
      const patched = client.patch(of, patch, signal);
      return patch.dryRun === true ? patched : noted(of, patched);
    },
    apply: (of, wanted, signal) => {
      const applied = client.apply(of, wanted, signal);
      return wanted.dryRun === true ? applied : noted(of, applied);
    },
    delete: (...asked) => client.delete(...asked),
    served: (...asked) => client.served(...asked),
    version: (...asked) => client.version(...asked),
    close: () => client.close(),
  };
}
