import { readFile, stat } from 'node:fs/promises';
import type { SecretPlace } from '../rollout/secret-place.ts';
import { Failure, messageOf } from '../base/failure.ts';

/** A value that is never shown, and where it comes from, which may be. */
export interface Secret {
  /** As in `the variable PROM_TOKEN`, for messages. */
  readonly place: string;
  /** The value now; throws Failure when there is none. */
  read(): Promise<string>;
}

/** Knows the secret that is kept in a place. */
export type Secrets = (place: SecretPlace) => Secret;

/** Secrets of this machine: in variables of `environment` and in files. */
export function localSecrets(environment: Readonly<Record<string, string | undefined>>): Secrets {
  return (place) => {
    if ('env' in place) return secretFromEnvironment(place.env, environment);
    if ('file' in place) return secretFromFile(place.file);
    throw new Failure('usage', 'Secrets of Kubernetes are read in a cluster only', {
      hint: 'Write env or file.',
    });
  };
}

/** A secret in a variable of `environment`. */
export function secretFromEnvironment(
  name: string,
  environment: Readonly<Record<string, string | undefined>>,
): Secret {
  const place = `the variable ${name}`;
  return { place, read: () => Promise.resolve(usable(environment[name] ?? '', place)) };
}

/** A secret that is all of a file but a line break at its end. The file is read again when it changes. */
export function secretFromFile(path: string): Secret {
  const place = `the file ${path}`;
  let known: { readonly version: string; readonly value: string } | undefined;
  const read = async (): Promise<string> => {
    try {
      const version = await fileVersion(path);
      if (known?.version !== version) known = { version, value: await readFile(path, 'utf8') };
      return usable(known.value, place);
    } catch (error) {
      if (error instanceof Failure) throw error;
      throw new Failure('notFound', `cannot read ${place}: ${messageOf(error)}`, {
        hint: 'The file must exist and be readable by the user who runs coalmine.',
        cause: error,
      });
    }
  };
  return { place, read };
}

/** A text that changes whenever the file may have changed. */
export async function fileVersion(path: string): Promise<string> {
  const { mtimeNs, ctimeNs, size, ino } = await stat(path, { bigint: true });
  return [mtimeNs, ctimeNs, size, ino].join('.');
}

/** The secret in a text without a line break at its end; throws Failure for a text that can be none. */
export function usable(text: string, place: string): string {
  const value = text.replace(/\r?\n$/, '');
  // A control character could end the header it is put into and begin another one.
  const problem = value === '' ? 'is empty' : /\p{Cc}/u.test(value) ? 'has control characters' : undefined;
  if (problem === undefined) return value;
  throw new Failure('usage', `there should be a secret, but ${place} ${problem}`, {
    hint: `Put the secret, and nothing else, into ${place}.`,
  });
}
