import type { JsonObject } from '../base/json.ts';
import { rolloutDocument } from '../rollout/schema/document.ts';

/** Name of the published schema, for `# yaml-language-server: $schema=…`. */
export const SCHEMA_ID = 'https://coalmine.dev/schemas/v1/rollout.json';

/** The JSON Schema (2020-12) of a Rollout document, for editors: the very schema that validates. */
export function jsonSchema(): JsonObject {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: SCHEMA_ID,
    title: 'Rollout',
    ...(JSON.parse(JSON.stringify(rolloutDocument)) as JsonObject),
  };
}
