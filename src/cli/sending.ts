import { isAbsolute, resolve, dirname } from 'node:path';
import type { UploadKind } from '../api/resources.ts';
import { Failure, type Problem } from '../base/failure.ts';
import type { JsonObject } from '../base/json.ts';
import type { Client } from '../client/client.ts';
import type { Declared } from './documents.ts';
import type { Session } from './session.ts';

/** Fields whose files can be sent to another machine. */
const SENT: Readonly<Record<string, UploadKind>> = {
  'spec.workload.process.from': 'artefact',
  'spec.workload.process.envFiles': 'environment',
  'spec.workload.container.envFiles': 'environment',
};

/**
 * A document for whoever is to get it. On another machine relative paths mean nothing: what they lead to is sent,
 * where it can be; absolute paths are paths of that machine. Throws Failure `invalidSpec` for the others.
 */
export async function deliverable(session: Session, client: Client, declared: Declared): Promise<JsonObject> {
  const { document, written, file } = declared;
  if (!session.isRemote) return document;
  const { mapPaths } = await import('./reading.ts');
  const sent = new Map<string, UploadKind>();
  const problems: Problem[] = [];
  mapPaths(written, (path, field) => {
    const kind = SENT[field];
    if (isAbsolute(path)) return path;
    if (kind === undefined) problems.push({ file, path: field, ...NOT_SENT });
    else sent.set(path, kind);
    return path;
  });
  if (problems.length > 0) {
    throw new Failure('invalidSpec', `${declared.rollout.name} names files that are not sent`, { problems });
  }
  const places = new Map<string, string>();
  for (const [path, kind] of sent)
    places.set(path, await delivered(client, kind, resolve(dirname(file), path)));
  return mapPaths(written, (path) => places.get(path) ?? path);
}

const NOT_SENT = {
  reason: 'is relative, and only artefacts and environment files are sent to another machine',
  hint: 'write its absolute path on that machine',
} as const;

/** Where a file that was named on the command line is for whoever is asked. */
export async function deliveredPath(
  session: Session,
  client: Client,
  { kind, path }: { readonly kind: UploadKind; readonly path: string },
): Promise<string> {
  return session.isRemote ? delivered(client, kind, path) : path;
}

async function delivered(client: Client, kind: UploadKind, path: string): Promise<string> {
  const { packed } = await import('./host/packing.ts');
  return (await client.upload(kind, packed(kind, path))).path;
}
