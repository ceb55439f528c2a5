import type { JsonObject } from '../base/json.ts';
import { API_VERSION, KIND } from '../rollout/schema/document.ts';

/** What stands in for a document that is not understood while its Rollout is wound down. */
export function tombstone(name: string): JsonObject {
  return {
    apiVersion: API_VERSION,
    kind: KIND,
    metadata: { name },
    spec: {
      workload: { process: { from: '/', command: ['true'] } },
      strategy: { recreate: {} },
    },
  };
}
