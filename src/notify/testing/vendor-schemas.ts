import { readFileSync } from 'node:fs';
import { Compile } from 'typebox/schema';
import type { JsonObject } from '../../base/json.ts';

/** What scripts/vendor-schemas.mjs wrote. */
interface Vendors {
  /** The packages it was read from, and their versions. */
  readonly from: Readonly<Record<string, string>>;
  readonly slack: JsonObject;
  readonly googleChat: JsonObject;
  readonly githubDeployment: Operation;
  readonly githubStatus: Operation;
}

interface Operation {
  readonly sent: JsonObject;
  readonly answered: JsonObject;
}

/** What services say themselves of what they are sent, as JSON Schema. */
export const VENDORS = JSON.parse(
  readFileSync(new URL('../../../test/notify/vendor-schemas.json', import.meta.url), 'utf8'),
) as Vendors;

/** Says what does not fit a schema, by the places in the value; nothing where it fits. */
export function misfitsBy(schema: JsonObject): (value: unknown) => readonly string[] {
  const validator = Compile(schema);
  return (value) => {
    if (validator.Check(value)) return [];
    const [, errors] = validator.Errors(value);
    return errors.map(({ instancePath, message }) => `${instancePath} ${message}`);
  };
}
