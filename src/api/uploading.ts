import { Type } from 'typebox';
import { Failure } from '../base/failure.ts';
import { readerOf } from '../base/schema-reader.ts';
import { Unsupported } from './json-body.ts';
import type { Operations } from './operations.ts';
import type { UploadView } from './resources.ts';
import { UPLOAD_LIMITS, UPLOAD_TYPE } from './upload-limits.ts';

/** What is sent. */
export const UPLOAD_QUERY = Type.Object(
  { kind: Type.Enum(['artefact', 'environment']) },
  { additionalProperties: false },
);
const readQuery = readerOf(UPLOAD_QUERY, 'query');

/** Takes the body of a request as a file; throws Failure before anything is read of one that is too large. */
export function upload(
  request: Request,
  query: Readonly<Record<string, string>>,
): (operations: Operations) => Promise<UploadView> {
  const { kind } = readQuery(query);
  const type = request.headers.get('content-type') ?? '';
  if (type !== UPLOAD_TYPE) throw new Unsupported(type, UPLOAD_TYPE);
  if (Number(request.headers.get('content-length') ?? 0) > UPLOAD_LIMITS[kind]) {
    throw new Failure('tooLarge', `${kind}s that are sent may have ${UPLOAD_LIMITS[kind]} bytes`);
  }
  const { body } = request;
  if (body === null) throw new Failure('usage', 'nothing was sent');
  return (operations) => operations.upload(kind, body);
}
