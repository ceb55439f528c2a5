import type { ApplyView } from '../api/resources.ts';
import { Failure } from '../base/failure.ts';
import { readDeclared, usualFileHere } from './documents.ts';
import { failureLines } from './output/failure.ts';
import type { Session } from './session.ts';

/** What was declared at the start. */
export interface DeclaredNow {
  /** All that are declared now. */
  readonly names: readonly string[];
  readonly answers: readonly ApplyView[];
  /** What could not be declared, as it was said, by its file where that is known; absent: nothing. */
  readonly broken?: string;
}

/**
 * Declares the named files once coalmine answers; without names, the one with a usual name when nothing is declared yet.
 * What is declared already is left alone: it may have been released from elsewhere since the file was written.
 */
export async function declareAfterStart(session: Session, files: readonly string[]): Promise<DeclaredNow> {
  const client = await session.client();
  const before = (await client.list()).map((view) => view.name);
  const answers: ApplyView[] = [];
  let broken: string | undefined;
  try {
    const toRead =
      files.length > 0 ? files.map((file) => session.path(file)) : await usualFiles(session, before);
    for (const { document } of await readDeclared(session, toRead))
      answers.push(await client.apply({ document }));
  } catch (thrown) {
    // Coalmine is up and serves what it knows; what is wrong with one file is no reason to stop it.
    if (!(thrown instanceof Failure)) throw thrown;
    broken = thrown.problems.find(({ file }) => file !== undefined)?.file ?? 'what is wrong';
    for (const line of failureLines(thrown, session.paint)) session.remark(line);
  }
  const names = [...new Set([...before, ...answers.map((answer) => answer.name)])];
  return { names, answers, ...(broken === undefined ? {} : { broken }) };
}

async function usualFiles(session: Session, declared: readonly string[]): Promise<readonly string[]> {
  if (session.files !== undefined) return session.files;
  if (declared.length > 0) return [];
  const usual = await usualFileHere(session);
  return usual === undefined ? [] : [usual];
}
