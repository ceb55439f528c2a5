import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { VENDORS } from './vendor-schemas.ts';

const versionOf = (name: string): unknown =>
  (JSON.parse(readFileSync(`node_modules/${name}/package.json`, 'utf8')) as { readonly version: unknown })
    .version;

it.each(['@slack/types', '@googleapis/chat'])(
  'the schema of what is sent is of the %s that is installed; scripts/vendor-schemas.mjs makes it anew',
  (name) => {
    expect(VENDORS.from[name]).toBe(versionOf(name));
  },
);
