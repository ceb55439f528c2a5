import { Argument, type Command } from 'commander';
import { Failure } from '../../base/failure.ts';
import { isJsonObject, type JsonObject } from '../../base/json.ts';
import type { Client } from '../../client/client.ts';
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
    .description('print what a shell reads to complete commands, options and names')
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
  const { words: known, rollouts, hooksOf } = candidatesFor(program, words);
  const asked = rollouts ? ROLLOUTS : hooksOf === undefined ? undefined : hooksIn(hooksOf);
  if (asked === undefined) return known;
  const start = words.at(-1) ?? '';
  const names = await namesOf(placeOf(session, words), asked.names);
  const starting = names.filter((name) => name.startsWith(start));
  return [...known, ...starting.map((word) => ({ word, meaning: asked.meaning }))];
}

/** Names that the control process knows. */
interface Asked {
  readonly meaning: string;
  readonly names: (client: Client) => Promise<readonly string[]>;
}

const ROLLOUTS: Asked = {
  meaning: 'Rollout',
  names: async (client) => (await client.list()).map(({ name }) => name),
};

function hooksIn(rollout: string): Asked {
  return {
    meaning: 'hook',
    names: async (client) => namedIn((await client.get(rollout)).document),
  };
}

function namedIn({ spec }: JsonObject): readonly string[] {
  const hooks = isJsonObject(spec) && Array.isArray(spec['hooks']) ? spec['hooks'] : [];
  return hooks.flatMap((hook) =>
    isJsonObject(hook) && typeof hook['name'] === 'string' ? hook['name'] : [],
  );
}

/** The session that the words at hand would have. */
function placeOf(session: Session, words: readonly string[]): Session {
  const index = words.indexOf('--data-dir');
  const dataDir = index < 0 ? undefined : words[index + 1];
  return dataDir === undefined ? session : session.in(dataDir);
}

/** Of another machine none are asked for: that takes longer than people wait for a word. */
async function namesOf(session: Session, ask: Asked['names']): Promise<readonly string[]> {
  if (session.isRemote) return [];
  const client = await session.client();
  const late = new Promise<readonly string[]>((resolve) => {
    setTimeout(() => {
      resolve([]);
    }, NAMES_WITHIN_MS).unref();
  });
  try {
    return await Promise.race([ask(client), late]);
  } catch (thrown) {
    if (thrown instanceof Failure) return [];
    throw thrown;
  }
}
