import { ENDPOINTS } from '../../api/endpoints.ts';
import { isJsonObject, type JsonObject } from '../../base/json.ts';

/** What is asked about all namespaces too, without naming one. */
export const OVERVIEW_PATHS: readonly string[] = [ENDPOINTS.list, ENDPOINTS.events, ENDPOINTS.stream].map(
  ({ path }) => path,
);

const EVERYWHERE: readonly string[] = [...OVERVIEW_PATHS, ENDPOINTS.session.path];

const PLACE = '/namespaces/{namespace}';
const NAMESPACE = {
  name: 'namespace',
  in: 'path',
  required: true,
  description: 'A namespace; for the list, the events and the stream also several, with commas between',
  schema: { type: 'string', pattern: '^[a-z0-9,-]+$' },
};

/** The OpenAPI document of the API of an operator: that of the API, with the paths as they are here. */
export function clusterDocument(document: JsonObject): JsonObject {
  const paths = isJsonObject(document['paths']) ? document['paths'] : {};
  const placed = Object.entries(paths).flatMap(([path, item]) => {
    const inPlace = [[`${PLACE}${path}`, eachOperation(item, ofPlace)] as const];
    return EVERYWHERE.includes(path) ? [[path, eachOperation(item, ofAll)] as const, ...inPlace] : inPlace;
  });
  return { ...document, paths: Object.fromEntries(placed), components: componentsOf(document) };
}

type Change = (operation: JsonObject) => JsonObject;

function eachOperation(item: unknown, change: Change): JsonObject {
  if (!isJsonObject(item)) return {};
  const changed = Object.entries(item).map(([method, operation]) => [
    method,
    isJsonObject(operation) ? change(operation) : operation,
  ]);
  return Object.fromEntries(changed) as JsonObject;
}

function ofPlace(operation: JsonObject): JsonObject {
  const { parameters } = operation;
  const others = Array.isArray(parameters) ? (parameters as readonly JsonObject[]) : [];
  return { ...operation, parameters: [NAMESPACE, ...others] };
}

/** Each operation has an id of its own. */
function ofAll(operation: JsonObject): JsonObject {
  const { operationId, summary } = operation;
  if (typeof operationId !== 'string' || typeof summary !== 'string') return operation;
  return {
    ...operation,
    operationId: `${operationId}Everywhere`,
    summary: `${summary}, in all namespaces`,
  };
}

function componentsOf({ components }: JsonObject): JsonObject {
  const token = { type: 'http', scheme: 'bearer', description: 'A token of an account of the cluster.' };
  return { ...(isJsonObject(components) ? components : {}), securitySchemes: { token } };
}
