import type { KubeClient } from './client.ts';

/** A client that reads as one and writes as another: what is written is allowed, and known, as the writer's own. */
export function splitClient(reader: KubeClient, writer: KubeClient): KubeClient {
  return {
    get: (...asked) => reader.get(...asked),
    pages: (...asked) => reader.pages(...asked),
    list: (...asked) => reader.list(...asked),
    watch: (...asked) => reader.watch(...asked),
    served: (...asked) => reader.served(...asked),
    version: (...asked) => reader.version(...asked),
    create: (...asked) => writer.create(...asked),
    replace: (...asked) => writer.replace(...asked),
    patch: (...asked) => writer.patch(...asked),
    apply: (...asked) => writer.apply(...asked),
    delete: (...asked) => writer.delete(...asked),
    close: () => writer.close(),
  };
}
