import type { JsonObject } from '../../base/json.ts';

/** A document on its way into a file, and what its reader has to know. */
export interface Noted {
  readonly document: JsonObject;
  readonly notes: readonly string[];
}
