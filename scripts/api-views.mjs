// The schemas of what the API answers, from the types themselves. Reading types takes seconds, so what was read is
// kept for as long as none of the sources it can have come from has changed.
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const ENTRY = 'src/api/resources.ts';
const SOURCES = ['api', 'analysis', 'base', 'engine', 'report', 'rollout', 'store', 'strategy'];
const CACHE = 'node_modules/.cache/api-views';

/** By name: the schema of each of `Views` and of every type they consist of, which refer to each other as components. */
export async function apiViews() {
  const kept = join(CACHE, `${await hashOfSources()}.json`);
  const known = await readFile(kept, 'utf8').catch(() => undefined);
  if (known !== undefined) return JSON.parse(known);
  const views = await readViews();
  await mkdir(CACHE, { recursive: true });
  await writeFile(kept, JSON.stringify(views));
  return views;
}

async function readViews() {
  const { createGenerator } = await import('ts-json-schema-generator');
  const generator = createGenerator({
    path: ENTRY,
    tsconfig: 'tsconfig.json',
    type: 'Views',
    // Types are checked elsewhere.
    skipTypeCheck: true,
    additionalProperties: true,
    topRef: false,
    sortProps: false,
  });
  const { definitions } = generator.createSchema('Views');
  const text = JSON.stringify(definitions).replaceAll('"#/definitions/', '"#/components/schemas/');
  return JSON.parse(text, (_, value) => (Array.isArray(value?.items) ? asOf2020(value) : value));
}

/** A tuple as JSON Schema 2020-12 writes it, which is what OpenAPI 3.1 has; the generator writes draft 7. */
function asOf2020({ items, additionalItems = false, ...rest }) {
  return { ...rest, prefixItems: items, items: additionalItems };
}

async function hashOfSources() {
  const hash = createHash('sha256').update(await readFile('package-lock.json'));
  for (const folder of SOURCES) {
    const names = await readdir(join('src', folder), { recursive: true });
    for (const name of names.filter((one) => /(?<!\.test)\.ts$/.test(one)).sort()) {
      hash.update(name).update(await readFile(join('src', folder, name)));
    }
  }
  return hash.digest('hex').slice(0, 16);
}
