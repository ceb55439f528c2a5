import type { Client } from '../client/client.ts';
import { Failure } from '../base/failure.ts';
import { isJsonObject, type JsonObject } from '../base/json.ts';
import type { Session } from './session.ts';

/** True for a document whose release may have to fetch an image first. */
function isOfContainers({ spec }: JsonObject): boolean {
  return isJsonObject(spec) && isJsonObject(spec['workload']) && 'container' in spec['workload'];
}

/** What is asked for, and about which document. */
export interface Awaited<T> {
  readonly document: JsonObject;
  readonly request: () => Promise<T>;
}

/** The answer of a request, with a remark for each thing that is told of it meanwhile where it may take long. */
export async function withProgress<T>(
  session: Session,
  client: Pick<Client, 'stream'>,
  { document, request }: Awaited<T>,
): Promise<T> {
  if (!isOfContainers(document)) return request();
  const over = new AbortController();
  const telling = tellProgress(session, client, over.signal);
  try {
    return await request();
  } finally {
    over.abort();
    await telling;
  }
}

/** Of all Rollouts, since one that is declared for the first time cannot be listened to by its name. */
async function tellProgress(
  session: Session,
  client: Pick<Client, 'stream'>,
  signal: AbortSignal,
): Promise<void> {
  try {
    for await (const message of client.stream({}, signal))
      if (message.kind === 'progress') session.remark(`${message.name}: ${message.text}`);
  } catch (thrown) {
    // It is for people who wait; the request says itself what is wrong.
    if (!(thrown instanceof Failure)) throw thrown;
  }
}
