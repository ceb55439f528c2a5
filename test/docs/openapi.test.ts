import { createConfig, lintFromString } from '@redocly/openapi-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { apiViews } from '../../scripts/api-views.mjs';
import { ENDPOINTS } from '../../src/api/endpoints.ts';
import { openApiDocument } from '../../src/api/openapi.ts';
import type { JsonObject } from '../../src/base/json.ts';
import { clusterDocument, OVERVIEW_PATHS } from '../../src/operator/api/cluster-document.ts';

interface Operation extends JsonObject {
  readonly operationId: string;
}

/** What a linter has against a document. */
async function faultsIn(document: JsonObject): Promise<readonly object[]> {
  const config = await createConfig({ extends: ['recommended-strict'] });
  const found = await lintFromString({ source: JSON.stringify(document), config });
  return found.map(({ ruleId, message, location }) => ({ ruleId, message, at: location[0]?.pointer }));
}

describe('the OpenAPI document', () => {
  let document: JsonObject;

  beforeAll(async () => {
    document = openApiDocument({ version: '1.2.3', views: await apiViews() });
  }, 120_000);

  it('has nothing that a linter finds fault with', async () => {
    expect(await faultsIn(document)).toEqual([]);
  });

  it('has nothing that a linter finds fault with as an operator serves it, with four paths of all namespaces', async () => {
    const ofCluster = clusterDocument(document);
    expect(await faultsIn(ofCluster)).toEqual([]);
    const paths = Object.entries(ofCluster['paths'] as JsonObject);
    expect(
      paths.filter(([path]) => !path.startsWith('/namespaces/{namespace}/')).map(([path]) => path),
    ).toEqual([...OVERVIEW_PATHS, ENDPOINTS.session.path]);
  });

  it('has every operation there is, each once, and its types', () => {
    const paths = document['paths'] as Record<string, Record<string, Operation>>;
    const operations = Object.values(paths).flatMap((methods) => Object.values(methods));
    expect(operations.map(({ operationId }) => operationId).sort()).toEqual(Object.keys(ENDPOINTS).sort());
    const text = JSON.stringify(document);
    const { schemas } = document['components'] as { readonly schemas: JsonObject };
    const used = [...text.matchAll(/"#\/components\/schemas\/([^"]+)"/g)].map(([, name]) => name);
    expect(used.filter((name) => !Object.hasOwn(schemas, name ?? ''))).toEqual([]);
    expect(schemas['RolloutView']).toMatchObject({
      properties: { phase: { $ref: '#/components/schemas/Phase' } },
    });
  });
});
