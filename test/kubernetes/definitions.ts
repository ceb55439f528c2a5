import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { KubeClient } from '../../src/kube/client.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import { resource } from '../../src/kube/resource.ts';

interface Definition extends KubeObject {
  readonly spec: { readonly group: string; readonly names: { readonly plural: string } };
  readonly status?: {
    readonly conditions?: readonly { readonly type: string; readonly status: string }[] | null;
  };
}

const DEFINITIONS = resource<Definition>('apiextensions.k8s.io/v1', 'CustomResourceDefinition', {
  plural: 'customresourcedefinitions',
  clusterWide: true,
});

/** Definitions that scripts/test-tools.sh fetches; undefined, loudly, where they are not there, but not in CI. */
export function definitionsOf(name: string): string | undefined {
  const path = resolve('.test-tools/definitions', name, 'all.yaml');
  if (existsSync(path)) return path;
  if (process.env['CI'] === 'true') throw new Error(`CI must have ${path}: run scripts/test-tools.sh`);
  console.warn(`SKIPPED: what needs the definitions of ${name}; scripts/test-tools.sh fetches them`);
  return undefined;
}

/** Makes the API server know the definitions of these plurals in a file, and waits until it does. */
export async function installDefinitions(
  client: KubeClient,
  path: string,
  plurals: readonly string[],
): Promise<void> {
  const signal = new AbortController().signal;
  for (const object of definitionsIn(path, plurals)) {
    const { name } = object.metadata;
    await client.apply(DEFINITIONS, { object, force: true }, signal);
    while (!isEstablished(await client.get(DEFINITIONS, { name }, signal))) {
      await new Promise((resume) => setTimeout(resume, 50));
    }
  }
}

function definitionsIn(path: string, plurals: readonly string[]): readonly Definition[] {
  const all = parseAllDocuments(readFileSync(path, 'utf8')).map((one) => one.toJS() as Definition | null);
  return all.filter((one) => one !== null).filter(({ spec }) => plurals.includes(spec.names.plural));
}

function isEstablished(definition: Definition | undefined): boolean {
  return (definition?.status?.conditions ?? []).some(
    ({ type, status }) => type === 'Established' && status === 'True',
  );
}
