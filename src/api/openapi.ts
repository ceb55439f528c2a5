import { Type, type TObject, type TSchema } from 'typebox';
import type { Json, JsonObject } from '../base/json.ts';
import { rolloutDocument } from '../rollout/schema/document.ts';
import { ENDPOINTS, type Endpoint } from './endpoints.ts';
import { LIVE_ROUTES } from './live-routes.ts';
import { answerHeaders, headerParameters, otherAnswers, type Headed } from './openapi-headers.ts';
import { PROBLEM_TYPE } from './problem.ts';
import { isTagged } from './route.ts';
import { ROUTES } from './routes.ts';
import { UPLOAD_TYPE } from './upload-limits.ts';
import { UPLOAD_QUERY } from './uploading.ts';

const JSON_TYPE = 'application/json';
const NO_QUERY = Type.Object({});
const DOCUMENT = 'Rollout';
const PROBLEM = { $ref: '#/components/responses/Problem' };

/** What operations are about, by the word their paths begin with. */
const TAGS: Readonly<Record<string, string>> = {
  system: 'The control process and the gateway',
  rollouts: 'Rollouts, their releases, and how to steer them',
  groups: 'Rollouts that are released as one',
  plan: 'What would be done',
  events: 'What happened',
  stream: 'What happens, as it happens',
  uploads: 'Files of other machines',
  tokens: 'Who may come in',
  audit: 'Who asked for what',
  links: 'Ways in for browsers',
  session: 'Who asks',
  sessions: 'Browsers that are let in',
  shutdown: 'The end of the control process',
};

/** An endpoint, and what goes in and out of it. */
interface Described extends Headed {
  readonly query: TObject;
  readonly body?: JsonObject;
  readonly answerType?: string;
  /** Types it may be answered with besides. */
  readonly otherTypes?: readonly string[];
}

/** What the document is made of. */
export interface OpenApiParts {
  readonly version: string;
  /** The schemas of all `Views`, and of the types they consist of, by name; they refer to each other as components. */
  readonly views: Readonly<Record<string, JsonObject>>;
}

/** The OpenAPI 3.1 document of the API: from the routes that are served and the schemas that check what is sent. */
export function openApiDocument({ version, views }: OpenApiParts): JsonObject {
  return {
    openapi: '3.1.0',
    info: {
      title: 'coalmine',
      version,
      description:
        'Progressive delivery: what runs, what is being released, on what evidence, and how to steer it.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    security: [{ token: [] }],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    paths: paths(),
    components: {
      schemas: { ...views, [DOCUMENT]: plain(rolloutDocument) },
      responses: {
        Problem: {
          description: 'Why it was refused or failed, and what to do about it (RFC 9457)',
          content: { [PROBLEM_TYPE]: { schema: component('ProblemView') } },
        },
      },
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'A token of `coalmine token create`.' },
      },
    },
  };
}

function described(): readonly Described[] {
  return [
    ...ROUTES.map(({ endpoint, query, body, isPaged, otherTypes }) => ({
      endpoint,
      query,
      ...(otherTypes === undefined ? {} : { otherTypes }),
      ...(isPaged === undefined ? {} : { isPaged }),
      isTagged: isTagged({ endpoint, isPaged, ...(otherTypes === undefined ? {} : { otherTypes }) }),
      ...(body === undefined ? {} : { body: { [JSON_TYPE]: { schema: bodySchema(body) } } }),
    })),
    ...LIVE_ROUTES.map(({ endpoint, query, contentType }) => ({
      endpoint,
      query,
      answerType: contentType,
      isTagged: false,
    })),
    ...[ENDPOINTS.session, ENDPOINTS.logIn, ENDPOINTS.logOut].map((endpoint) => ({
      endpoint,
      query: NO_QUERY,
      isTagged: false,
    })),
    {
      endpoint: ENDPOINTS.upload,
      query: UPLOAD_QUERY,
      isTagged: false,
      body: { [UPLOAD_TYPE]: { schema: { type: 'string', format: 'binary' } } },
    },
  ];
}

function paths(): JsonObject {
  const all: Record<string, JsonObject> = {};
  for (const one of described()) {
    const path = one.endpoint.path.replace(/:([a-z]+)/g, '{$1}');
    all[path] = { ...all[path], [one.endpoint.method.toLowerCase()]: operation(one) };
  }
  return all;
}

function operation(described: Described): JsonObject {
  const { endpoint, query, body } = described;
  return {
    operationId: operationId(endpoint),
    summary: endpoint.summary,
    tags: [tagOf(endpoint)],
    parameters: [...pathParameters(endpoint), ...queryParameters(query), ...headerParameters(described)],
    ...(body === undefined ? {} : { requestBody: { required: true, content: body } }),
    responses: {
      ...answers(described),
      '4XX': PROBLEM,
      '5XX': PROBLEM,
    },
  };
}

function operationId(endpoint: Endpoint): string {
  return Object.entries(ENDPOINTS).find(([, one]) => one === endpoint)?.[0] ?? '';
}

/** What an operation is about: the first word of its path. */
function tagOf({ path }: Endpoint): string {
  return path.split('/')[3] ?? '';
}

function answers(described: Described): JsonObject {
  const { endpoint, answerType: type = JSON_TYPE, otherTypes = [] } = described;
  const { answer } = endpoint;
  if (answer === undefined) return { '204': { description: 'Done' } };
  const [item, isList] = answer.endsWith('[]') ? [answer.slice(0, -2), true] : [answer, false];
  const schema = isList ? { type: 'array', items: component(item) } : component(item);
  return {
    '200': {
      description: 'The answer',
      ...answerHeaders(described),
      content: {
        [type]: contentOf(schema, type),
        ...Object.fromEntries(otherTypes.map((other) => [other, { schema: { type: 'string' } }])),
      },
    },
    ...otherAnswers(described),
  };
}

/** A stream is text to OpenAPI 3.1; what its items are is said beside it. */
function contentOf(schema: JsonObject, type: string): JsonObject {
  if (type === JSON_TYPE) return { schema };
  return { schema: { type: 'string', contentMediaType: type, contentSchema: schema } };
}

function pathParameters({ path }: Endpoint): readonly JsonObject[] {
  return [...path.matchAll(/:([a-z]+)/g)].map(([, name = '']) => ({
    name,
    in: 'path',
    required: true,
    schema: name === 'number' ? { type: 'integer', minimum: 1 } : { type: 'string', minLength: 1 },
  }));
}

function queryParameters(schema: TObject): readonly JsonObject[] {
  const required = new Set<string>(schema.required);
  return Object.entries(schema.properties).map(([name, of]) => ({
    name,
    in: 'query',
    required: required.has(name),
    schema: plain(of),
  }));
}

/** The schema that checks a body; where that takes any document, the one of a Rollout stands for it. */
function bodySchema(body: TObject): JsonObject {
  const schema = plain(body);
  const { properties } = schema as { readonly properties: JsonObject };
  if (!Object.hasOwn(properties, 'document')) return schema;
  return { ...schema, properties: { ...properties, document: component(DOCUMENT) } };
}

function component(name: string): JsonObject {
  return { $ref: `#/components/schemas/${name}` };
}

/** Without what TypeBox keeps beside a schema. */
function plain(schema: TSchema): JsonObject {
  return JSON.parse(JSON.stringify(schema)) as Json as JsonObject;
}
