import type { JsonObject } from '../base/json.ts';
import { TAG_LIST } from './conditions.ts';
import { REQUEST_KEY } from './repeats.ts';
import type { Endpoint } from './endpoints.ts';

/** What decides which headers go with an operation. */
export interface Headed {
  readonly endpoint: Endpoint;
  readonly isPaged?: true;
  /** True: its answer has a tag. */
  readonly isTagged: boolean;
}

const NEXT_PAGE = text('The address of the next page, with rel="next" (RFC 8288); absent: this is the last');
const TAG = text('A name for this very answer, for `If-None-Match` and `If-Match` (RFC 9110, 8.8.3)');

/** The headers that may be sent with a request. */
export function headerParameters({ endpoint, isTagged }: Headed): readonly JsonObject[] {
  if (isTagged)
    return [
      header('If-None-Match', 'An answer with one of these tags is known already, and is not sent again'),
    ];
  return [...conditionParameters(endpoint), ...keyParameters(endpoint)];
}

function keyParameters({ isKeyed }: Endpoint): readonly JsonObject[] {
  if (isKeyed !== true) return [];
  const schema = { type: 'string', pattern: REQUEST_KEY };
  const description =
    'Of your choice, such as a UUID: however often the request is sent with it, it is done once';
  return [{ name: 'Idempotency-Key', in: 'header', description, schema }];
}

function conditionParameters({ isConditional }: Endpoint): readonly JsonObject[] {
  if (isConditional !== true) return [];
  return [
    header(
      'If-Match',
      'Tags of the Rollout: it is changed only if it is as it was when one of these was got',
    ),
    header('If-None-Match', 'With `*`: only if there is no such Rollout'),
  ];
}

/** The headers of an answer. */
export function answerHeaders({ isPaged, isTagged }: Headed): JsonObject {
  const headers = {
    ...(isPaged === undefined ? {} : { Link: NEXT_PAGE }),
    ...(isTagged ? { ETag: TAG } : {}),
  };
  return Object.keys(headers).length === 0 ? {} : { headers };
}

/** The answers there may be besides the usual one and refusals. */
export function otherAnswers({ isTagged }: Headed): JsonObject {
  return isTagged ? { '304': { description: 'It is known already', headers: { ETag: TAG } } } : {};
}

function header(name: string, description: string): JsonObject {
  return { name, in: 'header', description, schema: { type: 'string', pattern: TAG_LIST, maxLength: 4_096 } };
}

function text(description: string): JsonObject {
  return { description, schema: { type: 'string' } };
}
