import { Type } from 'typebox';

/** What coalmine remembers: compact JSON in a text, which API servers and other tools neither read nor merge. */
export function memory() {
  return Type.String({ description: 'What coalmine remembers, evidence included; for coalmine alone.' });
}
