import { createHmac, randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { isMissing, isOutOfSpace } from '../base/errno.ts';
import { Failure } from '../base/failure.ts';
import { isDraft, syncDirectory } from '../files/durable-file.ts';
import { installationKey } from './artefacts/key.ts';

/** What may be uploaded, with the ending of its name. */
const ENDINGS = { artefact: '.tar', environment: '.env' } as const;

/** What may be uploaded. */
export type UploadKind = keyof typeof ENDINGS;

/** What nobody needs yet may be about to be declared. */
const SPARED_MS = 60 * 60_000;

/**
 * Files that came from elsewhere, in `<data>/uploads/`. Equal contents are one file, whose name gives nothing of
 * them away. They are kept for as long as a document names them.
 */
export interface Uploads {
  /** Takes a file of at most `mostBytes`; answers where it is. Throws Failure `tooLarge`, or `diskFull`. */
  keep(kind: UploadKind, bytes: AsyncIterable<Uint8Array>, mostBytes: number): Promise<string>;
  /** Removes the files that are not needed, but for those that have just come. */
  sweep(isNeeded: (path: string) => boolean): Promise<void>;
}

/** Opens the uploads of a data directory. `now` is the wall clock, in milliseconds. */
export async function openUploads(dataDir: string, now: () => number): Promise<Uploads> {
  const root = join(dataDir, 'uploads');
  const key = await installationKey(dataDir);
  return {
    keep: async (kind, bytes, mostBytes) => {
      await mkdir(root, { recursive: true, mode: 0o700 });
      const draft = join(root, `.${randomUUID()}.draft`);
      try {
        const digest = await receive(bytes, draft, { key, mostBytes });
        const path = join(root, `${digest}${ENDINGS[kind]}`);
        await rename(draft, path);
        // What came long ago and comes again must not be swept away before it is declared.
        await utimes(path, new Date(now()), new Date(now()));
        await syncDirectory(root);
        return path;
      } catch (error) {
        await rm(draft, { force: true });
        throw isOutOfSpace(error) ? full(root, error) : error;
      }
    },
    sweep: async (isNeeded) => {
      for (const name of await namesIn(root)) {
        const path = join(root, name);
        if (!isDraft(name) && isNeeded(path)) continue;
        const age = now() - (await stat(path)).mtimeMs;
        if (age > SPARED_MS) await rm(path, { force: true });
      }
    },
  };
}

interface Receiving {
  readonly key: string;
  readonly mostBytes: number;
}

async function receive(
  bytes: AsyncIterable<Uint8Array>,
  path: string,
  { key, mostBytes }: Receiving,
): Promise<string> {
  const digest = createHmac('sha256', key);
  let size = 0;
  const counted = new Transform({
    transform(chunk: Buffer, _, done) {
      size += chunk.length;
      digest.update(chunk);
      if (size > mostBytes) done(new Failure('tooLarge', `a file that is sent may have ${mostBytes} bytes`));
      else done(undefined, chunk);
    },
  });
  await pipeline(bytes, counted, createWriteStream(path, { flags: 'wx', mode: 0o600, flush: true }));
  return digest.digest('hex').slice(0, 40);
}

async function namesIn(root: string): Promise<readonly string[]> {
  try {
    return await readdir(root);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

function full(root: string, cause: unknown): Failure {
  return new Failure('diskFull', `there is not enough space in ${root} for what is sent`, {
    hint: 'Free some space on the other machine, then try again. Nothing was changed.',
    cause,
  });
}
