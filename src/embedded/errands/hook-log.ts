import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { LogQuery } from '../../api/operations.ts';
import type { HookLine } from '../../api/resources.ts';
import { placeInKey } from '../../engine/errand.ts';
import type { LogFile } from '../../supervisor/log-files.ts';
import { followFiles, tailFiles } from '../../supervisor/log-reader.ts';

/** What a run of a command writes, in the directory of the run. */
export const OUTPUT = 'output.log';

/** The runs of one hook. */
export interface HookRuns {
  /** Where the runs of all hooks of the Rollout are kept, each under the key of its errand. */
  readonly directory: string;
  readonly rollout: string;
  readonly hook: string;
}

/** What the runs of a hook have written, the newest at the end; with `follow` also what they and later ones will write. */
export async function* hookLog(
  runs: HookRuns,
  { lines, follow }: { readonly lines: number } & Pick<LogQuery, 'follow'>,
  signal: AbortSignal,
): AsyncIterable<HookLine> {
  const list = (): Promise<readonly LogFile[]> => filesOf(runs);
  const all = follow === true ? followFiles(list, lines, signal) : tailFiles(list, lines);
  for await (const { instance, text } of all)
    yield { hook: runs.hook, release: placeInKey(runs.rollout, instance)?.release ?? 0, text };
}

async function filesOf({ directory, rollout, hook }: HookRuns): Promise<readonly LogFile[]> {
  const keys = await readdir(directory).catch(() => []);
  const dated = await Promise.all(
    keys
      .filter((key) => placeInKey(rollout, key)?.name === hook)
      .map(async (instance) => {
        const path = join(directory, instance, OUTPUT);
        return { instance, path, writtenAt: (await stat(path).catch(() => undefined))?.mtimeMs };
      }),
  );
  return dated
    .flatMap(({ writtenAt, ...file }) => (writtenAt === undefined ? [] : { ...file, writtenAt }))
    .sort((a, b) => a.writtenAt - b.writtenAt);
}
