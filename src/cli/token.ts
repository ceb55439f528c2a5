import { readFile } from 'node:fs/promises';
import { isToken } from '../api/access/bearer.ts';
import { Failure, messageOf } from '../base/failure.ts';

/** What may name a token. */
interface TokenWishes {
  /** `--token-file`, absolute. */
  readonly file: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * The secret of the token that the command works by; undefined where none is named. Throws Failure `notPermitted` for what
 * is no token, a variable that is empty too: a secret that a pipeline lacks must not make an admin of it.
 */
export async function tokenOf({ file, env }: TokenWishes): Promise<string | undefined> {
  if (file !== undefined) return checked((await read(file)).trim(), `the file ${file}`);
  const told = env['COALMINE_TOKEN'];
  return told === undefined ? undefined : checked(told, 'the variable COALMINE_TOKEN');
}

/** Whatever it holds is not shown. */
function checked(text: string, place: string): string {
  if (isToken(text)) return text;
  throw new Failure('notPermitted', `${place} holds ${text === '' ? 'nothing' : 'no token'}`, {
    hint: 'a token is what `coalmine token create` or your identity provider has given out, and nothing else',
  });
}

async function read(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((cause: unknown) => {
    throw new Failure('usage', `the token cannot be read: ${messageOf(cause)}`, { cause });
  });
}
