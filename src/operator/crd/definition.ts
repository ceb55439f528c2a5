import type { JsonObject } from '../../base/json.ts';
import { API_GROUP, API_VERSION } from '../../kube/names.ts';
import { manifest, type Manifest } from '../manifest.ts';
import type { ResourceKind } from './kinds.ts';
import { structural } from './structural.ts';

/** The same as `metadata.name` of a document. */
const SHORT_NAME: JsonObject = { type: 'string', maxLength: 63, pattern: '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$' };

/** The CustomResourceDefinition of a kind. */
export function definitionOf(of: ResourceKind): Manifest {
  const { kind, plural, shortNames, scope, columns } = of;
  const singular = kind.toLowerCase();
  const version: JsonObject = {
    name: API_VERSION,
    served: true,
    storage: true,
    schema: { openAPIV3Schema: schemaOf(of) },
    ...(of.status === undefined ? {} : { subresources: { status: {} } }),
    additionalPrinterColumns: columns.map((column) => ({ ...column })),
  };
  return manifest(
    {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      name: `${plural}.${API_GROUP}`,
    },
    {
      spec: {
        group: API_GROUP,
        scope,
        names: { kind, plural, singular, listKind: `${kind}List`, shortNames, categories: ['coalmine'] },
        versions: [version],
      },
    },
  );
}

function schemaOf({ description, hasShortNames, spec, status }: ResourceKind): JsonObject {
  return {
    type: 'object',
    description,
    required: ['spec'],
    properties: {
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      metadata: { type: 'object', ...(hasShortNames ? { properties: { name: SHORT_NAME } } : {}) },
      spec: structural(spec),
      ...(status === undefined ? {} : { status: structural(status) }),
    },
  };
}
