import { Argument, type Command } from 'commander';
import { Failure } from '../../base/failure.ts';
import type { Cli } from '../cli.ts';
import { candidatesFor, type Candidate } from '../completion/candidates.ts';
import { SCRIPTS, SHELLS, type Shell } from '../completion/scripts.ts';
import type { Session } from '../session.ts';

/** Who waits for a key to answer does not wait long. */
const NAMES_WITHIN_MS = 1_000;

/** `completion SHELL`, and what its scripts ask */
export function addCompletion({ program, act }: Cli): void {
  program
    .command('completion')
    .addArgument(new Argument('<shell>', 'the shell').choices(SHELLS))
    .description('print what a shell reads to complete commands, options and names of Rollouts')
    .action(
      act((session, _, [shell]) => {
        session.io.stdout.write(SCRIPTS[shell as Shell]);
        return Promise.resolve(0);
      }),
    );
  program
    .command('complete', { hidden: true })
    .argument('[word...]')
    .action(
      act(async (session, _, words) => {
        for (const { word, meaning } of await found(session, program, words)) {
          session.say([`${word}\t${meaning}`]);
        }
        return 0;
      }),
    );
}

async function found(
  session: Session,
  program: Command,
  words: readonly string[],
): Promise<readonly Candidate[]> {
  const { words: known, rollouts } = candidatesFor(program, words);
  if (!rollouts) return known;
  const start = words.at(-1) ?? '';
  const names = await namesOf(placeOf(session, words));
  return [
    ...known,
    ...names.filter((name) => name.startsWith(start)).map((word) => ({ word, meaning: 'Rollout' })),
  ];
}

/** The session that the words at hand would have. */
function placeOf(session: Session, words: readonly string[]): Session {
  const index = words.indexOf('--data-dir');
  const dataDir = index < 0 ? undefined : words[index + 1];
  return dataDir === undefined ? session : session.in(dataDir);
}

/** Of another machine none are asked for: that takes longer than people wait for a word. */
async function namesOf(session: Session): Promise<readonly string[]> {
  if (session.isRemote) return [];
  const client = await session.client();
  const late = new Promise<readonly string[]>((resolve) => {
    setTimeout(() => {
      resolve([]);
    }, NAMES_WITHIN_MS).unref();
  });
  const names = client.list().then((views) => views.map(({ name }) => name));
  try {
    return await Promise.race([names, late]);
  } catch (thrown) {
    if (thrown instanceof Failure) return [];
    throw thrown;
  }
}
