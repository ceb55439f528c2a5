import type { JsonObject } from '../base/json.ts';
import { API_VERSION, KIND } from '../rollout/schema/document.ts';

/**
 * What stands in for a document that is not understood while its Rollout is wound down: it has traffic, so that
 * its route is taken away, and nobody can ask for its host.
 */
export function tombstone(name: string): JsonObject {
  return {
    apiVersion: API_VERSION,
    kind: KIND,
    metadata: { name },
    spec: {
      workload: { process: { from: '/', command: ['true'] } },
      traffic: { gateway: { host: `${name}.invalid` } },
      strategy: { recreate: {} },
    },
  };
}
