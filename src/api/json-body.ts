import { Failure } from '../base/failure.ts';

/** The longest body that is read. */
export const MAX_BODY_BYTES = 2 * 1024 * 1024;

/** A body that is not JSON by its own account. */
export class Unsupported extends Error {
  constructor(type: string, readable = 'application/json') {
    super(`a body of type ${type === '' ? '(none)' : type.slice(0, 100)} is not read, only ${readable}`);
  }
}

/** The JSON of a request; throws Failure `tooLarge` as soon as it is, `usage` when it is not JSON. */
export async function jsonBody(request: Request): Promise<unknown> {
  const type = request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase() ?? '';
  if (type !== 'application/json') throw new Unsupported(type);
  if (Number(request.headers.get('content-length') ?? 0) > MAX_BODY_BYTES) throw tooLarge();
  const text = await boundedText(request);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Failure('usage', 'the body is not JSON', { cause });
  }
}

async function boundedText(request: Request): Promise<string> {
  const body = request.body as ReadableStream<Uint8Array> | null;
  const reader = body?.getReader();
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for (;;) {
    const next = await reader?.read();
    if (next?.value === undefined) return Buffer.concat(chunks).toString('utf8');
    bytes += next.value.length;
    if (bytes > MAX_BODY_BYTES) throw tooLarge();
    chunks.push(next.value);
  }
}

function tooLarge(): Failure {
  return new Failure('tooLarge', `a request's body may have ${MAX_BODY_BYTES} bytes`);
}
